import { check } from 'heddle';
import { on_cpus } from '../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../models/s390_pgtable/properties.ts';
import { v3 } from '../../models/s390_pgtable/v3.ts';
import { fallback_is_weak, SCOPE } from './_review.ts';

/**
 * The version that was merged. Its only violation is the weakness of the fallback, which
 * pte_free_defer() does not use.
 */
export default check(on_cpus(v3, { clients: 1, walkers: 1 }), {
  claim:
    'but for P9_rcu_fallback, it is enough that a page is not listed once pte_free_defer() was used on either half, and is freed by RCU',
  source: v3.source,
  scope: SCOPE,
  properties: {
    ...properties(
      ...([
        'P1',
        'P2',
        'P2_access',
        'P3',
        'P3_lock',
        'P3_list',
        'P4',
        'P5',
        'P6',
        'P6_linked',
      ] as const),
      ...(['P8', 'P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback', 'P10', 'P11', 'P12'] as const),
    ),
    ...goals(),
    ...goals('a deferred page waits for its grace period while a walker is inside'),
  },
  expected: { P9_rcu_fallback: fallback_is_weak },
});
