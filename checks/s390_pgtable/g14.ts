import type { Expectation } from 'heddle';
import { DEFER_XOR, H_XOR, QUEUE_HALF } from '../../models/s390_pgtable/draft.ts';
import { g14 } from '../../models/s390_pgtable/g14.ts';
import { BYTE_03, defer, free, on } from './_goldens.ts';
import { BY_LRU, BY_RCU_HEAD, FIRST_XOR, review } from './_review.ts';

const LIST_DEL = 'list_del(&page->lru)';

/** Once its callback has cleared the H bit, nothing says that the page is not listed. */
const unlisted: Readonly<Record<string, Expectation>> = {
  P3_list: {
    verdict: 'violated',
    object: /^page\[.\]\.lru$/,
    steps: [QUEUE_HALF, H_XOR, LIST_DEL],
  },
};

/**
 * A list_del() of a page that is on no list, without any concurrency: CONFIG_DEBUG_LIST refuses it,
 * and then all else holds; without that the neighbours that call_rcu() left in page->lru are
 * written to.
 */
export default review('g14', g14, [...BY_LRU, ...BY_RCU_HEAD, 'P10'], {
  pair: {
    claim: 'the H bits say whether a page is listed (refuted by its author, 28 June)',
    cpus: { size: { pages: 1 } },
    expected: unlisted,
    goldens: [
      {
        property: 'P3_list',
        initial: BYTE_03,
        steps: [
          defer('CPU0', 0),
          ...on('CPU0', 'pte_free_defer', 'LOCK', DEFER_XOR, 'UNLOCK', QUEUE_HALF),
          'rcuo softirq pte_free_now0: start pte_free_now0',
          `rcuo softirq pte_free_half: ${H_XOR}`,
          free('CPU0', 1),
          ...on('CPU0', 'page_table_free', 'LOCK', FIRST_XOR, LIST_DEL),
        ],
      },
    ],
  },
  two_clients: { expected: unlisted },
  reuse: { expected: unlisted },
  exits: { expected: unlisted },
  three_clients: { expected: unlisted },
});
