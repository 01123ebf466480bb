import { describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/report/evidence.ts';
import { renderVerdict, replayCommand, traceOf } from '../../src/report/summary.ts';
import { markOf, totalLine, verdictTable } from '../../src/report/table.ts';
import { lostUpdate, sharedRcuHead } from './fixtures.ts';
import * as verdicts from './verdicts.ts';

const traces = [lostUpdate, sharedRcuHead];

describe('the block of a check', () => {
  test.each(Object.entries(verdicts.one))('is as agreed: %s', async (name, verdict) => {
    const text = renderVerdict(verdict, traces, { diagrams: 'none' });
    for (const line of text.split('\n')) {
      expect(line).toBe(line.trimEnd());
      if (!line.includes('next:')) expect(line.length, line).toBeLessThanOrEqual(80);
    }
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/report/verdict-${name}.txt`);
  });

  test('names the scope of a HOLDS, the memory model always', () => {
    const text = renderVerdict(verdicts.verdict('a', { scope: [] }));
    expect(text).toContain('HOLDS for this model at this size:');
    expect(text).toContain('sequentially consistent; barrier placement not checked');
  });

  test('says why nothing was left out', () => {
    const reduction = {
      names: [],
      putOff: 0,
      joined: 0,
      retractions: 0,
      refused: 'KCSAN ends paths',
    };
    const text = renderVerdict(verdicts.verdict('a', { reduction }));
    expect(text).toContain('17 states, all of them;');
    expect(text).toContain('\n  not reduced: KCSAN ends paths\n');
    expect(text).not.toContain('reduced: 0');
    const [section] = reportMarkdown([{ verdict: verdicts.reduced, traces: [] }])
      .split('Scope,')
      .slice(0, 1);
    expect(section).toContain('134 states, which stand for all, 492 generated');
    expect(section).toContain('- reduced: symmetry of (CPU0, CPU1, CPU2) and (page[0], page[1])');
  });

  test('tells the reason of steps declared as one only once', () => {
    const scope = ['a: x() (private)', 'b: y (private)', 'c: z (under the lock)'];
    const lines = scope.map((line) => `one step by declaration: ${line}`);
    const holds = renderVerdict(verdicts.verdict('a', { scope: ['1 CPU', ...lines] }));
    expect(holds).toContain('    one step by declaration (private): a: x(); b: y\n');
    expect(holds).toContain('    one step by declaration (under the lock): c: z');
    const violated = { ...verdicts.violatedAsDeclared, scope: lines };
    expect(renderVerdict(violated)).toContain('3 steps declared to be one on hardware (--full');
    expect(renderVerdict(violated, [], { full: true })).toContain('declaration (private): a: x()');
  });

  test('never says HOLDS of what is undecided', () => {
    const text = renderVerdict(verdicts.undecided);
    expect(text).not.toContain('HOLDS');
    expect(text).toContain('INCOMPLETE');
    expect(text).toContain('--max-states');
  });

  test('leaves out times when it is to be stable', () => {
    const later = { ...verdicts.holding, seconds: 77 };
    const stable = { stable: true };
    expect(renderVerdict(later, [], stable)).toBe(renderVerdict(verdicts.holding, [], stable));
  });

  test('shows the schedule of a surprise and how to replay it', () => {
    const text = renderVerdict(verdicts.surprising, traces);
    expect(text).toContain('Possible unsafe schedule');
    expect(text.split('\n').at(-1)).toBe(
      '  next: npx heddle replay counter/lost_update --schedule 0.1x2.0',
    );
  });

  test('shows all schedules where asked', () => {
    const two = { ...verdicts.violatedAsDeclared };
    const count = (text: string) => text.split('Possible unsafe schedule').length - 1;
    const other = { ...lostUpdate, property: 'DEBUG_OBJECTS_RCU_HEAD', schedule: '0x4.1x5' };
    expect(count(renderVerdict(two, [sharedRcuHead, other], { diagrams: 'all' }))).toBe(2);
    expect(count(renderVerdict(two, [sharedRcuHead, other]))).toBe(1);
  });

  test('is brief where asked', () => {
    const text = renderVerdict(verdicts.violatedAsDeclared, [], { brief: true, diagrams: 'none' });
    expect(text.match(/^ {2}holds .*$/gm)).toEqual(['  holds      P4']);
    expect(text).not.toContain('scope');
    expect(text).toContain('P6');
  });
});

describe('the trace of a property', () => {
  test('is found by its name or id', () => {
    const [one] = verdicts.surprising.properties;
    expect(traceOf(one, traces)).toBe(lostUpdate);
    expect(traceOf(verdicts.property('P7: else'), traces)).toBeUndefined();
  });

  test('is replayed by a command a shell takes apart correctly', () => {
    const trace = { ...lostUpdate, initial: "byte 0x03, it's" };
    expect(replayCommand('a/b', trace, 'heddle')).toBe(
      "heddle replay a/b --initial 'byte 0x03, it'\\''s' --schedule 0.1x2.0",
    );
  });
});

describe('the table', () => {
  test.each([72, 100])('is as agreed at %i columns', async (width) => {
    const text = verdictTable(verdicts.all, { width });
    for (const line of text.split('\n')) {
      expect(line).toBe(line.trimEnd());
      if (!line.startsWith('a/name')) expect(line.length).toBeLessThanOrEqual(width);
    }
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/report/table-${width}.txt`);
  });

  test('gives each check one line that grep finds by its whole name', () => {
    const lines = verdictTable(verdicts.all, { stable: true }).split('\n');
    for (const { check, verdict } of verdicts.all) {
      const found = lines.filter((line) => line.split(' ')[0] === check);
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(verdict.toUpperCase());
    }
  });

  test('marks what is not as declared in words', () => {
    expect(verdicts.all.map(markOf)).toEqual([
      'ok',
      'SURPRISE',
      'ok',
      'UNDECIDED',
      'ERROR',
      'SURPRISE',
      'ok',
    ]);
    expect(totalLine(verdicts.all)).toBe(
      '7 checks: 3 as declared, 2 surprises, 1 undecided, 1 error',
    );
  });
});

describe('the report', () => {
  const outcomes = verdicts.all.slice(0, 6).map((verdict) => ({ verdict, traces }));

  test('is as agreed', async () => {
    const text = reportMarkdown(outcomes, { title: 'Review' });
    await expect(text).toMatchFileSnapshot('../golden/report/report.md');
  });

  test('has the same bytes whatever the times are', () => {
    const later = outcomes.map((one) => ({ ...one, verdict: { ...one.verdict, seconds: 99 } }));
    expect(reportMarkdown(later)).toBe(reportMarkdown(outcomes));
    expect(reportMarkdown(later, { stable: false })).toContain('1 min 39 s');
  });
});
