/** What must be true of a golden trace, whatever design it is of. */
import { describe, expect, test } from 'vitest';
import {
  type Check,
  explore,
  type GoldenTrace,
  propertyId,
  replayLabels,
} from '../../src/index.ts';

/** Replays the golden traces of these checks by name; the search finds none longer. Returns `check property` of each. */
export function testGoldens(checks: Readonly<Record<string, Check>>): string[] {
  const goldens = Object.entries(checks).flatMap(([name, one]) =>
    (one.goldens ?? []).map((golden) => [name, golden.property, golden, one] as const),
  );

  describe.each(goldens)('%s, %s', (_name, property, golden, one) => {
    test('every step is enabled and the last one violates it', () => {
      const trace = replayLabels(one, golden);
      expect(propertyId(trace.property)).toBe(property);
      expect(trace.steps).toHaveLength(golden.steps.length);
      const early = trace.steps.slice(0, -1).flatMap(({ findings }) => findings);
      expect(early.filter(({ kind }) => kind === property)).toEqual([]);
    });

    test('the search finds one no longer', () => {
      const { verdict } = explore(from(one, golden));
      const found = verdict.properties.find(({ id }) => id === property);
      expect(found?.verdict).toBe('violated');
      expect(found?.steps).toBeLessThanOrEqual(golden.steps.length);
    });
  });

  return goldens.map(([name, property]) => `${name} ${property}`);
}

/** The check from the initial state of a golden trace alone, and no deeper than that goes. */
function from(one: Check, { initial = '', steps }: GoldenTrace): Check {
  const { model } = one;
  return {
    ...one,
    model: { ...model, initial: { [initial]: model.initial[initial] } },
    bounds: { maxDepth: steps.length + 1 },
  };
}
