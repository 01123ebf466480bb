/** The powerpc traces, replayed by name; the search finds none longer. */
import { expect, test } from 'vitest';
import checks1 from '../../checks/powerpc_pgtable/ppc1.ts';
import checks3 from '../../checks/powerpc_pgtable/ppc3.ts';
import checks_fixed from '../../checks/powerpc_pgtable/ppc3_fixed.ts';
import type { Check } from '../../src/index.ts';
import { testGoldens } from './goldens.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  ppc1: checks1.ppc1,
  ppc3_destroy: checks3.ppc3_destroy,
  ppc3_destroy_three_fragments: checks3.ppc3_destroy_three_fragments,
  ppc3_fixed_destroy: checks_fixed.ppc3_fixed_destroy,
};

const goldens = testGoldens(CHECKS);

test('every trace is here', () => {
  expect(goldens).toEqual([
    'ppc1 P5',
    'ppc3_destroy P11',
    'ppc3_destroy P9_rcu_batched',
    'ppc3_destroy_three_fragments P11',
    'ppc3_destroy_three_fragments P9_rcu_batched',
    'ppc3_fixed_destroy P9_rcu_batched',
  ]);
});
