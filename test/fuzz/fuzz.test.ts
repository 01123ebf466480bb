/**
 * Reductions proved by trial, in small: random programs searched whole and reduced, the statistics of what they had in them, and
 * the footprint audit. `npm run fuzz` looks longer, and leaves out the rules one by one.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reductionTraps } from '../search/reduction-traps.ts';
import { trial } from './arbitrary.ts';
import { audit } from './audit.ts';
import { checkOf } from './check.ts';
import { compare, MOST_STATES } from './compare.ts';
import { found } from './found.ts';
import { Fuzz } from './fuzz.ts';
import { RULES, ways } from './ways.ts';

test('full and reduced searches say the same of random programs', () => {
  const fuzz = new Fuzz(5, [], false);
  while (fuzz.compared < 60) fuzz.runSome(30);
  expect(fuzz.failures).toEqual([]);
}, 300_000);

test.each(Object.entries(found))('%s: reduced searches say it too', (_story, one) => {
  expect(compare(one, Object.keys(ways))?.differences).toEqual({});
});

test('no step of a full search does what a reduced one has not assumed of it', () => {
  let audited = 0;
  for (const one of fc.sample(trial, { seed: 11, numRuns: 40 })) {
    const result = audit(checkOf(one), ways.both, MOST_STATES);
    if (result === undefined) continue;
    expect(result.excess).toEqual([]);
    audited += 1;
  }
  expect(audited).toBeGreaterThan(10);
}, 300_000);

test('the audit tells of steps that a broken search never came to', () => {
  const { check } = reductionTraps['a CPU that loops privately hides another'];
  const broken = { ...RULES, proviso: false };
  expect(audit(check, ways.stubborn, MOST_STATES, broken)?.excess).toEqual([
    expect.stringMatching(/^CPU1, level 0, at 2: reads /),
    'CPU1, level 0, at 2: leads to 0',
  ]);
  expect(audit(check, ways.stubborn, MOST_STATES)).toEqual({ states: 6, excess: [] });
});
