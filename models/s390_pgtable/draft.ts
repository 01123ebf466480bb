/**
 * DRAFT: Hugh Dickins, 12 June 2023 (message-id a948f24b-...). The byte gets two H bits: a half that
 * waits on page->rcu_head. A page is not listed while either half is pending; __tlb_remove_table()
 * lists it afterwards, and finds list and lock by page->pt_mm. Only one half at a time is queued:
 * the callback of the first queues the second. V2 is the same but for the lock. Left out: as in
 * base.ts.
 */
import {
  atomic_read,
  atomic_xor_bits,
  type Builder,
  bits,
  call_rcu,
  type ListHead,
  list_add,
  list_del,
  NONE,
  type Nodes,
  ref,
  spin_lock_bh,
  spin_unlock_bh,
  type ViewOf,
  WARN_ON_ONCE,
} from 'heddle';
import { remove_table } from '../pgtable/batch.ts';
import type { GatherTableFn, Steps, TableFn } from '../pgtable/functions.ts';
import { FREE, pte_free_now } from '../pgtable/page.ts';
import {
  clear_pending,
  FIRST_XOR,
  FREEING,
  type Freeing,
  forget,
  give_up,
  if_unused,
  LIST_ADD,
  LIST_DEL,
  list_step,
  page_table_allocator,
  SECOND_XOR,
  take_half,
} from './base.ts';
import type { Design } from './design.ts';
import {
  CONTEXT_LOCK,
  type ListLock,
  MM,
  poison,
  type State,
  s390,
  TABLE,
  UNPUBLISHED,
} from './page.ts';

export const DEFER_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x15 << h)';
/** What clears the P bit where the page may have to be listed. */
export const LOCKED_XOR = `${SECOND_XOR}, locked`;
export const H_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x04 << h)';
export const QUEUE_HALF = 'call_rcu(&page->rcu_head, pte_free_now_h)';
export const QUEUE_OTHER = 'call_rcu(&page->rcu_head, pte_free_now_o)';

/**
 * pte_free_defer() and its callbacks, of all designs with H bits. `unlist` is what is done about the
 * list under the lock, with the byte in `m`. Whoever sets the first H bit queues page->rcu_head; its
 * callback queues it again if the other H bit was set meanwhile.
 */
export function defer_by_halves(
  __tlb_remove_table: TableFn,
  unlist: (b: Builder<State, Freeing>) => Nodes,
  held: ListLock = CONTEXT_LOCK,
) {
  const pte_free_defer = s390.fn('pte_free_defer', { params: TABLE, locals: FREEING }, (b) => [
    b.call(spin_lock_bh, held.of, held.name),
    give_up(b, DEFER_XOR, 0x15),
    unlist(b),
    b.local((l) => {
      l.m &= 0x0c;
    }),
    b.call(spin_unlock_bh, held.of, held.name),
    b.when(
      '(m & 0x0C) != 0x0C',
      (l) => l.m !== 0x0c,
      [forget(b), b.step(QUEUE_HALF, (s, l) => queue(s, l.page, l.h))],
      [forget(b)],
    ),
  ]);

  const pte_free_half = s390.fn('pte_free_half', { params: TABLE, locals: FREEING }, (b) => [
    b.step(H_XOR, (s, l) => {
      l.m = atomic_xor_bits(s.page[l.page], 'refcount', 0x04 << l.h) & 0x0c;
    }),
    b.call(__tlb_remove_table, (l) => ({ page: l.page, h: l.h })),
    b.when('m & 0x0C', (l) => l.m !== 0, [
      b.step(QUEUE_OTHER, (s, l) => queue(s, l.page, 1 - l.h)),
    ]),
  ]);

  const free_now = (h: number) =>
    pte_free_now((b) => [b.call(pte_free_half, (l) => ({ page: l.page, h }))], `pte_free_now${h}`);

  return {
    pte_free_defer,
    callbacks: { pte_free_now0: free_now(0), pte_free_now1: free_now(1) },
  };
}

function queue(s: State, page: number, h: number): void {
  call_rcu(s.page[page].rcu_head, h === 0 ? 'pte_free_now0' : 'pte_free_now1');
}

export const defer_steps = {
  pte_free_half: {
    1: [H_XOR],
    2: ['call __tlb_remove_table'],
    3: ['m & 0x0C', QUEUE_OTHER],
  },
  pte_free_now0: { 1: ['call pte_free_half'] },
  pte_free_now1: { 1: ['call pte_free_half'] },
} satisfies Steps;

/**
 * DRAFT's functions under one lock or the other. `looks` is whether __tlb_remove_table() follows
 * page->pt_mm only where it sees an A bit; it always did.
 */
export function draft_under(held: ListLock, looks = true): Design {
  type Operation = (lru: ViewOf<ListHead>, list: ViewOf<ListHead>) => void;
  const change = (b: Builder<State, { page: number }>, label: string, operation: Operation) =>
    list_step(b, label, operation, undefined, held);
  const unlist = (b: Builder<State, { page: number }>) => change(b, LIST_DEL, list_del);
  const relist = (b: Builder<State, { page: number }>) => change(b, LIST_ADD, list_add);

  const page_table_alloc = page_table_allocator({
    held,
    take: (b) => [
      b.step('mask = atomic_read(&page->_refcount) >> 24', (s, l) => {
        l.mask = atomic_read(s.page[l.page], 'refcount');
        WARN_ON_ONCE((l.mask & 0x3c) !== 0, 'a page is listed while a half is pending');
        WARN_ON_ONCE((l.mask & 3) === 0, 'a page without a table is listed');
        WARN_ON_ONCE((l.mask & 3) === 3, 'a page without a free half is listed');
        l.h = l.mask & 1;
        l.mask = 0;
      }),
      take_half(b),
      unlist(b),
    ],
    fresh: (b) => [
      b.atomic(
        UNPUBLISHED,
        b.step('page->pt_mm = mm', (s, l) => {
          s.page[l.page].pt_mm = MM;
        }),
      ),
    ],
  });

  const page_table_free = s390.fn('page_table_free', { params: TABLE, locals: FREEING }, (b) => [
    b.call(spin_lock_bh, held.of, held.name),
    give_up(b, FREE_XOR, 0x01),
    b.when(
      'm & 3',
      (l) => (l.m & 3) !== 0,
      [relist(b)],
      [b.when('!(m & 0x30)', (l) => (l.m & 0x30) === 0, [unlist(b)])],
    ),
    b.call(spin_unlock_bh, held.of, held.name),
    if_unused(b),
  ]);

  /** A page whose other half is neither allocated nor pending is listed, and may be no longer. */
  const unlist_unless_pending = (b: Builder<State, Freeing>) => [
    b.when('!(m & 3) && (m & 0x30) != 0x30', (l) => (l.m & 3) === 0 && (l.m & 0x30) !== 0x30, [
      unlist(b),
    ]),
  ];

  function page_table_free_rcu(tlb_remove_table: GatherTableFn) {
    const params = { tlb: ref('batch'), ...TABLE };
    return s390.fn('page_table_free_rcu', { params, locals: FREEING }, (b) => [
      b.call(spin_lock_bh, held.of, held.name),
      give_up(b, FIRST_XOR, 0x11),
      unlist_unless_pending(b),
      forget(b),
      b.call(spin_unlock_bh, held.of, held.name),
      remove_table(b, tlb_remove_table),
    ]);
  }

  /** With the buddy allocated the page is listed again: the mm is looked for by page->pt_mm. */
  const __tlb_remove_table = s390.fn(
    '__tlb_remove_table',
    { params: TABLE, locals: { m: bits(8), mm: ref('mm') } },
    (b) => {
      const its_lock = (s: State, l: { mm: number }) =>
        held === CONTEXT_LOCK ? s.mm[l.mm].context.lock : held.of(s);
      return [
        b.test(
          'atomic_read(&page->_refcount) >> 24 & 3',
          (s, l) => !looks || (atomic_read(s.page[l.page], 'refcount') & 3) !== 0,
          [
            b.step('mm = page->pt_mm', (s, l) => {
              l.mm = s.page[l.page].pt_mm;
            }),
            b.call(spin_lock_bh, its_lock, held.name),
            clear_pending(b, LOCKED_XOR),
            b.when('m & 3', (l) => (l.m & 3) !== 0, [relist(b)]),
            b.call(spin_unlock_bh, its_lock, held.name),
            b.local((l) => {
              l.mm = NONE;
            }),
          ],
          [clear_pending(b)],
        ),
        if_unused(b),
      ];
    },
  );

  const { pte_free_defer, callbacks } = defer_by_halves(
    __tlb_remove_table,
    unlist_unless_pending,
    held,
  );
  return {
    source: 'draft of pte_free_defer() for s390, 12 June 2023 (message-id a948f24b-...)',
    page_table_alloc,
    page_table_free,
    page_table_free_rcu,
    __tlb_remove_table,
    pte_free_defer,
    callbacks,
    unlisted: poison,
    fresh: (s, page) => {
      s.page[page].pt_mm = MM;
    },
    upper_node: (s, page) => s.page[page].lru,
    steps: steps_under(held.name),
  };
}

const FREE_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x01 << h)';

function steps_under(name: string): Steps {
  return {
    page_table_alloc: {
      1: [`spin_lock_bh(${name}) *`],
      2: ['list_empty(&mm->context.pgtable_list)'],
      3: [
        'page = list_first_entry(&mm->context.pgtable_list)',
        'mask = atomic_read(&page->_refcount) >> 24',
      ],
      5: ['atomic_xor_bits(&page->_refcount, 0x01 << bit)', LIST_DEL],
      6: [`spin_unlock_bh(${name}) *`, 'a table was taken'],
      7: ['page = alloc_page(); pgtable_pte_page_ctor(page)', 'no memory'],
      '7 pt_mm': ['page->pt_mm = mm'],
      8: ['atomic_xor_bits(&page->_refcount, 0x01)'],
      9: ['memset64(table, _PAGE_INVALID, 2 * PTRS_PER_PTE)'],
      10: [`spin_lock_bh(${name}) #2 *`],
      11: [LIST_ADD],
      12: [`spin_unlock_bh(${name}) #2 *`],
    },
    page_table_free: {
      1: [`spin_lock_bh(${name}) *`],
      2: [FREE_XOR],
      3: ['m & 3', '!(m & 0x30)', LIST_ADD, LIST_DEL],
      4: [`spin_unlock_bh(${name}) *`],
      5: ['m != 0'],
      6: [FREE],
    },
    page_table_free_rcu: {
      1: [`spin_lock_bh(${name}) *`],
      2: [FIRST_XOR],
      3: ['!(m & 3) && (m & 0x30) != 0x30', LIST_DEL],
      4: [`spin_unlock_bh(${name}) *`],
      5: ['call tlb_remove_table'],
    },
    __tlb_remove_table: {
      1: ['atomic_read(&page->_refcount) >> 24 & 3'],
      2: ['mm = page->pt_mm', `spin_lock_bh(${name}) *`],
      3: [LOCKED_XOR],
      4: ['m & 3', LIST_ADD],
      5: [`spin_unlock_bh(${name}) *`],
      '3 alone': [SECOND_XOR],
      6: ['m != 0', FREE],
    },
    pte_free_defer: {
      1: [`spin_lock_bh(${name}) *`],
      2: [DEFER_XOR],
      3: ['!(m & 3) && (m & 0x30) != 0x30', LIST_DEL],
      4: [`spin_unlock_bh(${name}) *`],
      5: ['(m & 0x0C) != 0x0C', QUEUE_HALF],
    },
    ...defer_steps,
  };
}

export const draft: Design = draft_under(CONTEXT_LOCK);
