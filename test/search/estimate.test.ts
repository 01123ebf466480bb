/** Estimates of how large a search will be, against models whose number of states is known. */
import { estimate, explore } from 'heddle';
import { describe, expect, test } from 'vitest';
import counter from '../../checks/bench/counter.ts';
import philosophers from '../../checks/bench/philosophers.ts';
import { extrapolate } from '../../src/search/orders/growth.ts';
import * as programs from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';

describe('levels drawn on', () => {
  /** Of `parts` independent switches: how many are on. */
  const binomial = (parts: number): number[] => {
    const sizes = [1];
    for (let on = 1; on <= parts; on += 1)
      sizes.push(((sizes[on - 1] as number) * (parts - on + 1)) / on);
    return sizes;
  };

  test('of independent parts come within a factor of 2.5, from a tenth on', () => {
    for (const parts of [20, 30, 40]) {
      const sizes = binomial(parts);
      let known = 0;
      const first = sizes.filter((size) => {
        const isEarly = known < 2 ** parts / 10;
        known += size;
        return isEarly;
      });
      const total = extrapolate(first) as number;
      expect(total).toBeGreaterThan(2 ** parts / 2.5);
      expect(total).toBeLessThan(2 ** parts * 2.5);
    }
  });

  test('say nothing where they grow ever faster, or are too few', () => {
    expect(extrapolate([1, 2, 8, 64, 1024, 32768])).toBeUndefined();
    expect(extrapolate([1, 2, 4, 6])).toBeUndefined();
  });
});

describe('a probe', () => {
  test('that sees everything counts and does not guess', () => {
    const checked = translate(programs.pageTables('b0'));
    const { states } = explore(checked).verdict;
    expect(estimate(checked)).toMatchObject({ complete: true, states, low: states, high: states });
  });

  test('says the same again', () => {
    const checked = translate(programs.lostUpdate(5, false));
    const first = estimate(checked, { probeStates: 1000 });
    expect(first.complete).toBe(false);
    expect(estimate(checked, { probeStates: 1000 })).toEqual(first);
  });

  test.each([
    ['counter', counter.counter, 3_892_125],
    ['philosophers_14', philosophers.philosophers_14, 4_782_968],
  ])('of %s is within a factor of five, and its interval holds', (_, checked, states) => {
    const { states: expected = 0, low, high = 0, byDescents = 0 } = estimate(checked);
    expect(expected / states).toBeGreaterThan(1 / 5);
    expect(expected / states).toBeLessThan(5);
    expect([low, states, high]).toEqual([low, states, high].toSorted((one, other) => one - other));
    expect(byDescents).toBeGreaterThan(0);
  });
});
