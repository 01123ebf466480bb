import { v3 } from '../../models/s390_pgtable/v3.ts';
import { ACTIVE, ALLOCATOR, GATHER, LOCK_OF_TASKS, TWO_XORS } from './_equivalent.ts';
import { BY_LRU, BY_RCU_HEAD, LISTED_AGAIN, review } from './_review.ts';

/**
 * The version that was merged. Its only violation is the weakness of the fallback, which
 * pte_free_defer() does not use.
 */
export default review(
  'v3',
  v3,
  [...BY_LRU, ...BY_RCU_HEAD, ...LISTED_AGAIN, 'P10', 'P11'],
  {
    pair: {
      claim:
        'but for P9_rcu_fallback, it is enough that a page is not listed once pte_free_defer() was used on either half, and is freed by RCU',
    },
    two_clients: {},
    reuse: {},
    hardware: {},
    exits: { claim: 'the callbacks of v3 need no mm' },
    two_exits: {},
    large: {},
    three_clients: {},
    three_walkers: {},
    four_clients: {},
    batches: {},
  },
  { ...LOCK_OF_TASKS, ...ALLOCATOR, ...TWO_XORS, ...ACTIVE, ...GATHER },
);
