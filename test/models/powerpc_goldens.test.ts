/** The powerpc traces, replayed by name; the search finds none longer. */
import { describe, expect, test } from 'vitest';
import checks1 from '../../checks/powerpc_pgtable/ppc1.ts';
import checks3 from '../../checks/powerpc_pgtable/ppc3.ts';
import checks_fixed from '../../checks/powerpc_pgtable/ppc3_fixed.ts';
import {
  type Check,
  explore,
  type GoldenTrace,
  propertyId,
  replayLabels,
} from '../../src/index.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  ppc1: checks1.ppc1,
  ppc3_destroy: checks3.ppc3_destroy,
  ppc3_destroy_three_fragments: checks3.ppc3_destroy_three_fragments,
  ppc3_fixed_destroy: checks_fixed.ppc3_fixed_destroy,
};

const goldens = Object.entries(CHECKS).flatMap(([name, one]) =>
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

test('every trace is here', () => {
  expect(goldens.map(([name, property]) => `${name} ${property}`)).toEqual([
    'ppc1 P5',
    'ppc3_destroy P11',
    'ppc3_destroy P9_rcu_batched',
    'ppc3_destroy_three_fragments P11',
    'ppc3_destroy_three_fragments P9_rcu_batched',
    'ppc3_fixed_destroy P9_rcu_batched',
  ]);
});

/** The check from the initial state of a golden trace alone, and no deeper than that goes. */
function from(one: Check, { initial = '', steps }: GoldenTrace): Check {
  const { model } = one;
  return {
    ...one,
    model: { ...model, initial: { [initial]: model.initial[initial] } },
    bounds: { maxDepth: steps.length + 1 },
  };
}
