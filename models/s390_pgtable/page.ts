/**
 * The machine that all designs of the s390 2K page tables share: one mm and page-table pages of two
 * tables each, beside what the machines of all architectures have. After arch/s390/mm/pgalloc.c and
 * struct page, Linux 6.1 to 6.4.
 */
import {
  address_of,
  alloc,
  array,
  atomic,
  type Builder,
  bits,
  bool,
  claim,
  client,
  data_race,
  ghost,
  heap,
  is_live,
  LIST_POISON1,
  LIST_POISON2,
  list_head,
  list_walk,
  machine,
  NONE,
  overlay,
  page_flags,
  per_cpu,
  rcu_head,
  record,
  ref,
  type Spinlock,
  type StateOf,
  type StepNode,
  set_of,
  spin_lock_init,
  spinlock,
  uint,
  type ViewOf,
  word,
  work_struct,
} from 'heddle';
import type { Table } from '../pgtable/functions.ts';
import {
  type Batches,
  beside_pages,
  fill as common_fill,
  free_page as common_free_page,
  hand_out as common_hand_out,
  leave_table,
  PAGE_ALLOCATOR,
} from '../pgtable/page.ts';
import { minus } from '../pgtable/sets.ts';

/** `_PAGE_INVALID`: the only value that pte_none() accepts. */
export const PTE_EMPTY = 0x400;

/**
 * How many objects exist at once. Each limits what can be in flight together, never how often
 * anything happens.
 */
export interface Size extends Batches {
  /**
   * Pages for page tables, two tables each; default 2. With all in use, page_table_alloc() finds no
   * memory.
   */
  readonly pages?: number;
  /** Whether the mm has an rcu_head, as was proposed; default false. */
  readonly mm_rcu?: boolean;
}

const MM_RCU = { rcu: rcu_head() };

/** What names a table. */
export const TABLE = { page: ref('page'), h: uint(1) };

/** The state of every design. */
export function world(size: Size = {}) {
  return {
    mm: heap(
      1,
      record('mm_struct', {
        /** Tasks that use the address space; all together hold one of mm_count. */
        mm_users: atomic(7),
        mm_count: atomic(15),
        context: record('mm_context', {
          lock: spinlock({ lockClass: 'mm->context.lock' }),
          pgtable_list: list_head(),
          /** Guest mappings use these tables; s390_enable_sie(). */
          has_pgste: bool(),
        }),
        async_put_work: work_struct(),
        ...(size.mm_rcu === true ? MM_RCU : ({} as typeof MM_RCU)),
      }),
    ),
    /** V2: the one lock of all lists of all mms. */
    mm_pgtable_list_lock: spinlock(),
    /** The mm that the tasks of this machine run in, until its last user has left. */
    current_mm: client(ref('mm')),
    /**
     * The VMA of all tables, as it hangs in the file's i_mmap, who holds that for reading, and
     * whether it is VM_NOHUGEPAGE.
     */
    i_mmap: client(record('i_mmap', { linked: bool(), readers: uint(3), nohugepage: bool() })),
    /** mm->mmap_lock, where anybody takes it for writing. */
    mmap_write_locked: client(bool()),
    page: heap(
      size.pages ?? 2,
      record('page', {
        flags: page_flags('active'),
        /** Bits 24 to 31 of page->_refcount: A bits 0x03, H bits 0x0C, P bits 0x30. */
        refcount: bits(8),
        /** V1, DRAFT, V2: one word, the mm's address; V1 has the half in its low bits. */
        pt_mm: ref('mm'),
        pt_mm_half: uint(1),
        /** G28: 1 while the page is listed. */
        pt_frag_refcount: atomic(1),
        /** Word 5: the page table lock of both tables. */
        ptl: spinlock(),
        /** Words 1 and 2 of struct page. */
        ...overlay({ lru: list_head(), rcu_head: rcu_head() }),
        /**
         * The first two words of each 2K table; all others are ptes that nobody uses for anything
         * else.
         */
        table: array(
          2,
          record('page_table', overlay({ pte: array(2, word()), node: list_head() })),
          { bytes: 0x800, aligned: 0x1000 },
        ),
      }),
    ),
    ...beside_pages(2, TABLE, size),
    /** Tables that the client will never free: of one that frees each table once and no more. */
    kept: client(array(2, set_of('page'))),
    /** Tables that nobody else may free, for somebody has locked their pmd to do so. */
    pmd_locked: client(array(2, set_of('page'))),
    /**
     * For V3: the page whose pte_free_defer() a CPU has begun, until that has looked at the list;
     * and the pages it has done so for.
     */
    deferring: ghost(per_cpu(ref('page'))),
    deferred: ghost(set_of('page')),
  };
}

/**
 * The machine of a design; `callbacks` are its RCU callbacks and work functions beside the batch's
 * own.
 */
export function machine_with<const C extends string>(callbacks: readonly C[], size: Size = {}) {
  return machine(world(size), {
    callbacks,
    constants: { PTE_EMPTY },
  });
}

/** The machine whose types all functions are written against. */
export const s390 = machine_with([]);
export type State = StateOf<typeof s390>;

/** The only mm. */
export const MM = 0;

/** The lock of the list, and how it is called in schedules. */
export const lock = (s: State) => s.mm[MM].context.lock;
export const LOCK = 'mm->context.lock';

/** The lock under which a design changes its lists, and how that is called in schedules. */
export interface ListLock {
  readonly of: (s: State) => ViewOf<Spinlock>;
  readonly name: string;
}

/** All designs but V2. */
export const CONTEXT_LOCK: ListLock = { of: lock, name: LOCK };

/** The list of pages with a half to spare. */
export const pgtable_list = (s: State) => s.mm[MM].context.pgtable_list;

/** Its nodes; none once the mm is gone. For properties. */
export function listed(s: State): readonly number[] {
  return is_live(s.mm[MM]) ? list_walk(pgtable_list(s)) : [];
}

/**
 * Why a list operation on page->lru is one step although its words are also those of
 * page->rcu_head.
 */
export const UNDER_LOCK =
  'page->lru and the list change under the lock of the list only, and nobody looks at them without it';

/** Why a page that no list and no pmd names yet may be filled in one step. */
export const UNPUBLISHED = 'nobody else can reach the page yet';

/**
 * `page = alloc_page(GFP_KERNEL)` with its constructor: lru holds the poison that the page
 * allocator's list_del() left.
 */
export function alloc_page(b: Builder<State, Table>): StepNode {
  return b.atomic(
    PAGE_ALLOCATOR,
    b.step('page = alloc_page(); pgtable_pte_page_ctor(page)', (s, l) => {
      l.page = alloc(s.page, { refcount: 0, flags: 0 });
      if (l.page === NONE) return;
      spin_lock_init(s.page[l.page].ptl);
      poison(s, l.page);
    }),
  );
}

/** FREE, of a page that is in use no more. `note` is the design's own claim. */
export function free_page(
  b: Builder<State, { page: number }>,
  note?: (page: State['page'][number], s: State, index: number) => void,
): StepNode {
  return common_free_page(b, (s, index) => {
    const page = s.page[index];
    // The look at the list is the claim's own.
    const listed = data_race(() => is_listed(s, index));
    claim('P2', is_live(page) && page.refcount === 0 && !listed);
    note?.(page, s, index);
    for (const h of [0, 1]) withdraw_from_hardware(s, index, h);
    s.deferred = minus(s.deferred, index);
  });
}

/** Both tables all none: memset64() in page_table_alloc(). */
export function fill(s: State, page: number): void {
  common_fill(s, page, PTE_EMPTY);
}

/** What list_del() leaves in page->lru. */
export function poison(s: State, page: number): void {
  s.page[page].lru.next = LIST_POISON1;
  s.page[page].lru.prev = LIST_POISON2;
}

/** Ghost: a table is chosen for whoever called page_table_alloc(), in the step that sets its A bit. */
export function hand_out(s: State, page: number, h: number): void {
  common_hand_out(s, page, h);
  withdraw_from_hardware(s, page, h);
}

/** Claims that no hardware is inside a table that is handed out again or freed. */
function withdraw_from_hardware(s: State, page: number, h: number): void {
  claim('W_hw', !flush_tlb(s, page, h));
}

/** Note: the hardware keeps this table no longer, or none of the mm where none is named. Returns whether it kept one. */
export function flush_tlb(s: State, page = NONE, h = 0): boolean {
  let flushed = false;
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.how !== 'hardware') continue;
    if (page !== NONE && (walker.page !== page || walker.h !== h)) continue;
    leave_table(s, cpu);
    flushed = true;
  }
  return flushed;
}

/**
 * Whether a node of the page, in struct page or in one of its tables, is on
 * mm->context.pgtable_list; for properties.
 */
export function is_listed(s: State, page: number): boolean {
  return nodes_of(s, page, listed(s)) > 0;
}

/** How many of the addresses are nodes of the page. */
export function nodes_of(s: State, page: number, nodes: readonly number[]): number {
  if (nodes.length === 0) return 0;
  const { lru, table } = s.page[page];
  const own = [address_of(lru), address_of(table[0].node), address_of(table[1].node)];
  return nodes.filter((node) => own.includes(node)).length;
}
