import type { Expectation } from 'heddle';
import { v1 } from '../../models/s390_pgtable/v1.ts';
import { BYTE_01, BYTE_03, defer, free, on, V1_DEFER } from './_goldens.ts';
import {
  BY_LRU,
  BY_RCU_HEAD,
  FIRST_XOR,
  FREE,
  fallback_is_weak,
  masked_but,
  QUEUE,
  review,
  softirq_takes_lock,
  TAKE,
} from './_review.ts';

const LIST_ADD = 'list_add(&page->lru, &mm->context.pgtable_list)';
const LIST_DEL = 'list_del(&page->lru)';
const PT_MM = 'page->pt_mm = mm + h';
const deferred = (h: number) => [defer('CPU0', h), ...on('CPU0', 'pte_free_defer', ...V1_DEFER)];

/** The second deferral of a page changes which half the first one's callback frees. */
const WRONG_HALF = [QUEUE, PT_MM, 'mm, h = page->pt_mm'];

const bounded = [
  'bounded: each table of the first page is freed at most once, all others are kept until exit',
];

/** Whatever else is not violated is masked: the wild call and the use after free end schedules. */
const broken: Readonly<Record<string, Expectation>> = {
  P2: { verdict: 'violated', steps: [QUEUE, LIST_DEL, FREE] },
  P2_access: { verdict: 'violated', object: /^page\[.\]/, steps: [QUEUE, FREE] },
  P3: { verdict: 'violated', steps: [QUEUE] },
  P3_list: { verdict: 'violated', object: /^page\[.\]\.lru$/, steps: [QUEUE, LIST_DEL] },
  P4: { verdict: 'violated', steps: [QUEUE, FREE] },
  P5: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, PT_MM, QUEUE] },
  P6: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, LIST_ADD] },
  P6_linked: { verdict: 'violated', steps: [QUEUE] },
  // Double queueing loses both frees: neither the page nor the mm's count ever goes.
  P12: { verdict: 'violated', steps: [QUEUE, QUEUE] },
  leak: { verdict: 'violated', steps: [QUEUE, QUEUE] },
  // The word of the queued head's func now holds a list pointer.
  KASAN: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, LIST_ADD] },
  P13: softirq_takes_lock,
};

/**
 * Everything breaks: one head for two tables (P5), the head over the words of the list (P6), one
 * pt_mm for two halves (P1, P4, P9), a lock in softirq that others hold with softirqs on (P13). The
 * client is bounded, for what a broken list leads to has no end: only the tables of the first page
 * are freed, once each.
 */
export default review('v1', v1, [...BY_LRU, ...BY_RCU_HEAD], {
  pair: {
    claim:
      'page->rcu_head can be queued for each table (P5), and page->pt_mm tell the callback for which',
    scope: bounded,
    cpus: { once: true },
    never: [
      'a batch waits while both kinds of walker are under way',
      'two walkers are in the two halves of a page',
    ],
    expected: masked_but(
      {
        ...broken,
        P1: { verdict: 'violated', steps: [...WRONG_HALF, FIRST_XOR, QUEUE, FIRST_XOR] },
        P9_irq: { verdict: 'violated', steps: ['local_irq_save', ...WRONG_HALF.slice(1), TAKE] },
        P9_rcu_batched: {
          verdict: 'violated',
          steps: ['rcu_read_lock', ...WRONG_HALF.slice(1), TAKE],
        },
        P9_rcu_fallback: fallback_is_weak,
      },
      ...['P3_lock', 'P8'],
    ),
    goldens: [
      { property: 'P5', initial: BYTE_03, steps: [...deferred(0), ...deferred(1)] },
      { property: 'P6_linked', initial: BYTE_01, steps: deferred(0) },
      {
        property: 'P6',
        initial: BYTE_03,
        steps: [
          ...deferred(1),
          free('CPU0', 0),
          ...on('CPU0', 'page_table_free', 'LOCK', FIRST_XOR, LIST_ADD),
        ],
      },
    ],
  },
  exits: {
    claim: 'mmgrab() and mmdrop_async() keep the mm for the callback',
    scope: bounded,
    cpus: { once: true },
    never: ['a deferred page waits when the mm is gone'],
    expected: masked_but({ ...broken, P1: 'violated', free_mm: 'violated' }, ...['P3_lock', 'P7']),
  },
});
