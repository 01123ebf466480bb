/**
 * PPC1: powerpc's first pte_free_defer(), in the series of 28 May 2023 (message-id 28eb289f-...).
 * Each deferred fragment queues the one page->rcu_head; the callback drops one reference, whose
 * fragment does not matter. Left out: as in fragments.ts.
 */
import type { Steps } from '../pgtable/functions.ts';
import { FREE, pte_free_now, QUEUE, queue_page } from '../pgtable/page.ts';
import { freed_by } from './batch.ts';
import type { Design } from './design.ts';
import {
  alloc_steps,
  BUG,
  DEC,
  destroy_steps,
  drop,
  frag_destroy,
  pte_fragment_alloc,
} from './fragments.ts';
import { free_page, powerpc, TABLE, unused } from './page.ts';

export const pte_fragment_free = powerpc.fn('pte_fragment_free', { params: TABLE }, (b) =>
  drop(b, [free_page(b, unused)]),
);

/** At once: nobody else looks at the page. */
export const pte_frag_destroy = frag_destroy((b) => free_page(b, unused));

const { tlb_remove_table_rcu, ...freeing } = freed_by(pte_fragment_free);

const pte_free_defer = powerpc.fn('pte_free_defer', { params: TABLE }, (b) => [queue_page(b)]);

const free_now = pte_free_now((b) => [b.call(pte_fragment_free, (l) => ({ page: l.page, h: 0 }))]);

export const free_steps = {
  pte_fragment_free: { BUG_ON: [BUG], dec: [DEC], free: [FREE] },
} satisfies Steps;

export const ppc1: Design = {
  source: 'pte_free_defer() for powerpc, first version, 28 May 2023 (message-id 28eb289f-...)',
  counted: true,
  pte_alloc_one: pte_fragment_alloc,
  ...freeing,
  pte_free_defer,
  pte_frag_destroy,
  callbacks: { tlb_remove_table_rcu, pte_free_now: free_now },
  steps: {
    ...alloc_steps,
    ...destroy_steps,
    ...free_steps,
    pte_free_defer: { 1: [QUEUE] },
    pte_free_now: { 1: ['call pte_fragment_free'] },
  },
};
