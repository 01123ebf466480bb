import { check } from 'heddle';
import { base_without_p } from '../../models/s390_pgtable/base_without_p.ts';
import { on_cpus } from '../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../models/s390_pgtable/properties.ts';
import { FIRST_XOR, fallback_is_weak, SCOPE, TAKE } from './_review.ts';

/**
 * A pending half is handed out again: the byte goes to 0x13 or 0x23. The xor arithmetic survives
 * it, for each bit is toggled by its own party, so nothing is freed early or twice; what breaks is
 * the promise to the walkers.
 */
export default check(on_cpus(base_without_p, { clients: 1, walkers: 1 }), {
  claim: 'page_table_alloc() may look at the A bits alone',
  source:
    'the comment above page_table_alloc(), arch/s390/mm/pgalloc.c, Linux 6.1, which warns of it',
  scope: SCOPE,
  properties: {
    ...properties(
      ...(['P1', 'P2', 'P2_access', 'P3', 'P3_lock', 'P3_list', 'P4', 'P8'] as const),
      ...(['P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback', 'P10', 'P12'] as const),
    ),
    ...goals(),
  },
  expected: {
    P1: { verdict: 'violated', steps: [FIRST_XOR, TAKE] },
    P9_irq: { verdict: 'violated', steps: ['local_irq_save', FIRST_XOR, TAKE] },
    P9_rcu_batched: { verdict: 'violated', steps: ['rcu_read_lock', FIRST_XOR, TAKE] },
    P9_rcu_fallback: fallback_is_weak,
  },
});
