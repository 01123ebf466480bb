/**
 * The machine that all designs of powerpc's page-table fragments share: one mm at a time,
 * page-table pages of two or three fragments each (16 with 64K pages), mmu_gather batches, and what
 * the client and the properties note down. After arch/powerpc/mm/pgtable-frag.c and struct page,
 * Linux 6.4 to 6.6. `pt_frag_refcount` is word 4 of struct page and `rcu_head` words 1 and 2: they
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
  free,
  ghost,
  heap,
  is_live,
  machine,
  NONE,
  NULL,
  page_flags,
  per_cpu,
  range,
  rcu_head,
  record,
  ref,
  type StateOf,
  type StepNode,
  set_of,
  spinlock,
  uint,
  word,
} from 'heddle';

/** A pte that pte_none() accepts: powerpc's is 0. */
export const PTE_NONE = NULL;

/**
 * How many objects exist at once. Each limits what can be in flight together, never how often
 * anything happens.
 */
export interface Size {
  /** Pages for page tables; default 2. With all in use, pte_fragment_alloc() finds no memory. */
  readonly pages?: number;
  /** PTE_FRAG_NR: fragments of a page, at most 3; default 2. */
  readonly fragments?: number;
  /**
   * mmu_gather batches; default 1. With all in use, tlb_remove_table() falls back, as it may at any
   * time.
   */
  readonly batches?: number;
  /** Tables that one mmu_gather collects; default 1. */
  readonly entries?: number;
}

/** The number of a fragment in its page. */
export const fragment_index = () => uint(2);

function world({ pages = 2, fragments = 2, batches = 1, entries = 1 }: Size) {
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
        /** One pte stands for all of a fragment. */
        fragment: array(fragments, record('fragment', { pte: word() })),
      }),
    ),
    batch: heap(
      batches,
      record('mmu_table_batch', {
        rcu: rcu_head(),
        nr: range(entries),
        tables: array(entries, record('shifted_table', { page: ref('page'), h: fragment_index() })),
      }),
    ),
    /** Fragments that the client has and has not begun to free: `owned[h]` is a set of pages. */
    owned: client(array(fragments, set_of('page'))),
    /** mm_users is 0: nobody but khugepaged and walkers of the rmap come near the mm. */
    exiting: client(bool()),
    /** The fragment in which a CPU walks, and what was promised to the walker. */
    inside: client(
      per_cpu(
        record('walker', {
          page: ref('page'),
          h: fragment_index(),
          rcu: bool(),
          fallback: bool(),
        }),
      ),
    ),
    /** Fragments that were handed out since their page was allocated. */
    handed: ghost(array(fragments, set_of('page'))),
  };
}

/** The machine of a size. */
export function machine_of(size: Size) {
  return machine(world(size), { callbacks: ['tlb_remove_table_rcu', 'pte_free_now'] });
}

/** The machine whose types all functions are written against. */
export const powerpc = machine_of({});
export type State = StateOf<typeof powerpc>;

/** Locals that name a fragment. */
export interface Table {
  page: number;
  h: number;
}

/** Why taking and giving back a page is one step. */
const PAGE_ALLOCATOR =
  'the page belongs to the page allocator alone while it prepares or checks it';

export function has(set: number, page: number): boolean {
  return page !== NONE && ((set >>> page) & 1) === 1;
}

export function plus(set: number, page: number): number {
  return (set | (1 << page)) >>> 0;
}

export function minus(set: number, page: number): number {
  return (set & ~(1 << page)) >>> 0;
}

/** The address of a fragment. */
export function fragment_address(s: State, page: number, h: number): number {
  return address_of(s.page[page].fragment[h]);
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
      if (l.page !== NONE) zero(s, l.page);
    }),
  );
}

/** All fragments of a fresh page are pte_none(). */
export function zero(s: State, page: number): void {
  for (const fragment of s.page[page].fragment) fragment.pte = PTE_NONE;
}

export const FREE = 'pgtable_pte_page_dtor(page); __free_page(page)';

/**
 * FREE: the destructor and __free_page(), which looks at the struct page it is given. `check` is
 * what the design's own __free_page() would complain about.
 */
export function free_page(
  b: Builder<State, { page: number }>,
  check?: (page: State['page'][number]) => void,
): StepNode {
  return b.atomic(
    PAGE_ALLOCATOR,
    b.step(FREE, (s, l) => {
      const page = s.page[l.page];
      claim('P2', is_live(page));
      check?.(page);
      forget(s, l.page);
      free(s.page, l.page);
    }),
  );
}

/** What __free_page() of a page of fragments must find. */
export function unused(page: State['page'][number]): void {
  claim('P2', is_live(page) && page.pt_frag_refcount === 0);
}

/** Ghost: a fragment is chosen for whoever called pte_fragment_alloc(). */
export function hand_out(s: State, page: number, h: number): void {
  claim('P4', !has(s.handed[h], page));
  s.handed[h] = plus(s.handed[h], page);
}

/**
 * Ghost: the page goes, and with it all its fragments. Claims that no walker is inside; one that is
 * has lost its table and reads no more.
 */
function forget(s: State, page: number): void {
  let irq = false;
  let batched = false;
  let fallback = false;
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.page !== page) continue;
    if (!walker.rcu) irq = true;
    else if (walker.fallback) fallback = true;
    else batched = true;
    leave_table(s, cpu);
  }
  claim('P9_irq', !irq);
  claim('P9_rcu_batched', !batched);
  claim('P9_rcu_fallback', !fallback);
  for (let h = 0; h < s.handed.length; h += 1) s.handed[h] = minus(s.handed[h], page);
}

/** Whether some CPU walks in the fragment. */
export function is_walked(s: State, page: number, h: number): boolean {
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    if (s.inside[cpu].page === page && s.inside[cpu].h === h) return true;
  }
  return false;
}

/** The walker of `cpu` is in no table. */
export function leave_table(s: State, cpu: number): void {
  const walker = s.inside[cpu];
  walker.page = NONE;
  walker.h = 0;
  walker.rcu = false;
  walker.fallback = false;
}
