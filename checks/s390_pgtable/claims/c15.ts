import { check } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { v1_on_seed } from '../../../models/s390_pgtable/v1_on_seed.ts';
import { FIRST_XOR, QUEUE, SCOPE } from '../_review.ts';

const PT_MM = 'page->pt_mm = mm + h';

/** Claim C15: with the list out of page->lru, P6 is mended; P5 and page->pt_mm are not. */
export default check(
  on_cpus(v1_on_seed, {
    clients: 1,
    walk: false,
    once: true,
    size: { pages: 1 },
    rcu: { callbacks: 'offloaded' },
  }),
  {
    claim: 'C15: with the new list, the use of one rcu_head by two buddies is still to be solved',
    source: 'the mail of 5 June 2023 (message-id 175ebec8-...)',
    scope: [
      ...SCOPE,
      'bounded: each table of the page is freed at most once',
      'callbacks offloaded, so that taking mm->context.lock there deadlocks nobody (P13 is another matter)',
    ],
    properties: properties('P1', 'P5', 'P6', 'P6_linked'),
    expected: {
      P1: { verdict: 'violated', steps: [QUEUE, PT_MM, 'mm, h = page->pt_mm', FIRST_XOR] },
      P5: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, PT_MM, QUEUE] },
      leak: { verdict: 'violated', object: /^page/, steps: [QUEUE, QUEUE] },
    },
  },
);
