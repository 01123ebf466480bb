import { hh_listed } from '../../models/s390_pgtable/hh_listed.ts';
import { BY_LRU, BY_RCU_HEAD, LISTED_AGAIN, review } from './_review.ts';

/** Safe, but a page at the front of the list whose only free half has an H bit hides all others. */
export default review('hh_listed', hh_listed, [...BY_LRU, ...BY_RCU_HEAD, ...LISTED_AGAIN, 'P10'], {
  pair: {
    claim: 'a page with a deferred half can be listed like one with a pending half',
    cpus: { size: { pages: 1 } },
  },
  two_clients: {},
  reuse: {
    expected: {
      P14_defer: {
        verdict: 'violated',
        steps: ['m = atomic_xor_bits(&page->_refcount, 0x15 << h)'],
      },
    },
  },
  exits: {},
  three_clients: {},
});
