/**
 * SEED: the patch in the mail of 5 June 2023 (message-id 175ebec8-761c-3f2d-98c6-...@google.com),
 * with the missing underscore of `struct list head` put in. The byte follows BASE; the list node is
 * no longer page->lru but the first two longs of the free table itself. page_table_free_rcu()
 * writes them before the grace period of that table has begun, in sight of walkers: so every load
 * and store of a list is a step here. The patch has no pte_free_defer(). Left out: as in base.ts.
 */
import {
  address_of,
  atomic_read,
  atomic_xor_bits,
  BUG_ON,
  type Builder,
  bits,
  list_add_stores,
  list_add_tail_stores,
  list_del_stores,
  list_empty,
  NONE,
  type Nodes,
  NULL,
  spin_lock_bh,
  spin_unlock_bh,
  word,
} from 'heddle';
import type { Steps, Table } from '../pgtable/functions.ts';
import { FREE } from '../pgtable/page.ts';
import {
  __tlb_remove_table,
  base,
  FIRST_XOR,
  forget,
  free_with,
  neither_allocated_nor_pending,
  SECOND_XOR,
  take_half,
} from './base.ts';
import type { Design } from './design.ts';
import {
  alloc_page,
  fill,
  hand_out,
  LOCK,
  lock,
  PTE_EMPTY,
  pgtable_list,
  type State,
  s390,
  TABLE,
  UNPUBLISHED,
} from './page.ts';

/** Hunk b: the table is off the list and all none again; the rest of it always was. */
function set_none(b: Builder<State, Table>, name: string, half: (l: Table) => number): Nodes {
  return [0, 1].map((index) =>
    b.step(`set_pte(${name} + ${index}, __pte(_PAGE_INVALID))`, (s, l) => {
      s.page[l.page].table[half(l)].pte[index] = PTE_EMPTY;
    }),
  );
}

/** Which page the first word of a table belongs to: virt_to_page(). */
function virt_to_page(s: State, address: number): number {
  for (let page = 0; page < s.page.length; page += 1) {
    for (const { node } of s.page[page].table) if (address_of(node) === address) return page;
  }
  return NONE;
}

const page_table_alloc = s390.fn(
  'page_table_alloc',
  { locals: { ...TABLE, mask: bits(8), listed: word() } },
  (b) => [
    b.call(spin_lock_bh, lock, LOCK),
    b.test(
      'list_empty(&mm->context.pgtable_list)',
      (s) => list_empty(pgtable_list(s)),
      [],
      [
        b.step('listed = mm->context.pgtable_list.next', (s, l) => {
          l.listed = pgtable_list(s).next;
          l.page = virt_to_page(s, l.listed);
        }),
        b.step('mask = atomic_read(&page->_refcount) >> 24', (s, l) => {
          l.mask = neither_allocated_nor_pending(atomic_read(s.page[l.page], 'refcount'));
        }),
        b.when(
          'mask == 3',
          (l) => l.mask === 3,
          [
            b.local((l) => {
              l.page = NONE;
              l.mask = 0;
              l.listed = NULL;
            }),
          ],
          [
            b.local((l) => {
              l.h = l.mask & 1;
              l.mask = 0;
            }),
            b.step('BUG_ON(table != listed)', (s, l) => {
              const table = address_of(s.page[l.page].table[l.h].node);
              BUG_ON(table !== l.listed, 'table != listed');
              l.listed = NULL;
            }),
            take_half(b),
            b.call(list_del_stores, (s, l) => s.page[l.page].table[l.h].node, 'listed'),
            set_none(b, 'table', (l) => l.h),
          ],
        ),
      ],
    ),
    b.call(spin_unlock_bh, lock, LOCK),
    b.when('a table was taken', (l) => l.page !== NONE, [b.return()]),
    alloc_page(b),
    b.when('no memory', (l) => l.page === NONE, [b.return()]),
    b.step('atomic_xor_bits(&page->_refcount, 0x01)', (s, l) => {
      atomic_xor_bits(s.page[l.page], 'refcount', 0x01);
      hand_out(s, l.page, 0);
    }),
    b.atomic(
      UNPUBLISHED,
      b.step('memset64(table, _PAGE_INVALID, 2 * PTRS_PER_PTE)', (s, l) => fill(s, l.page)),
    ),
    b.call(spin_lock_bh, lock, LOCK),
    b.call(
      list_add_stores,
      (s, l) => ({ node: s.page[l.page].table[1].node, head: pgtable_list(s) }),
      'table + 256',
    ),
    b.call(spin_unlock_bh, lock, LOCK),
  ],
);

/**
 * Hunks d and e: the freed table is listed itself, or its buddy, which is now the only free one, is
 * taken off and cleaned.
 */
const freeing = free_with((b, end) => [
  b.when(
    'm & 3',
    (l) => (l.m & 3) !== 0,
    [
      forget(b),
      b.call(
        end === 'head' ? list_add_stores : list_add_tail_stores,
        (s, l) => ({ node: s.page[l.page].table[l.h].node, head: pgtable_list(s) }),
        'table',
      ),
    ],
    [
      forget(b),
      b.call(list_del_stores, (s, l) => s.page[l.page].table[1 - l.h].node, 'buddy'),
      set_none(b, 'buddy', (l) => 1 - l.h),
    ],
  ),
]);

const NONE_AGAIN = (name: string) =>
  [0, 1].map((index) => `set_pte(${name} + ${index}, __pte(_PAGE_INVALID))`);

/** By hunk, a to f, where the patch changes the steps of BASE. */
const steps = {
  page_table_alloc: {
    1: ['spin_lock_bh(mm->context.lock) *'],
    2: ['list_empty(&mm->context.pgtable_list)'],
    '3a': ['listed = mm->context.pgtable_list.next', 'mask = atomic_read(&page->_refcount) >> 24'],
    4: ['mask == 3'],
    '5b': [
      'BUG_ON(table != listed)',
      'atomic_xor_bits(&page->_refcount, 0x01 << bit)',
      'list_del(listed) *',
      ...NONE_AGAIN('table'),
    ],
    6: ['spin_unlock_bh(mm->context.lock) *', 'a table was taken'],
    7: ['page = alloc_page(); pgtable_pte_page_ctor(page)', 'no memory'],
    8: ['atomic_xor_bits(&page->_refcount, 0x01)'],
    9: ['memset64(table, _PAGE_INVALID, 2 * PTRS_PER_PTE)'],
    10: ['spin_lock_bh(mm->context.lock) #2 *'],
    '11c': ['list_add(table + 256) *'],
    12: ['spin_unlock_bh(mm->context.lock) #2 *'],
  },
  page_table_free: {
    1: ['spin_lock_bh(mm->context.lock) *'],
    2: [FIRST_XOR],
    '3d': ['m & 3', 'list_add(table) *', 'list_del(buddy) *', ...NONE_AGAIN('buddy')],
    4: ['spin_unlock_bh(mm->context.lock) *'],
    5: [SECOND_XOR],
    6: ['m != 0'],
    7: [FREE],
  },
  page_table_free_rcu: {
    1: ['spin_lock_bh(mm->context.lock) *'],
    2: [FIRST_XOR],
    '3e': ['m & 3', 'list_add_tail(table) *', 'list_del(buddy) *', ...NONE_AGAIN('buddy')],
    4: ['spin_unlock_bh(mm->context.lock) *'],
    5: ['call tlb_remove_table'],
  },
  // Hunk f: unchanged.
  __tlb_remove_table: base.steps.__tlb_remove_table,
} satisfies Steps;

export const seed: Design = {
  source:
    'the list threaded through the tables, 5 June 2023 (message-id 175ebec8-761c-3f2d-98c6-...)',
  page_table_alloc,
  ...freeing,
  __tlb_remove_table,
  callbacks: {},
  // list_del() and the two set_pte() have left the table all none.
  unlisted: () => undefined,
  upper_node: (s, page) => s.page[page].table[1].node,
  steps,
};
