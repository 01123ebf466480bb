import { describe, expect, test } from 'vitest';
import { jsonReporter } from '../../src/cli/json-reporter.ts';
import { progressText, showProgress, widestText } from '../../src/cli/progress.ts';
import { inTurn } from '../../src/cli/reporter.ts';
import { textReporter } from '../../src/cli/text-reporter.ts';
import { mistake } from '../../src/load/mistake.ts';
import { outputRecord } from '../../src/load/schemas.ts';
import type { Outcomes, Progress } from '../../src/search/verdict.ts';
import type { Result, SessionEvent } from '../../src/session/events.ts';
import { invalid } from '../../src/session/invalid.ts';
import { trace, verdict } from '../load/records.ts';

const progress: Progress = {
  check: 'a',
  states: 580_811,
  generated: 1_204_031,
  depth: 41,
  frontier: 20_000,
  lastFrontier: 10_000,
  seconds: 2,
  memoryBytes: 612 * 2 ** 20,
  rate: 290_406,
};

function resultOf(check: string, outcomes: Outcomes): Result {
  const named = { ...outcomes, verdict: { ...outcomes.verdict, check } };
  return { check, modelHash: '00', end: { kind: 'decided', outcomes: named }, files: {} };
}

function eventsOf(
  check: string,
  outcomes: Outcomes = { verdict, traces: [trace] },
): SessionEvent[] {
  const [property] = verdict.properties;
  return [
    { type: 'start', check, modelHash: '00', bounds: { maxStates: 9 } },
    { type: 'progress', check, progress: { ...progress, check } },
    { type: 'violation', check, property, trace: { ...trace, check }, file: 'x.json' },
    { type: 'end', check, result: resultOf(check, outcomes) },
  ];
}

/** Events of two checks that run side by side, the second ending first. */
const mixed = (() => {
  const [first, second] = [eventsOf('a'), eventsOf('b')];
  return [first[0], second[0], second[1], first[1], second[2], second[3], first[2], first[3]];
})();

describe('inTurn', () => {
  test('keeps the events of a check together, in the order of the checks', () => {
    const seen: string[] = [];
    const tell = inTurn(['a', 'b', 'c'], ({ check, type }) => void seen.push(`${check} ${type}`));
    for (const event of [...eventsOf('c').slice(3), ...mixed]) tell(event);
    expect(seen).toEqual([
      ...['a start', 'a progress', 'a violation', 'a end'],
      ...['b start', 'b progress', 'b violation', 'b end'],
      'c end',
    ]);
  });
});

describe('--json', () => {
  function linesOf(stable: boolean): Record<string, unknown>[] {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const reporter = jsonReporter({ write, stable, checks: ['a', 'b'] });
    for (const event of mixed) reporter.onEvent(event);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  test('prints records that fit the published schema', () => {
    const lines = linesOf(false);
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(outputRecord.parse(line)).toEqual(line);
    expect(lines.at(-1)).toMatchObject({
      type: 'verdict',
      schemaVersion: 1,
      check: 'a',
      seconds: 0.5,
    });
  });

  test('is the same from run to run with --stable', () => {
    const lines = linesOf(true);
    expect(lines.map(({ type, check }) => `${type} ${check}`)).toEqual([
      ...['start a', 'violation a', 'verdict a'],
      ...['start b', 'violation b', 'verdict b'],
    ]);
    for (const line of lines) expect(outputRecord.parse(line)).toEqual(line);
    expect(JSON.stringify(lines)).not.toContain('seconds');
  });
});

describe('the text', () => {
  const holds: Outcomes = {
    verdict: {
      ...verdict,
      verdict: 'holds',
      expected: 'holds',
      properties: [{ ...verdict.properties[0], verdict: 'holds', expected: 'holds' }],
    },
    traces: [],
  };

  function textOf(
    outcomes: Readonly<Record<string, Outcomes>>,
    options: { named?: boolean; quiet?: boolean } = {},
  ) {
    let text = '';
    const reporter = textReporter({
      write: (more) => {
        text += more;
      },
      stable: true,
      checks: Object.keys(outcomes),
      paint: (_style, plain) => plain,
      columns: 80,
      tableColumns: 100,
      wide: false,
      full: false,
      quiet: options.quiet ?? false,
      named: options.named ?? false,
      stories: new Set(['claimed']),
      block: ({ code, fact }) => `error[${code}]: ${fact}`,
    });
    const results = Object.entries(outcomes).map(([check, one]) => resultOf(check, one));
    for (const result of results) reporter.onEvent({ type: 'end', check: result.check, result });
    reporter.finish(results);
    return text;
  }

  test('shows the schedule of a claimed violation, a surprise and a mistake in a run of all', () => {
    const unclaimed = { verdict: { ...verdict, claim: undefined }, traces: [trace] };
    const surprise = {
      verdict: { ...verdict, ok: false, properties: [{ ...verdict.properties[0], ok: false }] },
      traces: [trace],
    };
    const text = textOf({
      claimed: { verdict, traces: [trace] },
      unclaimed,
      fine: holds,
      surprise,
      broken: invalid('broken', mistake('cannot-load', 'no')),
    });
    const blocks = text.split('\n\ncheck ')[0];
    expect(blocks.match(/^\w+ {2}[A-Z]+/gm)).toEqual([
      'claimed  VIOLATED',
      'surprise  VIOLATED',
      'broken  INVALID',
    ]);
    expect(blocks.match(/^ {2}CPU0 +CPU1 softirq$/gm)).toHaveLength(2);
    expect(text).toContain('error[cannot-load]: no');
    expect(text).toContain('5 checks: 3 as declared, 1 surprise, 1 ');
  });

  test('gives every check its block where checks are named, or where there is only one', () => {
    expect(textOf({ fine: holds })).toContain('fine  HOLDS');
    expect(textOf({ fine: holds })).not.toContain('1 check');
    expect(textOf({ fine: holds, other: holds }, { named: true })).toContain('other  HOLDS');
    expect(textOf({ fine: holds, other: holds })).not.toMatch(/^other {2}HOLDS {2}\(/m);
  });

  test('of --quiet is about what is not as declared', () => {
    expect(textOf({ fine: holds }, { named: true, quiet: true })).toBe('');
  });
});

describe('progress', () => {
  test('says how fast, how deep and whether the frontier grows', () => {
    expect(progressText(progress)).toBe(
      '580,811 states  290,406/s  depth 41  frontier 20,000, still growing x2.0  612 MiB',
    );
  });

  test('estimates an end only while the frontier shrinks', () => {
    const shrinking = { ...progress, frontier: 5_000, secondsLeft: 14 };
    expect(progressText(shrinking)).toContain('frontier 5,000, shrinking, about 14 s left  612');
    const nearlyDone = { ...progress, frontier: 5_000, secondsLeft: 0.4 };
    expect(progressText(nearlyDone)).toContain('frontier 5,000, shrinking  612 MiB');
    expect(progressText({ ...progress, lastFrontier: 0 })).toContain('frontier 20,000  612');
  });

  test('names the limit that is met first', () => {
    const limited = (bound: 'maxStates' | 'timeLimit' | 'memoryLimit') =>
      progressText({ ...progress, limit: { bound, seconds: 3 } });
    expect(limited('timeLimit')).toMatch(/612 MiB {2}time limit in 3.0 s$/);
    expect(limited('memoryLimit')).toMatch(/ {2}memory limit in 3.0 s$/);
    expect(limited('maxStates')).toMatch(/ {2}--max-states in 3.0 s$/);
  });

  test('names the widest field of a large search', () => {
    expect(widestText(progress)).toBeUndefined();
    const large = { ...progress, widestField: { field: 'page[0].refcount', values: 3_201 } };
    expect(widestText(large)).toBe(
      'widest: page[0].refcount, 3,201 values in a sample of the states',
    );
  });

  test('repaints the lines it painted before, and takes them away at the end', async () => {
    const written: string[] = [];
    const display = showProgress({
      write: (text) => void written.push(text),
      repaint: true,
      columns: 30,
      total: 2,
    });
    for (const event of eventsOf('a').slice(0, 2)) display.onEvent(event);
    await new Promise((resolve) => setTimeout(resolve, 250));
    display.stop();
    expect(written.slice(0, 2)).toEqual([
      '  a  580,811 states  290,4...\n',
      '  0 of 2 checks done\n',
    ]);
    expect(written).toContain('\x1b[2A\x1b[J');
    expect(written.at(-1)).toBe('\x1b[2A\x1b[J');
  });
});
