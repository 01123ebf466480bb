/** What a reduced search says of the traps is what the full one says; a rule left out loses what its trap hides. */
import { explore } from 'heddle';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Reduced } from '../../src/search/reduce/reduced.ts';
import { RULES, type Rules } from '../../src/search/reduce/rules.ts';
import { rowOf } from '../outcome.ts';
import { type ReductionTrap, reductionTraps } from './reduction-traps.ts';

/** Left out, they lose no verdict: what they keep is a state before each violation, for the schedule. */
const forSchedules: readonly ReductionTrap['rule'][] = ['noJoinOverViolation'];

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(Object.entries(reductionTraps))('%s', (_name, { rule, reduce, id, check }) => {
  const whole = rowOf(explore(check), id).verdict;

  test.each(reduce)('is found: %s', (...ways) => {
    expect(rowOf(explore(check, { reduce: ways }), id).verdict).toBe(whole);
  });

  test.skipIf(forSchedules.includes(rule)).each(reduce)(
    `is lost without ${rule}: %s`,
    (...ways) => {
      if (rule === 'retraction')
        vi.spyOn(Reduced.prototype as unknown as { settle(): void }, 'settle').mockImplementation(
          () => {},
        );
      const rules: Rules = { ...RULES, [rule]: false };
      expect(rowOf(explore(check, { reduce: ways, rules }), id).verdict).not.toBe(whole);
    },
  );
});

test('every rule has a trap', () => {
  const kept = new Set(Object.values(reductionTraps).map(({ rule }) => rule));
  // Nothing has been found yet that it is needed for.
  kept.add('expandAtViolation');
  expect([...kept].sort()).toEqual([...Object.keys(RULES), 'retraction'].sort());
});
