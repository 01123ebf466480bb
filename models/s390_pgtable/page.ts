/**
 * The machine that all designs of the s390 2K page tables share: one mm, page-table pages of two
 * tables each, mmu_gather batches, and what the client and the properties note down. After
 * arch/s390/mm/pgalloc.c and struct page, Linux 6.1 to 6.4.
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
  enumeration,
  free,
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
  range,
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

/** `_PAGE_INVALID`: the only value that pte_none() accepts. */
export const PTE_EMPTY = 0x400;

/**
 * How many objects exist at once. Each limits what can be in flight together, never how often
 * anything happens.
 */
export interface Size {
  /**
   * Pages for page tables, two tables each; default 2. With all in use, page_table_alloc() finds no
   * memory.
   */
  readonly pages?: number;
  /**
   * mmu_gather batches; default 1. With all in use, tlb_remove_table() falls back, as it may at any
   * time.
   */
  readonly batches?: number;
  /** Tables that one mmu_gather collects; default 1. */
  readonly entries?: number;
  /** Whether the mm has an rcu_head, as was proposed; default false. */
  readonly mm_rcu?: boolean;
}

const MM_RCU = { rcu: rcu_head() };

/**
 * How a walker keeps a table: with interrupts off, in rcu_read_lock(), the same although its table is
 * being freed by the fallback, or as hardware does, until its TLB is flushed.
 */
export const HOW = ['irq', 'rcu', 'rcu_fallback', 'hardware'] as const;
export type How = (typeof HOW)[number];

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
    batch: heap(
      size.batches ?? 1,
      record('mmu_table_batch', {
        rcu: rcu_head(),
        nr: range(size.entries ?? 1),
        tables: array(size.entries ?? 1, record('tagged_table', { page: ref('page'), h: uint(1) })),
      }),
    ),
    /** Tables that the client has and has not begun to free: `owned[h]` is a set of pages. */
    owned: client(array(2, set_of('page'))),
    /**
     * Tables that it will never free: only used by a client that frees each table once and no more.
     */
    kept: client(array(2, set_of('page'))),
    /** Tables that nobody else may free, for somebody has locked their pmd to do so. */
    pmd_locked: client(array(2, set_of('page'))),
    /**
     * The table in which a CPU walks, read from a live pmd, and what was promised to the walker.
     */
    inside: client(
      per_cpu(record('walker', { page: ref('page'), h: uint(1), how: enumeration(...HOW) })),
    ),
    /** Tables that are handed out and not yet given back, whatever the byte says. */
    handed: ghost(array(2, set_of('page'))),
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

/** Locals that name a table. */
export interface Table {
  page: number;
  h: number;
}

/**
 * Why a list operation on page->lru is one step although its words are also those of
 * page->rcu_head.
 */
export const UNDER_LOCK =
  'page->lru and the list change under the lock of the list only, and nobody looks at them without it';

/** Why taking and giving back a page is one step. */
const PAGE_ALLOCATOR =
  'the page belongs to the page allocator alone while it prepares or checks it';

/** Why a page that no list and no pmd names yet may be filled in one step. */
export const UNPUBLISHED = 'nobody else can reach the page yet';

export function has(set: number, page: number): boolean {
  return page !== NONE && ((set >>> page) & 1) === 1;
}

export function plus(set: number, page: number): number {
  return (set | (1 << page)) >>> 0;
}

export function minus(set: number, page: number): number {
  return (set & ~(1 << page)) >>> 0;
}

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

/**
 * FREE: the destructor and __free_page(), which looks at the struct page it is given. `note` is the
 * design's own claim.
 */
export function free_page(
  b: Builder<State, { page: number }>,
  note?: (page: State['page'][number], s: State, index: number) => void,
): StepNode {
  return b.atomic(
    PAGE_ALLOCATOR,
    b.step('pgtable_pte_page_dtor(page); __free_page(page)', (s, l) => {
      const page = s.page[l.page];
      // The look at the list is the claim's own.
      const listed = data_race(() => is_listed(s, l.page));
      claim('P2', is_live(page) && page.refcount === 0 && !listed);
      note?.(page, s, l.page);
      withdraw_from_walkers(s, l.page, 0);
      withdraw_from_walkers(s, l.page, 1);
      s.deferred = minus(s.deferred, l.page);
      free(s.page, l.page);
    }),
  );
}

/** Both tables all none: memset64() in page_table_alloc(). */
export function fill(s: State, page: number): void {
  for (const table of s.page[page].table) {
    table.pte[0] = PTE_EMPTY;
    table.pte[1] = PTE_EMPTY;
  }
}

/** What list_del() leaves in page->lru. */
export function poison(s: State, page: number): void {
  s.page[page].lru.next = LIST_POISON1;
  s.page[page].lru.prev = LIST_POISON2;
}

/**
 * Ghost: a table is chosen for whoever called page_table_alloc(). In the step that sets its A bit.
 */
export function hand_out(s: State, page: number, h: number): void {
  claim('P4', !has(s.handed[h], page));
  s.handed[h] = plus(s.handed[h], page);
  withdraw_from_walkers(s, page, h);
}

/** Ghost: a table is given back. In the step that clears its A bit. */
export function take_back(s: State, page: number, h: number): void {
  s.handed[h] = minus(s.handed[h], page);
}

/**
 * Claims that no walker is inside a table that is handed out again or freed. One that is has lost
 * it and reads no more.
 */
function withdraw_from_walkers(s: State, page: number, h: number): void {
  const met = { irq: false, rcu: false, rcu_fallback: false, hardware: false };
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.page !== page || walker.h !== h) continue;
    met[walker.how] = true;
    leave_table(s, cpu);
  }
  claim('P9_irq', !met.irq);
  claim('P9_rcu_batched', !met.rcu);
  claim('P9_rcu_fallback', !met.rcu_fallback);
  claim('W_hw', !met.hardware);
}

/** Whether some CPU walks in the table. */
export function is_walked(s: State, page: number, h: number): boolean {
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    if (s.inside[cpu].page === page && s.inside[cpu].h === h) return true;
  }
  return false;
}

/** Note: the hardware keeps this table no longer, or none of the mm where none is named. */
export function flush_tlb(s: State, page = NONE, h = 0): void {
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.how !== 'hardware') continue;
    if (page === NONE || (walker.page === page && walker.h === h)) leave_table(s, cpu);
  }
}

/** Whether it is a software walker that holds rcu_read_lock(). */
export function is_rcu(walker: State['inside'][number]): boolean {
  return walker.how === 'rcu' || walker.how === 'rcu_fallback';
}

/** The walker of `cpu` is in no table. */
export function leave_table(s: State, cpu: number): void {
  const walker = s.inside[cpu];
  walker.page = NONE;
  walker.h = 0;
  walker.how = 'irq';
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
