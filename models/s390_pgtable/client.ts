/**
 * The most general client of a design: any number of allocations, of the ways to free a table, and
 * of walks, in any order. A table is freed once. page_table_free() gets it only while nobody walks
 * in it: either no pmd ever named it, or its pmd was cleared and every walker has been waited for.
 * The others get it right after its pmd was cleared, walkers inside or not. That a table is linked
 * into a pmd is seen by nobody but walkers, so it is no step of its own: a walker may find any
 * table that the client has, and none from the step that takes it out of the client's hands.
 */
import { type AnyFn, bits, type Fields, type Fn, NONE, ref, uint } from 'heddle';
import {
  type Fallback,
  type GatherFn,
  type GatherTableFn,
  mmu_gather,
  type TableFn,
  type TableParams,
} from './batch.ts';
import {
  flush_tlb,
  has,
  is_rcu,
  is_walked,
  minus,
  plus,
  type State,
  s390,
  type Table,
} from './page.ts';

type Nothing = Record<never, never>;
/** A function that a CPU can run as it is. */
export type Operation = Fn<Nothing, Fields>;

/** The functions of a design that a client calls, under the kernel's names. */
export interface Functions {
  /**
   * Its locals `page` and `h` hold the table it returns; `page` is NONE where there was no memory.
   */
  readonly page_table_alloc: Fn<Nothing, TableParams>;
  readonly page_table_free: TableFn;
  readonly page_table_free_rcu: (tlb_remove_table: GatherTableFn) => GatherTableFn;
  readonly __tlb_remove_table: TableFn;
  readonly pte_free_defer?: TableFn;
  /** What else a task does with its mm. */
  readonly also?: readonly Operation[];
  /** Whether somebody may make the VMA VM_NOHUGEPAGE, so that khugepaged's look at it matters. */
  readonly looks_at_vma?: boolean;
}

export const TABLE = { page: ref('page'), h: uint(1) };

export interface Reach {
  /** Pages of the machine. */
  readonly pages: number;
  /** Tables that one mmu_gather collects. */
  readonly entries: number;
  /**
   * Tables allocated on the way are kept for good, so that only those of the first page are ever
   * freed.
   */
  readonly once: boolean;
  /** What mmu_gather does without memory for a batch. */
  readonly fallback: Fallback;
  /** Only the lower tables of pages are ever deferred. */
  readonly defer_lower: boolean;
  /** Tables are unmapped only when nobody walks in them under rcu_read_lock(). */
  readonly detached: boolean;
}

/** Takes the k-th table out of the client's hands, if it is there: whoever took it frees it. */
export function take(s: State, l: Table, k: number): boolean {
  if (!may_take(s, k)) return false;
  const page = k >>> 1;
  const h = k & 1;
  s.owned[h] = minus(s.owned[h], page);
  l.page = page;
  l.h = h;
  return true;
}

/** Whether the k-th table is in the client's hands, and in nobody else's. */
export function may_take(s: State, k: number): boolean {
  return has(s.owned[k & 1], k >>> 1) && !has(s.pmd_locked[k & 1], k >>> 1);
}

/** What a task does with its own mm, and the callbacks of its batches. */
export function operations(design: Functions, reach: Reach) {
  const { page_table_alloc, page_table_free } = design;
  const tables = 2 * reach.pages;

  const pte_alloc: Operation = s390.fn('__pte_alloc', { locals: TABLE }, (b) => [
    b.call(page_table_alloc, undefined, (l, callee) => {
      l.page = callee.page;
      l.h = callee.h;
    }),
    b.when('there was memory', (l) => l.page !== NONE, [
      b.step('pmd_populate(mm, pmd, table)', (s, l) => {
        const tables = reach.once ? s.kept : s.owned;
        tables[l.h] = plus(tables[l.h], l.page);
      }),
    ]),
  ]);

  const pte_free: Operation = s390.fn('pte_free', { locals: TABLE }, (b) => [
    b.pick('table that nobody walks in', tables, (s, l, k) => {
      return !is_walked(s, k >>> 1, k & 1) && take(s, l, k);
    }),
    b.call(page_table_free, (l) => ({ page: l.page, h: l.h })),
  ]);

  const gather = mmu_gather(design.__tlb_remove_table, reach.fallback);
  const unmap = reach.detached ? take_unwalked : take;
  const free_rcu = design.page_table_free_rcu(gather.tlb_remove_table);
  const callbacks: Readonly<Record<string, AnyFn>> = gather.callbacks;
  return {
    tasks: [
      pte_alloc,
      pte_free,
      free_pgtables(free_rcu, gather.tlb_finish_mmu, reach, unmap),
      ...(design.also ?? []),
    ],
    callbacks,
    /** free_pgtables() at exit: of all tables that are left. */
    free_all: free_pgtables(free_rcu, gather.tlb_finish_mmu, { ...reach, entries: 1 }, take_left),
  };
}

/** munmap(): clears pmds and hands their tables to one mmu_gather, which it finishes. */
function free_pgtables(
  page_table_free_rcu: GatherTableFn,
  tlb_finish_mmu: GatherFn,
  { pages, entries }: Reach,
  take: (s: State, l: Table, k: number) => boolean,
): Operation {
  const locals = { ...TABLE, tlb: ref('batch'), gathered: bits(3) };
  return s390.fn('free_pgtables', { locals }, (b) => {
    const free_pte_range = [
      b.pick('pmd_clear(pmd)', 2 * pages, take),
      b.call(
        page_table_free_rcu,
        (l) => ({ tlb: l.tlb, page: l.page, h: l.h }),
        (l, callee) => {
          l.tlb = callee.tlb;
          // The table is gone: which one it was must not tell states apart.
          l.page = NONE;
          l.h = 0;
        },
      ),
    ];
    const gather = b.loop([
      free_pte_range,
      b.local((l) => {
        l.gathered = l.tlb === NONE ? entries : l.gathered + 1;
      }),
      b.when('the batch is full or there is none', (l) => l.gathered === entries, [b.leave()]),
      b.choose([b.leave()], []),
    ]);
    return [
      entries === 1 ? free_pte_range : gather,
      b.call(tlb_finish_mmu, (l) => ({ tlb: l.tlb })),
    ];
  });
}

/**
 * As `take`, where the VMA was detached from its file before: whoever would come by that and hold
 * no more than rcu_read_lock() is gone.
 */
function take_unwalked(s: State, l: Table, k: number): boolean {
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.page === k >>> 1 && walker.h === (k & 1) && is_rcu(walker)) return false;
  }
  return take(s, l, k);
}

/** As `take`, of what the client kept as well. */
function take_left(s: State, l: Table, k: number): boolean {
  if (take(s, l, k)) return true;
  const page = k >>> 1;
  const h = k & 1;
  if (!has(s.kept[h], page)) return false;
  s.kept[h] = minus(s.kept[h], page);
  l.page = page;
  l.h = h;
  return true;
}

/**
 * retract_page_tables(): the pmd is cleared and flushed, whoever walks may still be inside. Left
 * out: its look at the VMA, the pmd lock and the page table lock, which keep out what no client does.
 */
export function retract_page_tables(
  pte_free_defer: TableFn,
  reach: Reach,
  looks_at_vma = false,
): Operation {
  const tables = 2 * reach.pages;
  return s390.fn('retract_page_tables', { locals: TABLE }, (b) => [
    looks_at_vma ? b.until('hugepage_vma_revalidate(vma)', may_be_huge) : [],
    b.pick('pmdp_collapse_flush(vma, addr, pmd)', looks_at_vma ? tables + 1 : tables, (s, l, k) => {
      // Meanwhile there may be nothing left to collapse.
      return k === tables || collapse(s, l, k, reach);
    }),
    b.when('a table was taken', (l) => l.page !== NONE, [
      b.call(pte_free_defer, (l) => ({ page: l.page, h: l.h })),
    ]),
  ]);
}

/** Looked at under the mmap_lock, which collapse_file() has dropped when it comes here. */
function may_be_huge(s: State): boolean {
  return !s.mmap_write_locked && !s.i_mmap.nohugepage;
}

/** pmdp_collapse_flush(): no pmd names the k-th table any more, and no TLB either. */
export function collapse(s: State, l: Table, k: number, { defer_lower }: Reach): boolean {
  if (defer_lower && (k & 1) === 1) return false;
  if (!take(s, l, k)) return false;
  flush_tlb(s, l.page, l.h);
  return true;
}
