/**
 * V3: patch 07/13 of the series of 11 July 2023 (message-id 94eccf5f-...), merged for Linux 6.6 as
 * 8211dad62798. A page is never listed once pte_free_defer() was used on either of its halves:
 * PageActive says so, and it also makes whoever empties the page free it by RCU. Nothing else of
 * the page needs the grace period, for nobody can allocate a half of it. Left out: as in base.ts,
 * and the WARN_ON_ONCE() about pgste mms in pte_free_defer().
 */
import {
  type Builder,
  bool,
  claim,
  INIT_LIST_HEAD,
  is_live,
  list_del_init,
  list_empty,
  NONE,
  type Nodes,
  PageActive,
  ref,
  SetPageActive,
  type StepNode,
  spin_lock_bh,
  spin_unlock_bh,
  TestClearPageActive,
  WARN_ON_ONCE,
} from 'heddle';
import { remove_table } from '../pgtable/batch.ts';
import type { GatherTableFn, Steps } from '../pgtable/functions.ts';
import { FREE, pte_free_now, QUEUE, queue_page } from '../pgtable/page.ts';
import { has, plus } from '../pgtable/sets.ts';
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
  if_unused,
  LIST_ADD,
  LIST_ADD_TAIL,
  list_at,
  list_step,
  locked,
  neither_allocated_nor_pending,
  REMOVE,
  SECOND_XOR,
} from './base.ts';
import type { Design } from './design.ts';
import { free_page, LOCK, lock, type State, s390, TABLE } from './page.ts';

export const LIST_DEL_INIT = 'list_del_init(&page->lru)';

const page_table_alloc = allocator(neither_allocated_nor_pending, (b) => [
  list_step(b, LIST_DEL_INIT, list_del_init),
]);

type Relisting = Freeing & { listing: boolean };
const RELISTING = { ...FREEING, listing: bool() };

/**
 * From the first xor to the list operation: a half that is free while its buddy is in use is
 * listed, unless the page is Active.
 */
function relist(b: Builder<State, Relisting>, end: End): Nodes {
  const decided = b.local((l: Relisting) => {
    l.listing = false;
  });
  return [
    give_up(b, FIRST_XOR, 0x11),
    b.when(
      'm & 3',
      (l) => (l.m & 3) !== 0,
      [
        forget(b),
        b.test(
          'PageActive(page)',
          (s, l) => PageActive(s.page[l.page]),
          [],
          [
            b.local((l) => {
              l.listing = true;
            }),
          ],
        ),
      ],
      [forget(b)],
    ),
    b.when(
      '(m & 3) && !PageActive(page)',
      (l) => l.listing,
      [decided, list_at(b, end)],
      [
        list_step(b, LIST_DEL_INIT, list_del_init, (s, l, cpu) => {
          if (s.deferring[cpu] !== l.page) return;
          s.deferred = plus(s.deferred, l.page);
          s.deferring[cpu] = NONE;
        }),
      ],
    ),
  ];
}

/** FREE, with what V3 adds to its conditions; `waited` says whether after a grace period. */
function free_inactive(b: Builder<State, { page: number }>, waited = false): StepNode {
  return free_page(b, (page, s, index) => {
    claim('P11', !is_live(page) || !PageActive(page));
    claim('C20', waited || !has(s.deferred, index));
  });
}

/** The byte was found 0: the page is this CPU's alone, or its last readers'. */
export function release(b: Builder<State, { page: number; active: boolean }>): Nodes {
  return [
    b.step('page_table_release_check(page)', (s, l) => {
      WARN_ON_ONCE(!list_empty(s.page[l.page].lru), 'a page is released while it is listed');
    }),
    b.step('active = TestClearPageActive(page)', (s, l) => {
      l.active = TestClearPageActive(s.page[l.page]);
    }),
    b.when('active', (l) => l.active, [queue_page(b)], [free_inactive(b)]),
  ];
}

const page_table_free = s390.fn(
  'page_table_free',
  { params: TABLE, locals: { ...RELISTING, active: bool() } },
  (b) => [
    b.call(spin_lock_bh, lock, LOCK),
    relist(b, 'head'),
    b.call(spin_unlock_bh, lock, LOCK),
    clear_pending(b),
    if_unused(b, release(b)),
  ],
);

const __tlb_remove_table = s390.fn(
  '__tlb_remove_table',
  { params: TABLE, locals: { ...FREEING, active: bool() } },
  (b) => [clear_pending(b), if_unused(b, release(b))],
);

function page_table_free_rcu(tlb_remove_table: GatherTableFn) {
  const params = { tlb: ref('batch'), ...TABLE };
  return s390.fn('page_table_free_rcu', { params, locals: RELISTING }, (b) => [
    b.call(spin_lock_bh, lock, LOCK),
    relist(b, 'tail'),
    b.call(spin_unlock_bh, lock, LOCK),
    remove_table(b, tlb_remove_table),
  ]);
}

/** Neither takes the lock nor changes a byte before page_table_free() does. */
const pte_free_defer = s390.fn('pte_free_defer', { params: TABLE }, (b) => [
  b.step('SetPageActive(page)', (s, l, { cpu }) => {
    SetPageActive(s.page[l.page]);
    s.deferring[cpu] = l.page;
  }),
  b.call(page_table_free, (l) => ({ page: l.page, h: l.h })),
]);

/** No mm and no half: only the page is left. */
export const free_now = pte_free_now<State>((b) => [free_inactive(b, true)]);

const RELIST = ['m & 3', 'PageActive(page)', '(m & 3) && !PageActive(page)'];

const steps = {
  page_table_alloc: {
    ...base.steps.page_table_alloc,
    5: ['atomic_xor_bits(&page->_refcount, 0x01 << bit)', LIST_DEL_INIT],
  },
  page_table_free: {
    ...locked(FIRST_XOR, ...RELIST, LIST_ADD, LIST_DEL_INIT),
    5: [SECOND_XOR],
    6: ['m != 0'],
    '7 check': ['page_table_release_check(page)'],
    '7 test': ['active = TestClearPageActive(page)', 'active'],
    '7 call_rcu': [QUEUE],
    '7 FREE': [FREE],
  },
  page_table_free_rcu: {
    ...locked(FIRST_XOR, ...RELIST, LIST_ADD_TAIL, LIST_DEL_INIT),
    ...REMOVE,
  },
  __tlb_remove_table: {
    1: [SECOND_XOR],
    2: ['m != 0'],
    '3 check': ['page_table_release_check(page)'],
    '3 test': ['active = TestClearPageActive(page)', 'active'],
    '3 call_rcu': [QUEUE],
    '3 FREE': [FREE],
  },
  pte_free_defer: { 1: ['SetPageActive(page)'], 2: ['call page_table_free'] },
  pte_free_now: { 1: [FREE] },
} satisfies Steps;

export const v3: Design = {
  source:
    'pte_free_defer() for s390, v3 of 11 July 2023, merged in Linux 6.6 (commit 8211dad62798)',
  page_table_alloc,
  page_table_free,
  page_table_free_rcu,
  __tlb_remove_table,
  pte_free_defer,
  callbacks: { pte_free_now: free_now },
  unlisted: (s, page) => INIT_LIST_HEAD(s.page[page].lru),
  upper_node: (s, page) => s.page[page].lru,
  steps,
};
