import { at_rest, check } from 'heddle';
import { describe, expect, test } from 'vitest';
import lost_update from '../../models/classic/lost_update.ts';
import { explore } from '../../src/search/explore.ts';
import { Limits, type Surroundings } from '../../src/search/limits.ts';
import type { Progress } from '../../src/search/verdict.ts';

/** A search that is looked at each second, with so many states a second. */
function run(perSecond: number, seconds: number, around: Surroundings, bounds = {}) {
  let now = 0;
  const told: Omit<Progress, 'check'>[] = [];
  const limits = new Limits(bounds, {
    now: () => now * 1000,
    onProgress: (progress) => void told.push(progress),
    ...around,
  });
  let looks = 0;
  limits.widest = () => {
    looks += 1;
    return { field: 'x', values: looks };
  };
  for (now = 1; now <= seconds; now += 1) {
    const states = now * perSecond;
    const counts = { generated: states, expanded: states, visited: { count: states } };
    if (limits.atState(counts, states)) break;
  }
  return { limits, told };
}

describe('limits', () => {
  test('a search that grows large is looked at once each time its states have doubled', () => {
    const { told } = run(100_000, 50, {});
    const looks = told.map(({ widestField }) => widestField?.values);
    const first = (look: number) => looks.indexOf(look) + 1;
    expect(looks.slice(0, 9)).toEqual(Array(9).fill(undefined));
    expect([1, 2, 3, 4].map(first)).toEqual([10, 20, 40, 0]);
  });

  test('memory ends a search at what it may take at the moment, others being there', () => {
    const around = { memory: () => 600, memoryLimit: () => 500 };
    const { limits } = run(2000, 3, around, { memoryLimitBytes: 2 ** 30 });
    expect(limits.stopped).toMatchObject({ bound: 'memoryLimit', value: '1.0 GiB' });
    expect(run(2000, 3, { memory: () => 600 }, { memoryLimitBytes: 700 }).limits.stopped).toBe(
      undefined,
    );
  });
});

describe('a search for which there is no memory', () => {
  const lostUpdate = check(lost_update(2), {
    properties: { 'L1: every increment is counted': at_rest((s) => s.i === 2) },
    expected: { L1: 'violated' },
  });
  const failing = (message: string) =>
    explore(lostUpdate, {
      bounds: { memoryLimitBytes: 2 ** 30 },
      onProgress: () => {
        throw new RangeError(message);
      },
    }).verdict;

  test('ends as INCOMPLETE, and is no mistake of the model', () => {
    for (const message of ['Array buffer allocation failed', 'Map maximum size exceeded']) {
      expect(failing(message)).toMatchObject({
        verdict: 'incomplete',
        complete: false,
        stopped: { bound: 'memoryLimit', value: '1.0 GiB', flag: '--memory-limit' },
        states: 1,
      });
    }
  });

  test('other range errors are mistakes', () => {
    expect(failing('Invalid array length').verdict).toBe('invalid');
  });
});
