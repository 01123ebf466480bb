/** Things that are alike, proved by trial: random programs searched whole, and with what may be exchanged exchanged. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Alike, alike, checkOfAlike } from './alike.ts';
import { differenceOf } from './compare.ts';
import { searchReduced, searchWhole } from './searched.ts';
import { RULES, ways } from './ways.ts';

/** HEDDLE_ALIKE=2000 tries more. */
const PROGRAMS = Number(process.env.HEDDLE_ALIKE ?? 40);
const SEED = Number(process.env.HEDDLE_ALIKE_SEED ?? 1);
const MOST_STATES = 3_000;
const asked = ['symmetry', 'both', 'all'];

function differences(one: Alike): string {
  const check = checkOfAlike(one);
  const whole = searchWhole(check, MOST_STATES);
  if (!whole.complete) return '';
  const told = asked.flatMap((way) =>
    [true, false].map((tour) => {
      const reduced = searchReduced(check, 10 * MOST_STATES, ways[way] ?? [], { ...RULES, tour });
      const difference = differenceOf(whole, reduced);
      return difference === '' ? '' : `${way}: ${difference}`;
    }),
  );
  return told.join('');
}

test('programs about things that are alike are searched alike', { timeout: 3_600_000 }, () => {
  fc.assert(
    fc.property(alike, (one) => {
      expect(differences(one)).toBe('');
    }),
    { seed: SEED, numRuns: PROGRAMS },
  );
});
