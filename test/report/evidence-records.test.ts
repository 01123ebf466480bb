/** Records of evidence: what is in them, what differs between two, and how that is said. */
import { describe, expect, test } from 'vitest';
import { manifestFile } from '../../src/load/evidence-schema.ts';
import { parseManifest } from '../../src/load/schemas.ts';
import { bundleFiles, evidenceFiles } from '../../src/report/bundle.ts';
import { renderComparison } from '../../src/report/comparison.ts';
import { differenceLine, differencesOf } from '../../src/report/differences.ts';
import { isRepeatable, recordOf, verdictOf } from '../../src/report/manifest.ts';
import type { PropertyVerdict } from '../../src/search/verdict.ts';
import { trace, verdict } from '../load/records.ts';
import { changed, manifestWith, outcomes, record } from './evidence-records.ts';

const digest = (text: string) => `${text.length}`;
const parts = {
  tool: 'heddle 0.1.0',
  form: 'whole',
  sources: {},
  checks: [{ record, traces: [trace] }],
} as const;

function property(fields: Partial<PropertyVerdict>, id = 'P5'): readonly PropertyVerdict[] {
  return record.verdict.properties.map((one) => (one.id === id ? { ...one, ...fields } : one));
}

function diffOf(other: typeof record): readonly string[] {
  const { text } = renderComparison(manifestWith(record), manifestWith(other));
  return text.split('\n').slice(1, -2);
}

describe('a record', () => {
  test('leaves out what differs from run to run or from machine to machine, and nothing else', () => {
    const { properties, ...rest } = verdict;
    const elsewhere = {
      ...rest,
      properties,
      seconds: 99,
      bytesPerState: 7,
      store: { name: 'tree', compressedFrom: 5 },
      scope: ['2 CPUs', 'memory got short: states compressed without loss from 5 states on'],
    } as const;
    expect(recordOf(record, { verdict: elsewhere, traces: [trace] })).toEqual(record);
    expect(verdictOf(record)).toEqual({ ...verdict, seconds: 0, bytesPerState: 0 });
    const asked = recordOf(record, {
      verdict: { ...verdict, store: { name: 'tree' } },
      traces: [],
    });
    expect(asked.verdict.store).toEqual({ name: 'tree' });
  });

  test('fits the schema, and comes back from it with its fields in their order', () => {
    const manifest = manifestWith(record);
    expect(manifestFile.parse(manifest)).toEqual(manifest);
    const text = JSON.stringify(manifest);
    expect(JSON.stringify(parseManifest(text))).toBe(text);
    expect(parseManifest(text.replace('"small"', '"tiny"'))).toMatch(/^checks\.0\.size: /);
    expect(parseManifest('{')).toBe('it is not JSON');
  });

  test('is repeatable unless time, memory or a hand has ended its search', () => {
    expect(isRepeatable(record)).toBe(true);
    const stopped = { bound: 'timeLimit', value: '1 s', flag: '--time-limit' } as const;
    expect(isRepeatable(changed({ stopped }))).toBe(false);
  });
});

describe('the files of a bundle', () => {
  test('are the manifest, a first page, and for each check its verdict, traces and diagrams', () => {
    const files = bundleFiles(parts, digest);
    expect([...files.keys()]).toEqual([
      'manifest.json',
      'README.md',
      'verdicts/queue/v1.md',
      'schedules/queue/v1/P5.json',
      'diagrams/queue/v1/P5.txt',
    ]);
    expect(bundleFiles(parts, digest)).toEqual(files);
    const readme = files.get('README.md') ?? '';
    expect(readme).toContain('- searches that a bound ended: queue/v1 at 5 states (--max-states)');
    expect(readme).toContain('- undecided: queue/v1 (G1)');
    expect(readme).toContain('- 1 step never taken: queue/v1 (1)');
    const { files: sums } = JSON.parse(files.get('manifest.json') ?? '');
    expect(sums['README.md']).toBe(digest(readme));
  });

  test('have only the documents in text form', () => {
    const files = bundleFiles({ ...parts, form: 'text', page: '<html>' }, digest);
    expect([...files.keys()]).toEqual(['manifest.json', 'README.md', 'verdicts/queue/v1.md']);
  });

  test('have a page in the whole form, and a document for each table of mutants', () => {
    const killTables = [
      {
        schemaVersion: 1,
        check: 'queue/v1',
        checks: ['queue/v1'],
        stale: [],
        mutants: [
          { id: 'aa', what: 'free: without LOCK', kind: 'left out', place: '', survived: 'hole' },
        ],
      },
    ] as const;
    const files = bundleFiles({ ...parts, killTables, page: '<html>' }, digest);
    expect(files.get('report.html')).toBe('<html>');
    expect(files.get('mutants/queue/v1.md')).toContain('free: without LOCK');
    const readme = files.get('README.md');
    expect(readme).toContain('- mistakes in queue/v1 that no check notices: free: without LOCK');
    expect(readme).toContain('`report.html`');
    const manifest = JSON.parse(files.get('manifest.json') ?? '');
    expect(manifestFile.parse(manifest)).toEqual(manifest);
  });

  test('keep two properties apart whose ids make the same file name', () => {
    const traces = ['a b', 'a_b', 'a-b'].map((name) => ({ ...trace, property: name }));
    const paths = [...evidenceFiles({ record, traces }, 'whole').keys()];
    expect(paths.filter((path) => path.endsWith('.json'))).toEqual([
      'schedules/queue/v1/a_b.json',
      'schedules/queue/v1/a_b-2.json',
      'schedules/queue/v1/a-b.json',
    ]);
  });
});

describe('two records', () => {
  test.each([
    [{ states: 7 }, 'states: was 6, is 7'],
    [{ levels: [1, 2, 4] }, 'new states of level 3: was 3, is 4'],
    [{ steps: { 'defer: call_rcu': 3 } }, "times that 'defer: call_rcu' was taken: was 2, is 3"],
    [{ notTaken: [] }, "'free: LOCK' never taken: was yes, is nothing"],
    [{ scope: ['3 CPUs'] }, "scope '2 CPUs': was yes, is nothing"],
    [{ claim: 'two are' }, 'claim: was one head is enough, is two are'],
    [{ properties: property({ evaluated: 5 }) }, 'P5, evaluated: was 6, is 5'],
    [{ properties: property({ met: 3 }, 'G1') }, 'G1, met: was 0, is 3'],
    [{ verdict: 'holds', states: 1 }, 'verdict: was violated, is holds'],
    [{ unreadLocals: [] }, 'local free: mask never read: was yes, is nothing'],
  ] as const)('differ in %j: %s', (fields, line) => {
    const found = differencesOf(record, changed(fields as Parameters<typeof changed>[0]));
    expect(found.map(differenceLine)[0]).toBe(line);
  });

  test('differ in a schedule, in how they were searched, and in what was not asked for', () => {
    const [first] = record.schedules;
    const other = { ...record, schedules: [{ ...first, schedule: '1.0' }] } as typeof record;
    expect(differencesOf(record, other).map(differenceLine)).toEqual([
      'schedule of P5: an rcu_head has one user, schedule: was 0.1, is 1.0',
    ]);
    const reduced = { ...record, options: { bounds: {}, reduce: 'auto' }, more: 1 } as const;
    expect(differencesOf(record, reduced).map(differenceLine)).toEqual([
      'options, bounds, maxStates: was 5, is nothing',
      'options, reduce: was none, is auto',
      'more: was nothing, is 1',
    ]);
    expect(differencesOf(record, structuredClone(record))).toEqual([]);
  });
});

describe('heddle diff', () => {
  test('says that nothing differs where only what is not asked about does', () => {
    const fields = { steps: { 'defer: call_rcu': 3 }, widestField: undefined, source: 'another' };
    const other = { ...changed(fields), modelHash: '00' };
    const after = { ...manifestWith(other), sources: { 'models/queue.ts': '11' } };
    const { text, isSame } = renderComparison(manifestWith(record), after);
    expect(isSame).toBe(true);
    expect(text).toBe(
      'files\n  changed: models/queue.ts\n\n1 check: nothing differs, 1 of another model that came to the same',
    );
    expect(renderComparison(manifestWith(record), after, { full: true }).isSame).toBe(false);
  });

  test('says which verdicts changed, and which schedule came or went', () => {
    const held = property({ verdict: 'holds', finding: undefined, schedule: undefined });
    expect(diffOf(changed({ verdict: 'holds', properties: held }))).toEqual([
      '  VIOLATED -> HOLDS',
      '  P5: an rcu_head has one user: violated -> holds; gone is 0.1 (2 steps)',
    ]);
    const longer = property({ schedule: '0.1x2', steps: 3 });
    expect(diffOf(changed({ properties: longer }))).toEqual([
      '  P5: another schedule, 0.1x2 (3 steps); was 0.1 (2 steps)',
    ]);
    const met = property({ met: 4 }, 'G1');
    expect(diffOf(changed({ properties: met }))).toEqual(['  G1: met in 0 -> 4 states']);
    const asked = property({ evaluated: 0 });
    expect(diffOf(changed({ properties: asked }))).toEqual(['  P5: never evaluated now']);
    expect(diffOf(changed({ properties: [] }))).toEqual([
      '  P5: an rcu_head has one user: gone, was violated',
      '  G1: two walkers are in flight: gone, was incomplete',
    ]);
  });

  test('says which counts, protected words and steps changed', () => {
    expect(diffOf(changed({ states: 1006, depth: 4 }))).toEqual([
      '  6 -> 1,006 states, 3 -> 4 levels',
    ]);
    const locked = changed({ scope: ['2 CPUs', 'always under lock: x, y'] });
    expect(diffOf(locked)).toEqual(['  now always under lock: x, y']);
    const { text } = renderComparison(
      manifestWith(locked),
      manifestWith(changed({ scope: ['2 CPUs', 'always under lock: y, z'] })),
    );
    expect(text).toContain('  now always under lock: z\n  no longer always under lock: x\n');
    expect(diffOf(changed({ scope: [] }))).toEqual(['  scope no longer: 2 CPUs']);
    const steps = { 'defer: call_rcu': 2, 'free: LOCK': 1 };
    const { text: taken } = renderComparison(
      manifestWith(changed({ steps: { ...steps, 'free: LOCK': 0 } })),
      manifestWith(changed({ steps, notTaken: [] })),
    );
    expect(taken).toContain('  taken now: free: LOCK\n');
  });

  test('says first that a check was searched otherwise', () => {
    const other = {
      ...changed({ states: 3 }),
      options: { bounds: { maxStates: 5 }, reduce: 'auto' },
    } as const;
    expect(diffOf(other)).toEqual([
      '  searched otherwise: options, reduce: was none, is auto',
      '  6 -> 3 states',
    ]);
  });

  test('names checks that only one has', () => {
    const other = { ...record, check: 'queue/v2' };
    const names = ['old', 'new'] as const;
    const { text, isSame } = renderComparison(manifestWith(record), manifestWith(other), { names });
    expect(isSame).toBe(false);
    expect(text).toBe(
      'only in old\n  queue/v1  VIOLATED\n\nonly in new\n  queue/v2  VIOLATED\n\nno check in common, 1 gone, 1 new',
    );
  });
});

test('a verdict that is written out has no times', () => {
  const [text = ''] = evidenceFiles({ record, traces: outcomes.traces }, 'text').values();
  expect(text).toContain('# queue/v1');
  expect(text).not.toMatch(/\d m?s\b/);
});
