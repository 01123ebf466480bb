/** What a reduced search says of the traps is what the full one says; a rule left out loses what its trap hides. */
import { explore } from 'heddle';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Reduction } from '../../src/search/reduce/choice.ts';
import { Reduced } from '../../src/search/reduce/reduced.ts';
import { RULES, type Rules } from '../../src/search/reduce/rules.ts';
import { rowOf } from '../outcome.ts';
import { oppositeOrders, reductionTraps } from './reduction-traps.ts';

/** Without its rule it is found all the same: where the path goes on, what is lost is a state before the violation, for the schedule. */
const forSchedules = 'a violation behind a violation';

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(Object.entries(reductionTraps))('%s', (name, { rule, reduce, id, check }) => {
  const whole = rowOf(explore(check), id).verdict;

  test.each(reduce)('is found: %s', (...ways) => {
    expect(
      rowOf(explore(check, { reduce: ways, rules: { ...RULES, tour: false } }), id).verdict,
    ).toBe(whole);
  });

  const isLost = name !== forSchedules;
  test.each(reduce)(
    `is ${isLost ? 'lost' : 'found all the same'} without ${rule}: %s`,
    (...ways) => {
      if (rule === 'retraction')
        vi.spyOn(Reduced.prototype as unknown as { settle(): void }, 'settle').mockImplementation(
          () => {},
        );
      const rules: Rules = { ...RULES, tour: false, [rule]: false };
      const { verdict } = rowOf(explore(check, { reduce: ways, rules }), id);
      if (isLost) expect(verdict).not.toBe(whole);
      else expect(verdict).toBe(whole);
    },
  );
});

describe('locks that are waited for in a circle', () => {
  const ways: readonly Reduction[][] = [
    ['stubborn'],
    ['transactions'],
    ['stubborn', 'transactions'],
    ['symmetry', 'stubborn', 'transactions'],
  ];
  test.each(Object.entries(oppositeOrders))('with %s', (_name, check) => {
    const whole = rowOf(explore(check), 'deadlock').verdict;
    expect(whole).toBe('violated');
    for (const reduce of ways) {
      const rules = { ...RULES, tour: false };
      expect(rowOf(explore(check, { reduce, rules }), 'deadlock').verdict).toBe(whole);
    }
  });
});

test('every rule has a trap', () => {
  const kept = new Set<string>(Object.values(reductionTraps).map(({ rule }) => rule));
  kept.add('tour');
  kept.add('tokens');
  expect([...kept].sort()).toEqual([...Object.keys(RULES), 'retraction'].sort());
});
