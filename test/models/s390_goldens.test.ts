/** The traces that the review thread and the commits tell, replayed by name; the search finds none longer. */
import { describe, expect, test } from 'vitest';
import b0 from '../../checks/s390_pgtable/b0.ts';
import c1 from '../../checks/s390_pgtable/claims/c1.ts';
import c17 from '../../checks/s390_pgtable/claims/c17.ts';
import c19 from '../../checks/s390_pgtable/claims/c19.ts';
import draft from '../../checks/s390_pgtable/draft.ts';
import g14 from '../../checks/s390_pgtable/g14.ts';
import g28 from '../../checks/s390_pgtable/g28.ts';
import seed from '../../checks/s390_pgtable/seed.ts';
import v1 from '../../checks/s390_pgtable/v1.ts';
import {
  type Check,
  explore,
  type GoldenTrace,
  propertyId,
  replayLabels,
} from '../../src/index.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  b0: b0.b0 as Check,
  'claims/c17_without_p': c17.c17_without_p,
  draft_exits: draft.draft_exits as Check,
  g14: g14.g14 as Check,
  g28_unconsolidated: g28.g28_unconsolidated,
  seed: seed.seed as Check,
  v1: v1.v1 as Check,
  'claims/c1': c1,
  'claims/c19': c19,
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

test('every trace of the description is here', () => {
  const count = Object.fromEntries(
    Object.entries(CHECKS).map(([name, { goldens: kept = [] }]) => [name, kept.length]),
  );
  expect(count).toEqual({
    b0: 2,
    'claims/c17_without_p': 1,
    draft_exits: 1,
    g14: 1,
    g28_unconsolidated: 1,
    seed: 2,
    v1: 3,
    'claims/c1': 1,
    'claims/c19': 1,
  });
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
