import { base } from '../../models/s390_pgtable/base.ts';
import { ALLOCATOR, GATHER, LOCK_OF_TASKS, NO_KHUGEPAGED, TWO_XORS } from './_equivalent.ts';
import { BY_LRU, LISTED_AGAIN, review } from './_review.ts';

/** Before pte_free_defer(). */
export default review(
  'base',
  base,
  [...BY_LRU, ...LISTED_AGAIN, 'P10'],
  {
    pair: {
      claim:
        'but for walkers that the fallback does not wait for, the fragments of Linux 6.1 are right',
    },
    two_clients: {},
    reuse: {},
    hardware: {},
    exits: { equivalent: NO_KHUGEPAGED },
    two_exits: { equivalent: NO_KHUGEPAGED },
    large: {},
    three_clients: {},
    three_walkers: {},
    four_clients: {},
    batches: {},
  },
  { ...LOCK_OF_TASKS, ...ALLOCATOR, ...TWO_XORS, ...GATHER },
);
