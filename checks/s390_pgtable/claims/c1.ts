import { check } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { v1 } from '../../../models/s390_pgtable/v1.ts';
import { BYTE_03, defer, on, V1_DEFER } from '../_goldens.ts';
import { FIRST_XOR, masked_but, QUEUE, SCOPE, SECOND_XOR, softirq_takes_lock } from '../_review.ts';

const PT_MM = 'page->pt_mm = mm + h';
const [MMGRAB] = V1_DEFER;
const CALLBACK = 'rcuo softirq pte_free_now';

/**
 * The callback frees a half of which it learns from page->pt_mm, up to a step of page_table_free().
 */
const callback = (...steps: readonly string[]) => [
  `${CALLBACK}: start pte_free_now`,
  `${CALLBACK}: mm, h = page->pt_mm`,
  ...on('rcuo softirq', 'page_table_free', 'LOCK', FIRST_XOR, ...steps),
];

/** Claim C1, with two CPUs that defer the two tables of a page. */
export default check(on_cpus(v1, { clients: 2, walk: false, once: true, size: { pages: 1 } }), {
  claim: 'C1: the tables of a page share one page->rcu_head, so queueing it for each is a trap',
  source:
    'Matthew Wilcox, about 30 May 2023, as told in the mail of 5 June (message-id 175ebec8-...)',
  scope: [...SCOPE, 'bounded: each table of the page is freed at most once, all others are kept'],
  properties: properties('P1', 'P2', 'P4', 'P5'),
  expected: masked_but({
    P1: { verdict: 'violated', steps: [QUEUE, PT_MM, 'mm, h = page->pt_mm', QUEUE, FIRST_XOR] },
    P5: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, PT_MM, QUEUE] },
    P2: 'violated',
    P4: 'violated',
    KASAN: 'violated',
    DEBUG_LIST: 'violated',
    DEBUG_OBJECTS_RCU_HEAD: 'violated',
    LOCKDEP: softirq_takes_lock,
    leak: 'violated',
  }),
  goldens: [
    {
      property: 'P1',
      initial: BYTE_03,
      steps: [
        defer('CPU0', 0),
        ...on('CPU0', 'pte_free_defer', MMGRAB, PT_MM),
        defer('CPU1', 1),
        ...on('CPU1', 'pte_free_defer', MMGRAB, PT_MM),
        `CPU0 pte_free_defer: ${QUEUE}`,
        ...callback('list_add(&page->lru, &mm->context.pgtable_list)', 'UNLOCK', SECOND_XOR),
        `${CALLBACK}: mmdrop_async(mm)`,
        `CPU1 pte_free_defer: ${QUEUE}`,
        ...callback(),
      ],
    },
  ],
});
