import { v2 } from '../../models/s390_pgtable/v2.ts';
import { BY_LRU, BY_RCU_HEAD, LISTED_AGAIN, review } from './_review.ts';

/**
 * With a lock that outlives every mm and is always taken with softirqs off, DRAFT is right. It was
 * dropped for what that lock costs, not for a bug.
 */
export default review('v2', v2, [...BY_LRU, ...BY_RCU_HEAD, ...LISTED_AGAIN, 'P10'], {
  pair: {
    claim: 'a page can be listed again after the grace period, under one lock for all mms',
    cpus: { size: { pages: 1 } },
  },
  two_clients: { cpus: { walk: false }, large: true },
  reuse: {},
  exits: {
    claim:
      'an A bit that is seen under mm_pgtable_list_lock says that the mm of page->pt_mm is alive',
  },
});
