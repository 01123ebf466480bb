/**
 * V67: arch/s390/mm/pgalloc.c since Linux 6.7, commit d08d4e7cd6bf ("s390/mm: use full 4KB page for
 * 2KB PTE"). One table to a page: no halves, no byte, no list of free ones, and one user of
 * ptdesc->pt_rcu_head, the table itself. The model keeps the names of struct page, whose words
 * struct ptdesc has: pt_list is lru, pt_rcu_head is rcu_head. Left out: the upper half's pgstes,
 * which are 0 and nobody's; gmap_unlink(); crst tables.
 */
import { type Builder, INIT_LIST_HEAD, NONE, NULL, type StepNode } from 'heddle';
import { only_remove_table } from '../pgtable/batch.ts';
import type { GatherTableFn, Steps } from '../pgtable/functions.ts';
import { FREE, pte_free_now, QUEUE, queue_page, take_back } from '../pgtable/page.ts';
import type { Design } from './design.ts';
import {
  alloc_page,
  free_page,
  hand_out,
  PTE_EMPTY,
  type State,
  s390,
  TABLE,
  UNPUBLISHED,
} from './page.ts';

const page_table_alloc = s390.fn('page_table_alloc', { locals: TABLE }, (b) => [
  alloc_page(b),
  b.when('no memory', (l) => l.page === NONE, [b.return()]),
  b.atomic(
    UNPUBLISHED,
    b.step('INIT_LIST_HEAD(&page->lru)', (s, l) => INIT_LIST_HEAD(s.page[l.page].lru)),
  ),
  b.atomic(
    UNPUBLISHED,
    b.step('memset64(table, _PAGE_INVALID, PTRS_PER_PTE)', (s, l) => {
      fill_lower(s, l.page);
      hand_out(s, l.page, 0);
    }),
  ),
]);

/** The lower 2K are ptes; the upper 2K are there for pgstes and 0. */
export function fill_lower(s: State, page: number): void {
  const { table } = s.page[page];
  for (const index of [0, 1]) {
    table[0].pte[index] = PTE_EMPTY;
    table[1].pte[index] = NULL;
  }
}

/** FREE, which also ends the table's life in the client's hands. */
function free_table(b: Builder<State, { page: number }>): StepNode {
  return free_page(b, (_page, s, index) => take_back(s, index, 0));
}

const page_table_free = s390.fn('page_table_free', { params: TABLE }, (b) => [free_table(b)]);
const __tlb_remove_table = s390.fn('__tlb_remove_table', { params: TABLE }, (b) => [free_table(b)]);

const page_table_free_rcu = (tlb_remove_table: GatherTableFn) =>
  only_remove_table('page_table_free_rcu', TABLE, tlb_remove_table);

const pte_free_defer = s390.fn('pte_free_defer', { params: TABLE }, (b) => [queue_page(b)]);

const free_now = pte_free_now<State>((b) => [free_table(b)]);

const steps = {
  page_table_alloc: {
    1: ['page = alloc_page(); pgtable_pte_page_ctor(page)', 'no memory'],
    2: ['INIT_LIST_HEAD(&page->lru)'],
    3: ['memset64(table, _PAGE_INVALID, PTRS_PER_PTE)'],
  },
  page_table_free: { 1: [FREE] },
  page_table_free_rcu: { 1: ['call tlb_remove_table'] },
  __tlb_remove_table: { 1: [FREE] },
  pte_free_defer: { 1: [QUEUE] },
  pte_free_now: { 1: [FREE] },
} satisfies Steps;

export const v67: Design = {
  source: 'arch/s390/mm/pgalloc.c, Linux 6.7 and later (commit d08d4e7cd6bf)',
  page_table_alloc,
  page_table_free,
  page_table_free_rcu,
  __tlb_remove_table,
  pte_free_defer,
  callbacks: { pte_free_now: free_now },
  whole: 0,
  unlisted: (s, page) => {
    INIT_LIST_HEAD(s.page[page].lru);
    fill_lower(s, page);
  },
  upper_node: (s, page) => s.page[page].lru,
  steps,
};
