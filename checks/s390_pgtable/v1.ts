import { check } from 'heddle';
import { on_cpus } from '../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../models/s390_pgtable/properties.ts';
import { v1 } from '../../models/s390_pgtable/v1.ts';
import { BYTE_01, BYTE_03, defer, free, on, V1_DEFER } from './_goldens.ts';
import { FIRST_XOR, FREE, fallback_is_weak, masked_but, QUEUE, SCOPE, TAKE } from './_review.ts';

const LIST_ADD = 'list_add(&page->lru, &mm->context.pgtable_list)';
const LIST_DEL = 'list_del(&page->lru)';
const PT_MM = 'page->pt_mm = mm + h';
const deferred = (h: number) => [defer('CPU0', h), ...on('CPU0', 'pte_free_defer', ...V1_DEFER)];

/** The second deferral of a page changes which half the first one's callback frees. */
const WRONG_HALF = [QUEUE, PT_MM, 'mm, h = page->pt_mm'];

/**
 * Everything breaks: one head for two tables (P5), the head over the words of the list (P6), one
 * pt_mm for two halves (P1, P4, P9). The client is bounded, for what a broken list leads to has no
 * end: only the tables of the first page are freed, once each.
 */
export default check(on_cpus(v1, { clients: 1, walkers: 1, once: true }), {
  claim:
    'page->rcu_head can be queued for each table (P5), and page->pt_mm tell the callback for which',
  source: v1.source,
  scope: [
    ...SCOPE,
    'bounded: each table of the first page is freed at most once, all others are kept',
  ],
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
        'P7',
      ] as const),
      ...(['P8', 'P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback', 'P12'] as const),
    ),
    ...goals(
      'both halves of a page are pending',
      'the fallback is used while a walker is inside',
      'two pages are listed',
      'a deferred page waits for its grace period while a walker is inside',
    ),
  },
  expected: masked_but(
    {
      P1: { verdict: 'violated', steps: [...WRONG_HALF, FIRST_XOR, QUEUE, FIRST_XOR] },
      P2: { verdict: 'violated', steps: [QUEUE, LIST_DEL, FREE] },
      P2_access: { verdict: 'violated', object: /^page\[.\]/, steps: [QUEUE, FREE] },
      P3: { verdict: 'violated', steps: [QUEUE] },
      P3_list: { verdict: 'violated', object: /^page\[.\]\.lru$/, steps: [QUEUE, LIST_DEL] },
      P4: { verdict: 'violated', steps: [QUEUE, FREE] },
      P5: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, PT_MM, QUEUE] },
      P6: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, LIST_ADD] },
      P6_linked: { verdict: 'violated', steps: [QUEUE] },
      P9_irq: { verdict: 'violated', steps: ['local_irq_save', ...WRONG_HALF.slice(1), TAKE] },
      P9_rcu_batched: {
        verdict: 'violated',
        steps: ['rcu_read_lock', ...WRONG_HALF.slice(1), TAKE],
      },
      P9_rcu_fallback: fallback_is_weak,
      // Double queueing loses both frees: neither the page nor the mm's count ever goes.
      P12: { verdict: 'violated', steps: [QUEUE, QUEUE] },
      leak: { verdict: 'violated', object: /^page/, steps: [QUEUE, QUEUE] },
      // The word of the queued head's func now holds a list pointer.
      KASAN: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, LIST_ADD] },
    },
    ...['P7', 'P8'],
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
});
