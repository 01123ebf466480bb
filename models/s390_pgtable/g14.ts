/**
 * G14: Gerald Schaefer's answer to DRAFT, 14 June 2023 (message-id 20230614153042...). H bits and
 * callbacks of DRAFT, but the byte and the list of BASE: page_table_free() and page_table_free_rcu()
 * list a page whose other half is allocated, as ever; pte_free_defer() only takes off the list, and
 * nothing lists the page after its grace period, so no callback needs the mm. Whether the page is
 * listed is told by its H bits. Left out: as in base.ts.
 */
import {
  atomic_xor_bits,
  type Builder,
  bits,
  list_add,
  list_add_tail,
  list_del,
  type Node,
  type Nodes,
  ref,
  spin_lock_bh,
  spin_unlock_bh,
} from 'heddle';
import { remove_table } from '../pgtable/batch.ts';
import type { GatherTableFn, Steps, Table } from '../pgtable/functions.ts';
import { FREE } from '../pgtable/page.ts';
import { __tlb_remove_table, base, FIRST_XOR, forget, list_step, SECOND_XOR } from './base.ts';
import type { Design } from './design.ts';
import { DEFER_XOR, defer_by_halves, defer_steps, give_up, QUEUE_HALF } from './draft.ts';
import { free_page, LOCK, lock, type State, s390, TABLE } from './page.ts';

type Freeing = Table & { m: number };

/** How page_table_free() and page_table_free_rcu() keep the list, with the byte in `m`. */
export interface Listing {
  /** A free half, its buddy allocated. */
  readonly list: (b: Builder<State, Freeing>, label: string, add: typeof list_add) => Nodes;
  /** Neither half is allocated. */
  readonly unlist: (b: Builder<State, Freeing>) => Nodes;
}

/** BASE's page_table_free() and page_table_free_rcu() with other rules for the list. */
export function free_with(listing: Listing) {
  const relist = (b: Builder<State, Freeing>, label: string, add: typeof list_add): Node[] => [
    give_up(b, FIRST_XOR, 0x11),
    b.when('m & 3', (l) => (l.m & 3) !== 0, listing.list(b, label, add), listing.unlist(b)),
    forget(b),
  ];

  const page_table_free = s390.fn(
    'page_table_free',
    { params: TABLE, locals: { m: bits(8) } },
    (b) => [
      b.call(spin_lock_bh, lock, LOCK),
      relist(b, LIST_ADD, list_add),
      b.call(spin_unlock_bh, lock, LOCK),
      b.step(SECOND_XOR, (s, l) => {
        l.m = atomic_xor_bits(s.page[l.page], 'refcount', 0x10 << l.h);
      }),
      b.when('m != 0', (l) => l.m !== 0, [b.return()]),
      free_page(b),
    ],
  );

  function page_table_free_rcu(tlb_remove_table: GatherTableFn) {
    const params = { tlb: ref('batch'), ...TABLE };
    return s390.fn('page_table_free_rcu', { params, locals: { m: bits(8) } }, (b) => [
      b.call(spin_lock_bh, lock, LOCK),
      relist(b, LIST_ADD_TAIL, list_add_tail),
      b.call(spin_unlock_bh, lock, LOCK),
      remove_table(b, tlb_remove_table),
    ]);
  }

  return { page_table_free, page_table_free_rcu };
}

export const LIST_ADD = 'list_add(&page->lru, &mm->context.pgtable_list)';
export const LIST_ADD_TAIL = 'list_add_tail(&page->lru, &mm->context.pgtable_list)';
export const LIST_DEL = 'list_del(&page->lru)';

const unlist = (b: Builder<State, { page: number }>) => list_step(b, LIST_DEL, list_del);

const { pte_free_defer, callbacks } = defer_by_halves(__tlb_remove_table, (b) => [
  b.when('!(m & 3) && (m & 0x0C) != 0x0C', (l) => (l.m & 3) === 0 && (l.m & 0x0c) !== 0x0c, [
    unlist(b),
  ]),
]);

const steps = {
  ...base.steps,
  page_table_free: {
    1: ['spin_lock_bh(mm->context.lock) *'],
    2: [FIRST_XOR],
    3: ['m & 3', '!(m & 0x0C)', LIST_ADD, LIST_DEL],
    4: ['spin_unlock_bh(mm->context.lock) *'],
    5: [SECOND_XOR],
    6: ['m != 0'],
    7: [FREE],
  },
  page_table_free_rcu: {
    1: ['spin_lock_bh(mm->context.lock) *'],
    2: [FIRST_XOR],
    3: ['m & 3', '!(m & 0x0C)', LIST_ADD_TAIL, LIST_DEL],
    4: ['spin_unlock_bh(mm->context.lock) *'],
    5: ['call tlb_remove_table'],
  },
  pte_free_defer: {
    1: ['spin_lock_bh(mm->context.lock) *'],
    2: [DEFER_XOR],
    3: ['!(m & 3) && (m & 0x0C) != 0x0C', LIST_DEL],
    4: ['spin_unlock_bh(mm->context.lock) *'],
    5: ['(m & 0x0C) != 0x0C', QUEUE_HALF],
  },
  ...defer_steps,
} satisfies Steps;

export const g14: Design = {
  ...base,
  source: "Gerald Schaefer's draft of 14 June 2023 (message-id 20230614153042...)",
  ...free_with({
    list: (b, label, add) => [list_step(b, label, add)],
    unlist: (b) => [b.when('!(m & 0x0C)', (l) => (l.m & 0x0c) === 0, [unlist(b)])],
  }),
  pte_free_defer,
  callbacks,
  steps,
};
