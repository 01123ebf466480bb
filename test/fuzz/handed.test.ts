/** Who holds what, proved by trial: random programs searched whole and reduced, and each rule of tokens left out is noticed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rules } from '../../src/search/reduce/rules.ts';
import { differenceOf } from './compare.ts';
import { checkOfHanded, type Handed, handed } from './handed.ts';
import { searchReduced, searchWhole } from './searched.ts';
import { RULES, ways } from './ways.ts';

/** HEDDLE_HANDED=2000 tries more. */
const PROGRAMS = Number(process.env.HEDDLE_HANDED ?? 60);
const SEED = Number(process.env.HEDDLE_HANDED_SEED ?? 1);
const MOST_STATES = 3_000;
const asked = ['stubborn', 'both', 'all'];

function differences(one: Handed, rules: Rules): string {
  const check = checkOfHanded(one);
  const whole = searchWhole(check, MOST_STATES);
  if (!whole.complete) return '';
  const told = asked.map((way) =>
    differenceOf(whole, searchReduced(check, 10 * MOST_STATES, ways[way] ?? [], rules)),
  );
  return told.join('');
}

test('programs that hand things on are searched alike', { timeout: 3_600_000 }, () => {
  fc.assert(
    fc.property(handed, (one) => {
      expect(differences(one, RULES)).toBe('');
    }),
    { seed: SEED, numRuns: PROGRAMS },
  );
});

test.each(['holders', 'releases'] as const)(
  'without %s something is lost',
  { timeout: 600_000 },
  (rule) => {
    const rules = { ...RULES, [rule]: false };
    const result = fc.check(
      fc.property(handed, (one) => differences(one, rules) === ''),
      { seed: SEED, numRuns: 1_000, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
  },
);
