import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { sarifLog } from '../../src/formats/sarif.ts';
import { ended, HOSTILE, hostileCheck } from './hostile.ts';
import { sarifRules } from './sarif-rules.ts';

const validate = new Ajv({ strict: false, allErrors: true }).compile(sarifRules);

// biome-ignore lint/suspicious/noExplicitAny: the rules have said what it is.
function read(text: string): any {
  const log = JSON.parse(text);
  expect(validate(log), JSON.stringify(validate.errors, undefined, 1)).toBe(true);
  return log.runs[0];
}

/** A message as a reader shows it. */
function shown({ text }: { text: string }): string {
  return text.replace(/\{\{|\}\}/g, ([brace]) => brace);
}

describe('SARIF', () => {
  const run = read(sarifLog(ended));

  test('has a result for what is violated, mistaken or undecided, with its rule', () => {
    const rules = run.tool.driver.rules.map(({ id }: { id: string }) => id);
    expect(rules).toEqual(['P5', 'bad-model', 'incomplete']);
    const results = run.results.map((one: Record<string, never>) => [
      one.ruleId,
      rules[one.ruleIndex],
      one.level,
      one.kind ?? 'fail',
    ]);
    expect(results).toEqual([
      ['P5', 'P5', 'note', 'fail'],
      ['incomplete', 'incomplete', 'none', 'open'],
      ['bad-model', 'bad-model', 'error', 'fail'],
    ]);
    expect(run.invocations).toEqual([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [
          { level: 'note', message: { text: 'waiting: interrupted' } },
          { level: 'error', message: { text: 'broken: the thread ended' } },
        ],
      },
    ]);
  });

  test('suppresses a violation that the check declares', () => {
    expect(run.results[0].suppressions).toEqual([
      { kind: 'inSource', justification: 'The check declares this violation.' },
    ]);
    expect(run.results[0].partialFingerprints).toEqual({ 'checkAndProperty/v1': 'queue/v1#P5' });
  });

  test('stands at the last step, and shows the schedule in its order and CPU by CPU', () => {
    const [{ locations, relatedLocations, codeFlows }] = run.results;
    const place = (file: string, startLine: number, startColumn: number) => ({
      artifactLocation: { uri: file, uriBaseId: '%SRCROOT%' },
      region: { startLine, startColumn },
    });
    expect(locations).toEqual([{ physicalLocation: place('models/queue.ts', 11, 5) }]);
    expect(relatedLocations[0].physicalLocation).toEqual(place('checks/queue/v1.ts', 3, 16));
    const [schedule, cpus] = codeFlows;
    const steps = schedule.threadFlows[0].locations;
    expect(
      steps.map((one: never) =>
        shown((one as { location: { message: { text: string } } }).location.message),
      ),
    ).toEqual(['CPU0: mmgrab', 'CPU1 softirq: call_rcu']);
    expect(steps[0].state).toEqual({ 'mm.count': { text: '2' } });
    expect(steps[0].location.physicalLocation).toEqual(place('models/queue.ts', 10, 5));
    const orders = cpus.threadFlows.map(
      (flow: { id: string; locations: { executionOrder: number }[] }) => [
        flow.id,
        flow.locations.map(({ executionOrder }) => executionOrder),
      ],
    );
    expect(orders).toEqual([
      ['CPU0', [1]],
      ['CPU1', [2]],
    ]);
  });

  test('gives back hostile text, and its rules and files keep to the letters they may have', () => {
    const { results, tool } = read(sarifLog([hostileCheck]));
    const [{ message, codeFlows, level }] = results;
    expect(level).toBe('error');
    expect(shown(message)).toContain(`${HOSTILE}: ${HOSTILE}: ${HOSTILE}\n`);
    const [first, second] = codeFlows[0].threadFlows[0].locations;
    expect(shown(first.location.message)).toBe(`CPU0 ${HOSTILE}: 0 ${HOSTILE}`);
    expect(first.location.physicalLocation).toBeUndefined();
    expect(first.state).toEqual({ [HOSTILE]: { text: HOSTILE } });
    const { uri } = second.location.physicalLocation.artifactLocation;
    expect(decodeURIComponent(uri)).toBe('models/é%20.ts');
    expect(tool.driver.rules).toHaveLength(1);
  });

  test('is the same text for the same run', () => {
    expect(sarifLog(ended)).toBe(sarifLog(ended));
  });
});
