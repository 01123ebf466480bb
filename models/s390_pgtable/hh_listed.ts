/**
 * HH listed: what Hugh Dickins argues against on 2 July 2023 (message-id 7bef5695-...), on the way
 * from V2 to V3; never posted as code. V3's logic with H bits in the place of PageActive: the bit of
 * a deferred half stays until both halves are free, then page->rcu_head frees the page. Meanwhile
 * the page is listed like one with a pending half, at the tail, and page_table_alloc() passes over a
 * half with an A, P or H bit; it looks at the first page only. Left out: as in base.ts.
 */
import {
  atomic_xor_bits,
  type Builder,
  list_del_init,
  type Nodes,
  ref,
  spin_lock_bh,
  spin_unlock_bh,
} from 'heddle';
import { remove_table } from '../pgtable/batch.ts';
import type { GatherTableFn, Steps, Table } from '../pgtable/functions.ts';
import { FREE, pte_free_now, QUEUE, queue_page } from '../pgtable/page.ts';
import {
  allocator,
  base,
  clear_pending,
  type End,
  FIRST_XOR,
  FREEING,
  type Freeing,
  forget,
  give_up,
  LIST_ADD,
  LIST_ADD_TAIL,
  list_at,
  list_step,
  locked,
  REMOVE,
  SECOND_XOR,
} from './base.ts';
import type { Design } from './design.ts';
import { DEFER_XOR } from './draft.ts';
import { free_page, LOCK, lock, type State, s390, TABLE } from './page.ts';
import { LIST_DEL_INIT, v3 } from './v3.ts';

const CLEAR_H = 'atomic_xor_bits(&page->_refcount, m & 0x0C)';

const unlist = (b: Builder<State, Table>) => list_step(b, LIST_DEL_INIT, list_del_init);

/** A half is usable where it has no bit at all. */
const page_table_alloc = allocator(
  (byte) => (byte | (byte >> 2) | (byte >> 4)) & 3,
  (b) => [unlist(b)],
);

/** Under the lock: the page is listed while its other half is allocated, whatever becomes of this. */
function relist(b: Builder<State, Freeing>, xor: string, mask: number, end: End): Nodes {
  return [
    b.call(spin_lock_bh, lock, LOCK),
    give_up(b, xor, mask),
    b.when('m & 3', (l) => (l.m & 3) !== 0, [list_at(b, end)], [unlist(b)]),
    forget(b),
    b.call(spin_unlock_bh, lock, LOCK),
  ];
}

/** Whoever clears the last P bit of a page without A bits frees it. */
function release(b: Builder<State, Freeing>, free: Nodes): Nodes {
  return [clear_pending(b), b.when('m & 0x33', (l) => (l.m & 0x33) !== 0, [b.return()]), free];
}

function free_by_rcu(b: Builder<State, Freeing>): Nodes {
  return [
    b.step(CLEAR_H, (s, l) => {
      atomic_xor_bits(s.page[l.page], 'refcount', l.m);
      l.m = 0;
    }),
    queue_page(b),
  ];
}

function free_now_or_by_rcu(b: Builder<State, Freeing>): Nodes {
  return [b.when('m & 0x0C', (l) => l.m !== 0, free_by_rcu(b), [free_page(b)])];
}

const page_table_free = s390.fn('page_table_free', { params: TABLE, locals: FREEING }, (b) => [
  relist(b, FIRST_XOR, 0x11, 'head'),
  release(b, free_now_or_by_rcu(b)),
]);

const pte_free_defer = s390.fn('pte_free_defer', { params: TABLE, locals: FREEING }, (b) => [
  relist(b, DEFER_XOR, 0x15, 'tail'),
  // The byte has an H bit at least for this half.
  release(b, free_by_rcu(b)),
]);

const __tlb_remove_table = s390.fn('__tlb_remove_table', { params: TABLE, locals: FREEING }, (b) =>
  release(b, free_now_or_by_rcu(b)),
);

function page_table_free_rcu(tlb_remove_table: GatherTableFn) {
  const params = { tlb: ref('batch'), ...TABLE };
  return s390.fn('page_table_free_rcu', { params, locals: FREEING }, (b) => [
    relist(b, FIRST_XOR, 0x11, 'tail'),
    remove_table(b, tlb_remove_table),
  ]);
}

const free_now = pte_free_now<State>((b) => [free_page(b)]);

const steps = {
  page_table_alloc: v3.steps.page_table_alloc ?? {},
  page_table_free: {
    ...locked(FIRST_XOR, 'm & 3', LIST_ADD, LIST_DEL_INIT),
    5: [SECOND_XOR],
    6: ['m & 0x33'],
    '7 H': ['m & 0x0C', CLEAR_H],
    '7 call_rcu': [QUEUE],
    '7 FREE': [FREE],
  },
  page_table_free_rcu: { ...locked(FIRST_XOR, 'm & 3', LIST_ADD_TAIL, LIST_DEL_INIT), ...REMOVE },
  __tlb_remove_table: {
    1: [SECOND_XOR],
    2: ['m & 0x33'],
    '3 H': ['m & 0x0C', CLEAR_H],
    '3 call_rcu': [QUEUE],
    '3 FREE': [FREE],
  },
  pte_free_defer: {
    ...locked(DEFER_XOR, 'm & 3', LIST_ADD_TAIL, LIST_DEL_INIT),
    5: [SECOND_XOR],
    6: ['m & 0x33'],
    '7 H': [CLEAR_H],
    '7 call_rcu': [QUEUE],
  },
  pte_free_now: { 1: [FREE] },
} satisfies Steps;

export const hh_listed: Design = {
  ...base,
  source: 'argued against by Hugh Dickins on 2 July 2023 (message-id 7bef5695-...)',
  page_table_alloc,
  page_table_free,
  page_table_free_rcu,
  __tlb_remove_table,
  pte_free_defer,
  callbacks: { pte_free_now: free_now },
  unlisted: v3.unlisted,
  steps,
};
