/**
 * PPC2: the second version, 20 June 2023 (message-id 5cd9f442-...). A deferred fragment counts
 * DEFERRED instead of 1; only who finds no other deferred one queues page->rcu_head, and the
 * callback queues it again if more came in meanwhile. DEFERRED is 0x10000 there, beyond any
 * PTE_FRAG_NR; here 0x10, beyond 3. Left out: as in fragments.ts.
 */
import {
  atomic_add_return,
  atomic_dec,
  atomic_sub_return,
  container_of,
  ref,
  uint,
  word,
} from 'heddle';
import { QUEUE, queue_page } from '../pgtable/page.ts';
import { freed_by } from './batch.ts';
import type { Design } from './design.ts';
import { alloc_steps, destroy_steps, pte_fragment_alloc } from './fragments.ts';
import { powerpc, TABLE } from './page.ts';
import { free_steps, pte_frag_destroy, pte_fragment_free } from './ppc1.ts';

const DEFERRED = 0x10;

const { tlb_remove_table_rcu, ...freeing } = freed_by(pte_fragment_free);

const pte_free_defer = powerpc.fn(
  'pte_free_defer',
  { params: TABLE, locals: { refcount: uint(6) } },
  (b) => [
    b.step('refcount = atomic_add_return(DEFERRED - 1, &page->pt_frag_refcount)', (s, l) => {
      l.refcount = atomic_add_return(s.page[l.page], 'pt_frag_refcount', DEFERRED - 1);
    }),
    b.when('refcount < DEFERRED + DEFERRED', (l) => l.refcount < DEFERRED + DEFERRED, [
      b.local((l) => {
        l.refcount = 0;
      }),
      queue_page(b),
    ]),
  ],
);

const pte_free_now = powerpc.fn(
  'pte_free_now',
  { params: { head: word() }, locals: { page: ref('page'), refcount: uint(6) } },
  (b) => [
    b.local((l) => {
      l.page = container_of(l.head, 'page', 'rcu_head');
    }),
    b.step('refcount = atomic_sub_return(DEFERRED - 1, &page->pt_frag_refcount)', (s, l) => {
      l.refcount = atomic_sub_return(s.page[l.page], 'pt_frag_refcount', DEFERRED - 1);
    }),
    b.when('refcount < DEFERRED', (l) => l.refcount < DEFERRED, [
      b.local((l) => {
        l.refcount = 0;
      }),
      b.call(pte_fragment_free, (l) => ({ page: l.page, h: 0 })),
      b.return(),
    ]),
    b.loop([
      b.when('no surplus', (l) => l.refcount < DEFERRED + DEFERRED, [b.leave()]),
      b.step('refcount = atomic_sub_return(DEFERRED, &page->pt_frag_refcount)', (s, l) => {
        l.refcount = atomic_sub_return(s.page[l.page], 'pt_frag_refcount', DEFERRED);
      }),
    ]),
    b.local((l) => {
      l.refcount = 0;
    }),
    b.step('atomic_dec(&page->pt_frag_refcount)', (s, l) => {
      atomic_dec(s.page[l.page], 'pt_frag_refcount');
    }),
    queue_page(b),
  ],
);

export const ppc2: Design = {
  source: 'pte_free_defer() for powerpc, v2 of 20 June 2023 (message-id 5cd9f442-...)',
  counted: true,
  pte_alloc_one: pte_fragment_alloc,
  ...freeing,
  pte_free_defer,
  pte_frag_destroy,
  callbacks: { tlb_remove_table_rcu, pte_free_now },
  steps: {
    ...alloc_steps,
    ...destroy_steps,
    ...free_steps,
    pte_free_defer: {
      add: ['refcount = atomic_add_return(DEFERRED - 1, &page->pt_frag_refcount)'],
      alone: ['refcount < DEFERRED + DEFERRED'],
      queue: [QUEUE],
    },
    pte_free_now: {
      subtract: ['refcount = atomic_sub_return(DEFERRED - 1, &page->pt_frag_refcount)'],
      free: ['refcount < DEFERRED', 'call pte_fragment_free'],
      surplus: ['no surplus', 'refcount = atomic_sub_return(DEFERRED, &page->pt_frag_refcount)'],
      dec: ['atomic_dec(&page->pt_frag_refcount)'],
      'queue again': [QUEUE],
    },
  },
};
