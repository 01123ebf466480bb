import { check } from 'heddle';
import { type Cpus, on_cpus } from '../../models/s390_pgtable/design.ts';
import { DEFER_XOR, H_XOR, QUEUE_HALF, QUEUE_OTHER } from '../../models/s390_pgtable/draft.ts';
import { g28 } from '../../models/s390_pgtable/g28.ts';
import { properties } from '../../models/s390_pgtable/properties.ts';
import { BYTE_03, defer, on } from './_goldens.ts';
import { BY_LRU, BY_RCU_HEAD, FREE, masked_but, review, SCOPE, SECOND_XOR } from './_review.ts';

const LOOK = 'atomic_read(&page->pt_frag_refcount)';

/** As since Linux 4.20. */
const CONSOLIDATED: Cpus = { rcu: { consolidated: true } };
const scope = [
  'a region with softirqs off or a spinlock held is an RCU reader (Linux 4.20 and later)',
];

/** The callback of one half: its H bit, then its P bit. */
const callback = (h: number) => [
  `rcuo softirq pte_free_now${h}: start pte_free_now${h}`,
  `rcuo softirq pte_free_half: ${H_XOR}`,
  `rcuo softirq __tlb_remove_table: ${SECOND_XOR}`,
];

/**
 * Right, but only because pte_free_defer() holds a spinlock: between its xor and its look at
 * page->pt_frag_refcount both halves can be through all their callbacks and the page freed, if
 * their grace period does not wait for it.
 */
export default {
  ...review('g28', g28, [...BY_LRU, ...BY_RCU_HEAD, 'P10'], {
    pair: {
      claim: 'page->pt_frag_refcount says whether a page is listed',
      scope,
      cpus: { ...CONSOLIDATED, size: { pages: 1 } },
    },
    two_clients: { scope, cpus: CONSOLIDATED },
    reuse: { scope, cpus: CONSOLIDATED },
    exits: { claim: 'the callbacks of this design need no mm', scope, cpus: CONSOLIDATED },
    three_clients: { scope, cpus: CONSOLIDATED },
  }),
  g28_unconsolidated: check(on_cpus(g28, { clients: 1, walk: false, size: { pages: 1 } }), {
    claim:
      'pte_free_defer() may look at the page after its xor although no grace period waits for it',
    source: g28.source,
    scope: SCOPE,
    properties: properties('P2_access'),
    expected: {
      ...masked_but({}),
      P2_access: {
        verdict: 'violated',
        object: /^page\[.\]\.pt_frag_refcount$/,
        steps: [DEFER_XOR, DEFER_XOR, QUEUE_OTHER, FREE, LOOK],
      },
    },
    goldens: [
      {
        property: 'P2_access',
        initial: BYTE_03,
        steps: [
          defer('CPU0', 0),
          ...on('CPU0', 'pte_free_defer', 'LOCK', DEFER_XOR, `BUG_ON(${LOOK})`, 'UNLOCK'),
          ...on('CPU0', 'pte_free_defer', QUEUE_HALF),
          defer('CPU0', 1),
          ...on('CPU0', 'pte_free_defer', 'LOCK', DEFER_XOR),
          ...callback(0),
          `rcuo softirq pte_free_half: ${QUEUE_OTHER}`,
          ...callback(1),
          `rcuo softirq __tlb_remove_table: ${FREE}`,
          `CPU0 pte_free_defer: ${LOOK}`,
        ],
      },
    ],
  }),
};
