/** The traces that the review thread and the commits tell, replayed by name; the search finds none longer. */
import { expect, test } from 'vitest';
import b0 from '../../checks/s390_pgtable/b0.ts';
import c1 from '../../checks/s390_pgtable/claims/c1.ts';
import c17 from '../../checks/s390_pgtable/claims/c17.ts';
import c19 from '../../checks/s390_pgtable/claims/c19.ts';
import draft from '../../checks/s390_pgtable/draft.ts';
import g14 from '../../checks/s390_pgtable/g14.ts';
import g28 from '../../checks/s390_pgtable/g28.ts';
import seed from '../../checks/s390_pgtable/seed.ts';
import v1 from '../../checks/s390_pgtable/v1.ts';
import type { Check } from '../../src/index.ts';
import { testGoldens } from './goldens.ts';

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

testGoldens(CHECKS);

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
