/** What is predicted of V1 and of what is left of it when one of its parts is taken out. */
import type { Expectation } from 'heddle';
import { FIRST_XOR, FREE, fallback_is_weak, QUEUE, softirq_takes_lock, TAKE } from './_review.ts';

export const LIST_ADD = 'list_add(&page->lru, &mm->context.pgtable_list)';
const LIST_DEL = 'list_del(&page->lru)';
const PT_MM = 'page->pt_mm = mm + h';

/** The second deferral of a page changes which half the first one's callback frees. */
const WRONG_HALF = [QUEUE, PT_MM, 'mm, h = page->pt_mm'];

export const bounded = [
  'bounded: each table of the first page is freed at most once, all others are kept until exit',
];

/** Whatever else is not violated is masked: the wild call and the use after free end schedules. */
export const broken: Readonly<Record<string, Expectation>> = {
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
  // The callback unlists its page when a list has been laid over the head, or frees the half that is in use.
  P14_listed: 'violated',
  leak: { verdict: 'violated', steps: [QUEUE, QUEUE] },
  // The word of the queued head's func now holds a list pointer.
  KASAN: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, LIST_ADD] },
  P13: softirq_takes_lock,
  // The other table's deferral changes the word that the callback reads.
  KCSAN: { verdict: 'violated', object: /^page\[.\]\.pt_mm/, steps: [QUEUE] },
};

/** The same among walkers: one pt_mm for two halves breaks what they were promised. */
export const among_walkers: Readonly<Record<string, Expectation>> = {
  P1: { verdict: 'violated', steps: [...WRONG_HALF, FIRST_XOR] },
  P9_irq: { verdict: 'violated', steps: ['local_irq_save', ...WRONG_HALF.slice(1), TAKE] },
  P9_rcu_batched: { verdict: 'violated', steps: ['rcu_read_lock', ...WRONG_HALF.slice(1), TAKE] },
  P9_rcu_fallback: fallback_is_weak,
};

/** Goals of a pair that a client which frees each table once cannot reach. */
export const NOT_ONCE = [
  'a batch waits while both kinds of walker are under way',
  'two walkers are in the two halves of a page',
] as const;

/** Both frees of a head that was queued twice are lost, so its half never comes back (P14), nor is the mm ever dropped. */
export const lost: Expectation = { verdict: 'violated', steps: [QUEUE, QUEUE] };
