/**
 * The machine that all designs of powerpc's page-table fragments share: one mm at a time, and
 * page-table pages of two or three fragments each (16 with 64K pages), beside what the machines of
 * all architectures have. After arch/powerpc/mm/pgtable-frag.c and struct page, Linux 6.4 to 6.6. `pt_frag_refcount` is word 4 of struct page and `rcu_head` words 1 and 2: they
 * share nothing, and page->lru is not used.
 */
import {
  address_of,
  alloc,
  array,
  atomic,
  type Builder,
  bool,
  claim,
  client,
  heap,
  is_live,
  machine,
  NONE,
  NULL,
  page_flags,
  rcu_head,
  record,
  ref,
  type StateOf,
  type StepNode,
  spinlock,
  uint,
  word,
} from 'heddle';
import type { Table } from '../pgtable/functions.ts';
import {
  type Batches,
  beside_pages,
  free_page as common_free_page,
  fill,
  PAGE_ALLOCATOR,
  take_back,
} from '../pgtable/page.ts';

/** A pte that pte_none() accepts: powerpc's is 0. */
export const PTE_NONE = NULL;

/**
 * How many objects exist at once. Each limits what can be in flight together, never how often
 * anything happens.
 */
export interface Size extends Batches {
  /** Pages for page tables; default 2. With all in use, pte_fragment_alloc() finds no memory. */
  readonly pages?: number;
  /** PTE_FRAG_NR: fragments of a page, at most 3; default 2. */
  readonly fragments?: number;
}

/** What names a fragment: its page, and its number there. */
export const TABLE = { page: ref('page'), h: uint(2) };

function world(size: Size) {
  const { pages = 2, fragments = 2 } = size;
  return {
    mm: record('mm_struct', {
      page_table_lock: spinlock(),
      /** The next fragment that was never handed out, or NULL. */
      context: record('mm_context', { pte_frag: word() }),
    }),
    page: heap(
      pages,
      record('page', {
        flags: page_flags('active'),
        /** Fragments in use, and those of mm->context.pte_frag that were never handed out. */
        pt_frag_refcount: atomic(63),
        rcu_head: rcu_head(),
        /** The fragments. One pte stands for all of each. */
        table: array(fragments, record('page_table', { pte: array(1, word()) })),
      }),
    ),
    ...beside_pages(fragments, TABLE, size),
    /** mm_users is 0: nobody but khugepaged and walkers of the rmap come near the mm. */
    exiting: client(bool()),
  };
}

/** The machine of a size. */
export function machine_of(size: Size) {
  return machine(world(size), { callbacks: ['tlb_remove_table_rcu', 'pte_free_now'] });
}

/** The machine whose types all functions are written against. */
export const powerpc = machine_of({});
export type State = StateOf<typeof powerpc>;

/** The address of a fragment. */
export function fragment_address(s: State, page: number, h: number): number {
  return address_of(s.page[page].table[h]);
}

/** Which fragment of which page an address is: virt_to_page(), and the offset in it. */
export function fragment_at(s: State, address: number, l: Table): void {
  for (let page = 0; page < s.page.length; page += 1) {
    for (let h = 0; h < s.owned.length; h += 1) {
      if (fragment_address(s, page, h) !== address) continue;
      l.page = page;
      l.h = h;
    }
  }
}

/** `page = alloc_page(PGALLOC_GFP)`, which is zeroed, with its constructor. */
export function alloc_page(b: Builder<State, { page: number }>): StepNode {
  return b.atomic(
    PAGE_ALLOCATOR,
    b.step('page = alloc_page(PGALLOC_GFP); pgtable_pte_page_ctor(page)', (s, l) => {
      l.page = alloc(s.page, { flags: 0 });
      if (l.page !== NONE) fill(s, l.page, PTE_NONE);
    }),
  );
}

/** FREE. `check` is what the design's own __free_page() would complain about. */
export function free_page(
  b: Builder<State, { page: number }>,
  check?: (page: State['page'][number]) => void,
): StepNode {
  return common_free_page(b, (s, index) => {
    const page = s.page[index];
    claim('P2', is_live(page));
    check?.(page);
    // With the page go all its fragments.
    for (let h = 0; h < s.handed.length; h += 1) take_back(s, index, h);
  });
}

/** What __free_page() of a page of fragments must find. */
export function unused(page: State['page'][number]): void {
  claim('P2', is_live(page) && page.pt_frag_refcount === 0);
}
