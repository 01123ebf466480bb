/**
 * BASE: arch/s390/mm/pgalloc.c of Linux 6.1 to 6.5, that is after c2c224932fd0 ("s390/mm: fix 2KB
 * pgtable release race"). A page is on mm->context.pgtable_list by its lru while exactly one of its
 * halves is allocated. Left out: 4K tables of pgste mms, page_table_free_pgste(), crst tables (tag
 * 0), and page_table_release_check(), which looks at nothing but a local here.
 */
import {
  atomic_read,
  atomic_xor_bits,
  type Builder,
  bits,
  claim,
  container_of,
  type ListHead,
  list_add,
  list_add_tail,
  list_del,
  list_empty,
  NONE,
  type Node,
  type Nodes,
  ref,
  type StepNode,
  spin_is_locked,
  spin_lock_bh,
  spin_unlock_bh,
  type ViewOf,
} from 'heddle';
import { remove_table } from '../pgtable/batch.ts';
import type { GatherTableFn, Steps, Table } from '../pgtable/functions.ts';
import { FREE, take_back } from '../pgtable/page.ts';
import type { Design } from './design.ts';
import {
  alloc_page,
  CONTEXT_LOCK,
  fill,
  free_page,
  hand_out,
  type ListLock,
  LOCK,
  lock,
  pgtable_list,
  poison,
  type State,
  s390,
  TABLE,
  UNDER_LOCK,
  UNPUBLISHED,
} from './page.ts';

export const FIRST_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x11 << h)';
export const SECOND_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x10 << h)';

/** `list_add(&page->lru, &mm->context.pgtable_list)` and its like: one step, under the lock. */
export function list_step(
  b: Builder<State, { page: number }>,
  label: string,
  operation: (lru: ViewOf<ListHead>, list: ViewOf<ListHead>) => void,
  note?: (s: State, l: { page: number }, cpu: number) => void,
  held = CONTEXT_LOCK,
): StepNode {
  const step = b.step(label, (s, l, { cpu }) => {
    claim('P3_lock', spin_is_locked(held.of(s)));
    operation(s.page[l.page].lru, pgtable_list(s));
    note?.(s, l, cpu);
  });
  return b.atomic(UNDER_LOCK, step);
}

/** What a design's page_table_alloc() does beside BASE's. */
export interface Allocator {
  /** From the look at the first listed page to its list_del. */
  readonly take: (b: Builder<State, Table & { mask: number }>) => Nodes;
  /** With a fresh page, right after it is allocated, and after it is listed; default nothing. */
  readonly fresh?: (b: Builder<State, Table>) => Nodes;
  readonly listed?: (b: Builder<State, Table>) => Nodes;
  /** Default mm->context.lock. */
  readonly held?: ListLock;
}

/** page_table_alloc(), with the part that designs differ in. */
export function page_table_allocator({ take, fresh, listed, held = CONTEXT_LOCK }: Allocator) {
  const locals = { ...TABLE, mask: bits(8) };
  return s390.fn('page_table_alloc', { locals }, (b) => [
    b.call(spin_lock_bh, held.of, held.name),
    b.test(
      'list_empty(&mm->context.pgtable_list)',
      (s) => list_empty(pgtable_list(s)),
      [],
      [
        b.step('page = list_first_entry(&mm->context.pgtable_list)', (s, l) => {
          l.page = container_of(pgtable_list(s).next, 'page', 'lru');
        }),
        take(b),
      ],
    ),
    b.call(spin_unlock_bh, held.of, held.name),
    b.when('a table was taken', (l) => l.page !== NONE, [b.return()]),
    alloc_page(b),
    b.when('no memory', (l) => l.page === NONE, [b.return()]),
    fresh?.(b) ?? [],
    b.step('atomic_xor_bits(&page->_refcount, 0x01)', (s, l) => {
      atomic_xor_bits(s.page[l.page], 'refcount', 0x01);
      hand_out(s, l.page, 0);
    }),
    b.atomic(
      UNPUBLISHED,
      b.step('memset64(table, _PAGE_INVALID, 2 * PTRS_PER_PTE)', (s, l) => fill(s, l.page)),
    ),
    b.call(spin_lock_bh, held.of, held.name),
    list_step(b, LIST_ADD, list_add, undefined, held),
    listed?.(b) ?? [],
    b.call(spin_unlock_bh, held.of, held.name),
  ]);
}

/** The half of the first listed page that has no A bit becomes the caller's. */
export function take_half(b: Builder<State, Table>): StepNode {
  return b.step('atomic_xor_bits(&page->_refcount, 0x01 << bit)', (s, l) => {
    atomic_xor_bits(s.page[l.page], 'refcount', 0x01 << l.h);
    hand_out(s, l.page, l.h);
  });
}

/**
 * page_table_alloc() with the test that says which half of the first listed page may be taken (3:
 * none), and its list_del.
 */
export function allocator(
  usable: (mask: number) => number,
  unlist: (b: Builder<State, Table>) => Nodes,
  listed?: (b: Builder<State, Table>) => Nodes,
) {
  return page_table_allocator({
    take: (b) => [
      b.step('mask = atomic_read(&page->_refcount) >> 24', (s, l) => {
        l.mask = usable(atomic_read(s.page[l.page], 'refcount'));
      }),
      b.when(
        'mask == 3',
        (l) => l.mask === 3,
        [
          b.local((l) => {
            l.page = NONE;
            l.mask = 0;
          }),
        ],
        [
          b.local((l) => {
            l.h = l.mask & 1;
            l.mask = 0;
          }),
          take_half(b),
          unlist(b),
        ],
      ),
    ],
    listed,
  });
}

/** A half is usable where it is neither allocated nor pending. */
export const neither_allocated_nor_pending = (byte: number) => (byte | (byte >> 4)) & 3;

export const page_table_alloc = allocator(neither_allocated_nor_pending, (b) => [
  list_step(b, LIST_DEL, list_del),
]);

/** The byte has been looked at: a value that nobody reads again must not tell states apart. */
export function forget(b: Builder<State, { m: number }>): Node {
  return b.local((l) => {
    l.m = 0;
  });
}

/** What the functions that free a table have, with the byte in `m`. */
export type Freeing = Table & { m: number };
export const FREEING = { m: bits(8) };

/** The xor that takes half h from its user, under the lock. */
export function give_up(b: Builder<State, Freeing>, label: string, mask: number): StepNode {
  return b.step(label, (s, l) => {
    l.m = atomic_xor_bits(s.page[l.page], 'refcount', mask << l.h);
    take_back(s, l.page, l.h);
  });
}

/** The xor that clears the P bit of half h. */
export function clear_pending(b: Builder<State, Freeing>, label = SECOND_XOR): StepNode {
  return b.step(label, (s, l) => {
    l.m = atomic_xor_bits(s.page[l.page], 'refcount', 0x10 << l.h);
  });
}

/** Goes on with `free` where the byte is 0 now. */
export function if_unused(b: Builder<State, Freeing>, free: Nodes = [free_page(b)]): Nodes {
  return [b.when('m != 0', (l) => l.m !== 0, [b.return()]), free];
}

/** Where a page is put on the list: page_table_free() at the head, page_table_free_rcu() at the tail. */
export type End = 'head' | 'tail';

export const LIST_ADD = 'list_add(&page->lru, &mm->context.pgtable_list)';
export const LIST_ADD_TAIL = 'list_add_tail(&page->lru, &mm->context.pgtable_list)';
export const LIST_DEL = 'list_del(&page->lru)';

/** LIST_ADD or LIST_ADD_TAIL. */
export function list_at(b: Builder<State, Table>, end: End): StepNode {
  return end === 'head'
    ? list_step(b, LIST_ADD, list_add)
    : list_step(b, LIST_ADD_TAIL, list_add_tail);
}

/** page_table_free() and page_table_free_rcu(), with what they do about the list after FIRST_XOR. */
export function free_with(relist: (b: Builder<State, Freeing>, end: End) => Nodes) {
  const under_lock = (b: Builder<State, Freeing>, end: End): Nodes => [
    b.call(spin_lock_bh, lock, LOCK),
    give_up(b, FIRST_XOR, 0x11),
    relist(b, end),
    b.call(spin_unlock_bh, lock, LOCK),
  ];
  const frame = { params: TABLE, locals: FREEING };
  const page_table_free = s390.fn('page_table_free', frame, (b) => [
    under_lock(b, 'head'),
    clear_pending(b),
    if_unused(b),
  ]);
  /** `tlb` is the mmu_gather; its batch comes back to the caller. */
  const page_table_free_rcu = (tlb_remove_table: GatherTableFn) =>
    s390.fn(
      'page_table_free_rcu',
      { params: { tlb: ref('batch'), ...TABLE }, locals: FREEING },
      (b) => [under_lock(b, 'tail'), remove_table(b, tlb_remove_table)],
    );
  return { page_table_free, page_table_free_rcu };
}

const { page_table_free, page_table_free_rcu } = free_with((b, end) => [
  b.when(
    'm & 3',
    (l) => (l.m & 3) !== 0,
    [forget(b), list_at(b, end)],
    [forget(b), list_step(b, LIST_DEL, list_del)],
  ),
]);

/** Tags 1 and 2: a half. */
export const __tlb_remove_table = s390.fn(
  '__tlb_remove_table',
  { params: TABLE, locals: FREEING },
  (b) => [clear_pending(b), if_unused(b)],
);

/** Steps 1 to 4 of who changes the list: step 2 is the xor, step 3 what is done by the byte. */
export const locked = (xor: string, ...list: readonly string[]) => ({
  1: ['spin_lock_bh(mm->context.lock) *'],
  2: [xor],
  3: list,
  4: ['spin_unlock_bh(mm->context.lock) *'],
});
/** The other steps of page_table_free(). */
export const UNUSED = { 5: [SECOND_XOR], 6: ['m != 0'], 7: [FREE] };
/** The other step of page_table_free_rcu(). */
export const REMOVE = { 5: ['call tlb_remove_table'] };

export const steps = {
  page_table_alloc: {
    1: ['spin_lock_bh(mm->context.lock) *'],
    2: ['list_empty(&mm->context.pgtable_list)'],
    3: [
      'page = list_first_entry(&mm->context.pgtable_list)',
      'mask = atomic_read(&page->_refcount) >> 24',
    ],
    4: ['mask == 3'],
    5: ['atomic_xor_bits(&page->_refcount, 0x01 << bit)', LIST_DEL],
    6: ['spin_unlock_bh(mm->context.lock) *', 'a table was taken'],
    7: ['page = alloc_page(); pgtable_pte_page_ctor(page)', 'no memory'],
    8: ['atomic_xor_bits(&page->_refcount, 0x01)'],
    9: ['memset64(table, _PAGE_INVALID, 2 * PTRS_PER_PTE)'],
    10: ['spin_lock_bh(mm->context.lock) #2 *'],
    11: [LIST_ADD],
    12: ['spin_unlock_bh(mm->context.lock) #2 *'],
  },
  page_table_free: { ...locked(FIRST_XOR, 'm & 3', LIST_ADD, LIST_DEL), ...UNUSED },
  page_table_free_rcu: { ...locked(FIRST_XOR, 'm & 3', LIST_ADD_TAIL, LIST_DEL), ...REMOVE },
  __tlb_remove_table: { 1: [SECOND_XOR], 2: ['m != 0'], 3: [FREE] },
} satisfies Steps;

export const base: Design = {
  source: 'arch/s390/mm/pgalloc.c, Linux 6.1 (commit c2c224932fd0 and later, until 6.5)',
  page_table_alloc,
  page_table_free,
  page_table_free_rcu,
  __tlb_remove_table,
  callbacks: {},
  unlisted: poison,
  upper_node: (s, page) => s.page[page].lru,
  steps,
};
