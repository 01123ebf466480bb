import { describe, expect, test } from 'vitest';
import { schedulesOf, storiesAmong } from '../../src/cli/stories.ts';
import type { Check, CheckOptions } from '../../src/design/check.ts';
import { trace, verdict } from '../load/records.ts';

function named(name: string, options: CheckOptions<unknown>) {
  return { name, check: options as Check };
}

const P5 = { P5: 'violated' } as const;

describe('the stories of a run', () => {
  test('are the checks whose claim names the property that they expect to be violated', () => {
    const checks = [
      named('a', { claim: 'one head is enough', expected: P5 }),
      named('b', { claim: 'one head is enough (P5)', expected: P5 }),
      named('c', { claim: 'one head is enough (P5)', expected: { P5: 'holds' } }),
      named('d', { claim: 'one head is enough (P55)', expected: P5 }),
      named('e', { expected: P5 }),
    ];
    expect([...storiesAmong(checks)]).toEqual(['b']);
  });

  test('tell a claim once, whatever number of checks decide it', () => {
    const checks = ['a', 'b'].map((name) => named(name, { claim: 'x (P5)', expected: P5 }));
    expect([...storiesAmong(checks)]).toEqual(['a']);
  });

  test('are the first three that claim anything where no claim names a property', () => {
    const checks = ['a', 'b', 'c', 'd'].map((name) =>
      named(name, { claim: `x ${name}`, expected: P5 }),
    );
    expect([...storiesAmong([named('_', { claim: 'x' }), ...checks])]).toEqual(['a', 'b', 'c']);
  });
});

describe('the schedules of a story', () => {
  const [five] = verdict.properties;
  const six = { ...five, id: 'P6', name: 'P6: lru is left alone' };
  const traces = [trace, { ...trace, property: six.name }];
  const shown = (changes: Partial<typeof verdict>, told: readonly string[] = []) =>
    schedulesOf(
      { verdict: { ...verdict, properties: [five, six], ...changes }, traces },
      new Set(told),
    ).map(({ property }) => property);

  test('are those of all surprises', () => {
    const properties = [five, six, { ...six, verdict: 'holds' } as const].map((one) => ({
      ...one,
      ok: false,
    }));
    expect(shown({ ok: false, properties })).toEqual([five.name, six.name]);
  });

  test('is the one that the claim names, else the first that was not told yet', () => {
    expect(shown({ claim: 'lru is free then (P6)' })).toEqual([six.name]);
    expect(shown({})).toEqual([five.name]);
    expect(shown({}, [five.name])).toEqual([six.name]);
    expect(shown({}, [five.name, six.name])).toEqual([]);
  });
});
