/**
 * Tables of an mm whose page tables are to serve guests (mm_alloc_pgste()): 2K of ptes and 2K of
 * pgstes, so one table to a page, byte 0x03, never listed. After arch/s390/mm/pgalloc.c and gmap.c,
 * Linux 6.1 for BASE and 6.6 for V3. An mm is of that kind for life; in one that is, every function
 * takes the way shown here. Left out: gmap_unlink(), which page_table_free_rcu() calls before
 * anything else and which looks at the gmap's own tables; page_table_free_pgste() (gmap.ts).
 */
import {
  atomic_xor_bits,
  type Builder,
  bool,
  INIT_LIST_HEAD,
  NONE,
  type Nodes,
  SetPageActive,
  WARN_ON_ONCE,
} from 'heddle';
import { only_remove_table } from '../pgtable/batch.ts';
import type { GatherTableFn, Operation, Steps, Table } from '../pgtable/functions.ts';
import { FREE, QUEUE, take_back } from '../pgtable/page.ts';
import type { Design } from './design.ts';
import {
  alloc_page,
  free_page,
  hand_out,
  MM,
  poison,
  type State,
  s390,
  TABLE,
  UNPUBLISHED,
} from './page.ts';
import { free_now, release } from './v3.ts';
import { fill_lower } from './v67.ts';

const XOR = 'm = atomic_xor_bits(&page->_refcount, 0x03)';

/** `init`: INIT_LIST_HEAD() of a page that no list ever sees. */
function allocator(init: boolean) {
  return s390.fn('page_table_alloc', { locals: TABLE }, (b) => [
    alloc_page(b),
    b.when('no memory', (l) => l.page === NONE, [b.return()]),
    init
      ? b.atomic(
          UNPUBLISHED,
          b.step('INIT_LIST_HEAD(&page->lru)', (s, l) => INIT_LIST_HEAD(s.page[l.page].lru)),
        )
      : [],
    b.step('atomic_xor_bits(&page->_refcount, 0x03)', (s, l) => {
      atomic_xor_bits(s.page[l.page], 'refcount', 0x03);
      hand_out(s, l.page, 0);
    }),
    b.atomic(
      UNPUBLISHED,
      b.step('memset64(table, _PAGE_INVALID, PTRS_PER_PTE); memset64(pgstes, 0)', (s, l) =>
        fill_lower(s, l.page),
      ),
    ),
  ]);
}

/** Frees a table, in any context: the byte goes to 0 in one step, for there is no other half. */
const xor = (b: Builder<State, Table>) =>
  b.step(XOR, (s, l) => {
    atomic_xor_bits(s.page[l.page], 'refcount', 0x03);
    take_back(s, l.page, l.h);
  });

const freed_at_once = (name: string) =>
  s390.fn(name, { params: TABLE }, (b) => [xor(b), free_page(b)]);

const freed_by_v3 = (name: string) =>
  s390.fn(name, { params: TABLE, locals: { active: bool() } }, (b) => [xor(b), release(b)]);

/** Tag 3. */
const page_table_free_rcu = (tlb_remove_table: GatherTableFn) =>
  only_remove_table('page_table_free_rcu', TABLE, tlb_remove_table);

const ALLOCATED = 'page = alloc_page(); pgtable_pte_page_ctor(page)';
const FILLED = 'memset64(table, _PAGE_INVALID, PTRS_PER_PTE); memset64(pgstes, 0)';

const base_steps = {
  page_table_alloc: {
    7: [ALLOCATED, 'no memory'],
    8: ['atomic_xor_bits(&page->_refcount, 0x03)'],
    9: [FILLED],
  },
  page_table_free: { 1: [XOR], 2: [FREE] },
  page_table_free_rcu: { 1: ['call tlb_remove_table'] },
  __tlb_remove_table: { 1: [XOR], 2: [FREE] },
} satisfies Steps;

/** BASE, for an mm with pgstes. */
export const base_pgste: Design = {
  source: 'arch/s390/mm/pgalloc.c, Linux 6.1, mm_alloc_pgste()',
  page_table_alloc: allocator(false),
  page_table_free: freed_at_once('page_table_free'),
  page_table_free_rcu,
  __tlb_remove_table: freed_at_once('__tlb_remove_table'),
  callbacks: {},
  whole: 0x03,
  unlisted: (s, page) => {
    poison(s, page);
    fill_lower(s, page);
  },
  upper_node: (s, page) => s.page[page].lru,
  steps: base_steps,
};

/**
 * s390_enable_sie() (arch/s390/mm/gmap.c): the mm becomes that of a guest, which wants no huge
 * pages. Left out: splitting those that are there, and zapping zero pages.
 */
const s390_enable_sie: Operation = s390.fn('s390_enable_sie', (b) => [
  b.test('mm_has_pgste(mm)', (s) => s.mm[MM].context.has_pgste, [b.return()]),
  b.until(
    'mmap_write_lock(mm)',
    (s) => !s.mmap_write_locked,
    (s) => {
      s.mmap_write_locked = true;
    },
  ),
  b.step('mm->context.has_pgste = 1', (s) => {
    s.mm[MM].context.has_pgste = true;
  }),
  b.step('thp_split_mm(mm): VM_NOHUGEPAGE', (s) => {
    s.i_mmap.nohugepage = true;
  }),
  b.step('mmap_write_unlock(mm)', (s) => {
    s.mmap_write_locked = false;
  }),
]);

/**
 * What pte_free_defer() warns of: `alloc_pgste` any mm of this kind, as posted; `has_pgste` only one
 * that serves a guest, as merged for 6.6; `nothing` since 5647f61ad917.
 */
export type Warning = 'alloc_pgste' | 'has_pgste' | 'nothing';

/** V3, for an mm with pgstes. `init`: whether page_table_alloc() has its INIT_LIST_HEAD(). */
export function v3_pgste(warns_of: Warning, init = true): Design {
  const page_table_free = freed_by_v3('page_table_free');
  const warn = (b: Builder<State, Table>): Nodes => {
    if (warns_of === 'nothing') return [];
    return [
      b.step(`WARN_ON_ONCE(mm_${warns_of}(mm))`, (s) => {
        const warned = warns_of === 'alloc_pgste' || s.mm[MM].context.has_pgste;
        WARN_ON_ONCE(warned, `mm_${warns_of}(mm)`);
      }),
    ];
  };
  const pte_free_defer = s390.fn('pte_free_defer', { params: TABLE }, (b) => [
    b.step('SetPageActive(page)', (s, l) => SetPageActive(s.page[l.page])),
    b.call(page_table_free, (l) => ({ page: l.page, h: l.h })),
    warn(b),
  ]);
  return {
    source: `pte_free_defer() for s390 as of Linux 6.6 (commit 8211dad62798), mm_alloc_pgste()`,
    page_table_alloc: allocator(init),
    page_table_free,
    page_table_free_rcu,
    __tlb_remove_table: freed_by_v3('__tlb_remove_table'),
    pte_free_defer,
    also: [s390_enable_sie],
    looks_at_vma: true,
    callbacks: { pte_free_now: free_now },
    whole: 0x03,
    unlisted: (s, page) => {
      if (init) INIT_LIST_HEAD(s.page[page].lru);
      else poison(s, page);
      fill_lower(s, page);
    },
    upper_node: (s, page) => s.page[page].lru,
    steps: v3_steps(warns_of, init),
  };
}

function v3_steps(warns_of: Warning, init: boolean): Steps {
  const freed = {
    1: [XOR],
    '2 check': ['page_table_release_check(page)'],
    '2 test': ['active = TestClearPageActive(page)', 'active'],
    '2 call_rcu': [QUEUE],
    '2 FREE': [FREE],
  };
  return {
    page_table_alloc: {
      ...base_steps.page_table_alloc,
      ...(init ? { '7 init': ['INIT_LIST_HEAD(&page->lru)'] } : {}),
    },
    page_table_free: freed,
    page_table_free_rcu: base_steps.page_table_free_rcu,
    __tlb_remove_table: freed,
    pte_free_defer: {
      1: ['SetPageActive(page)'],
      2: ['call page_table_free'],
      ...(warns_of === 'nothing' ? {} : { 3: [`WARN_ON_ONCE(mm_${warns_of}(mm))`] }),
    },
    pte_free_now: { 1: [FREE] },
  };
}
