/** One run of checks as JUnit XML, SARIF and annotations, each read back: what the engine said, at the lines of the model. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { sarifRules } from '../formats/sarif-rules.ts';
import { folderWith } from '../load/folder.ts';
import { heddle } from './command.ts';

const MODEL = `import { cpu, machine, model, READ_ONCE, spin_lock, spin_unlock, spinlock, uint, WRITE_ONCE } from 'heddle';
const counter = machine({ x: uint(3), lock: spinlock() });
const read = (b) => b.step('r0 = READ_ONCE(x)', (s, l) => { l.r0 = READ_ONCE(s, 'x'); });
const write = (b) => b.step('WRITE_ONCE(x, r0 + 1)', (s, l) => { WRITE_ONCE(s, 'x', l.r0 + 1); });
const racy = counter.fn('racy', { locals: { r0: uint(3) } }, (b) => [
  read(b),
  write(b),
]);
const locked = counter.fn('locked', { locals: { r0: uint(3) } }, (b) => [
  b.call(spin_lock, (s) => s.lock),
  read(b),
  write(b),
  b.call(spin_unlock, (s) => s.lock),
]);
export const of = (task) => model({ machine: counter, cpus: [cpu({ count: 2, task })] });
export { racy, locked };
`;

const CHECKS = `import { at_rest, check } from 'heddle';
import { locked, of, racy } from '../models/counter.ts';
const properties = { 'C1: every "increment" <is> counted': at_rest((s) => s.x === 2) };
export default {
  surprise: check(of(racy), { properties }),
  declared: check(of(racy), { properties, expected: { C1: 'violated' } }),
  fine: check(of(locked), { properties }),
  bounded: check(of(locked), { properties, bounds: { maxStates: 4 } }),
};
`;

/** Line and column of a text in the model, counted from 1. */
function placeOf(text: string): { startLine: number; startColumn: number } {
  const [before] = MODEL.split(text, 1);
  const lines = before.split('\n');
  return { startLine: lines.length, startColumn: (lines.at(-1) as string).length + 1 };
}

test('documents of one run say the same as its text, at the lines of the model', async () => {
  const folder = folderWith({
    'models/counter.ts': MODEL,
    'checks/counter.ts': CHECKS,
    'checks/broken.ts': "import { check } from 'heddle';\nexport default check(3);\n",
  });
  const documents = ['junit', 'sarif'].flatMap((name) => [
    '--reporter',
    name,
    '--output',
    `out/${name}`,
  ]);
  const { code, stdout } = await heddle(
    folder,
    'check',
    '--stable',
    '--reporter',
    'github',
    ...documents,
  );
  expect(code).toBe(2);

  const junit: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => expect.fail(error.message));
  parser.on('opentag', ({ name, attributes }) => {
    junit.push([name, attributes.name ?? attributes.type ?? ''].join(' ').trim());
  });
  parser.write(readFileSync(join(folder, 'out/junit'), 'utf8')).close();
  expect(junit).toEqual([
    ...['testsuites heddle', 'testsuite checks'],
    ...['testcase bounded', 'error incomplete'],
    ...['testcase broken', 'error bad-check'],
    ...['testcase declared', 'system-out', 'testcase fine', 'system-out'],
    ...['testcase surprise', 'failure C1'],
  ]);

  const log = JSON.parse(readFileSync(join(folder, 'out/sarif'), 'utf8'));
  const validate = new Ajv({ strict: false }).compile(sarifRules);
  expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
  const [{ results }] = log.runs;
  const read = placeOf("step('r0");
  const write = placeOf("step('WRITE");
  const said = results.map((one: never) => {
    const { ruleId, level, locations } = one as {
      ruleId: string;
      level: string;
      locations: never[];
    };
    const { physicalLocation } = locations[0] as {
      physicalLocation: { artifactLocation: { uri: string }; region: unknown };
    };
    return [ruleId, level, physicalLocation.artifactLocation.uri, physicalLocation.region];
  });
  expect(said).toEqual([
    ['incomplete', 'none', 'checks/counter.ts', { startLine: 8, startColumn: 12 }],
    ['bad-check', 'error', 'checks/broken.ts', { startLine: 2, startColumn: 16 }],
    ['C1', 'note', 'models/counter.ts', write],
    ['C1', 'error', 'models/counter.ts', write],
  ]);
  const flow = results[3].codeFlows[0].threadFlows[0].locations;
  expect(
    flow.map(
      ({ location }: { location: { physicalLocation: { region: unknown } } }) =>
        location.physicalLocation.region,
    ),
  ).toEqual([...[read, read, write, write]]);

  const { startLine, startColumn } = write;
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^(::.*?)::.*$/, '$1')),
  ).toEqual([
    expect.stringMatching(
      /^::warning file=checks\/counter\.ts,line=8,col=12,title=heddle%3A bounded/,
    ),
    expect.stringMatching(/^::error file=checks\/broken\.ts,line=2,col=16,title=heddle%3A broken/),
    `::error file=models/counter.ts,line=${startLine},col=${startColumn},title=heddle%3A surprise%3A C1`,
  ]);
});

test('a document shares stdout with nothing else, and each reporter has one file', async () => {
  const folder = folderWith({ 'models/counter.ts': MODEL, 'checks/counter.ts': CHECKS });
  const mixed = await heddle(folder, 'check', 'fine', '--reporter', 'text', '--reporter', 'sarif');
  expect(mixed).toMatchObject({ code: 2, stdout: '' });
  expect(mixed.stderr).toContain(
    '--reporter sarif needs a file of its own beside another reporter',
  );
  const twice = await heddle(folder, 'check', 'fine', '--output', 'a', '--output', 'b');
  expect(twice.stderr).toContain('One reporter, one file.');
  const allowed = await heddle(
    folder,
    'check',
    'bounded',
    '--allow-incomplete',
    '--reporter',
    'junit',
  );
  expect(allowed.code).toBe(0);
  expect(allowed.stdout).toMatch(
    /skipped="1"[\s\S]*<skipped message="INCOMPLETE \(undecided\): stopped at 4 states: --max-states lifts this bound"\/>/,
  );
  // An output before the first reporter is the first one's.
  const before = await heddle(
    folder,
    'check',
    'fine',
    '--output',
    'c',
    '--reporter',
    'json',
    '--reporter',
    'text',
    '--stable',
  );
  expect(before.stdout).toMatch(/^fine {2}HOLDS/);
  expect(JSON.parse(readFileSync(join(folder, 'c'), 'utf8').split('\n')[0])).toMatchObject({
    type: 'start',
    check: 'fine',
  });
});
