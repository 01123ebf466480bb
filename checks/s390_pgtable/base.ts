import { check } from 'heddle';
import { base } from '../../models/s390_pgtable/base.ts';
import { on_cpus } from '../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../models/s390_pgtable/properties.ts';
import { fallback_is_weak, SCOPE } from './_review.ts';

/**
 * Before pte_free_defer(): a CPU that allocates, frees and walks, another that walks, and the
 * callbacks.
 */
export default check(on_cpus(base, { clients: 1, walkers: 1 }), {
  claim:
    'but for walkers that the fallback does not wait for, the fragments of Linux 6.1 are right',
  source: base.source,
  scope: SCOPE,
  properties: {
    ...properties(
      ...(['P1', 'P2', 'P2_access', 'P3', 'P3_lock', 'P3_list', 'P4', 'P8'] as const),
      ...(['P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback', 'P10', 'P12'] as const),
    ),
    ...goals(),
  },
  expected: { P9_rcu_fallback: fallback_is_weak },
});
