import { v67 } from '../../models/s390_pgtable/v67.ts';
import { GATHER, ONLY_A_PAGE, UNUSED_LRU } from './_equivalent.ts';
import { BY_RCU_HEAD, review } from './_review.ts';

/**
 * What became of it: a page for each table. Nothing is shared by two tables, so that nothing has to
 * be agreed on; the weakness of the fallback stays.
 */
export default review(
  'v67',
  v67,
  BY_RCU_HEAD,
  {
    pair: {
      claim:
        'but for P9_rcu_fallback, with a page for each table pte_free_defer() is one call_rcu()',
    },
    // One page is one table here, and two walkers and a batch want more.
    two_clients: { cpus: { size: { pages: 2 } } },
    reuse: {},
    hardware: { cpus: { size: { pages: 2, entries: 2 } } },
    exits: { claim: 'the callbacks of v67 need no mm', equivalent: ONLY_A_PAGE },
    two_exits: { equivalent: ONLY_A_PAGE },
    large: { cpus: { size: { pages: 3 } } },
    three_clients: {},
    batches: { cpus: { size: { pages: 2, batches: 2, entries: 2 } } },
  },
  { ...GATHER, ...UNUSED_LRU },
);
