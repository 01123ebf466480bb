/**
 * The most general client of a design, as in ../pgtable/client.ts, with what s390's designs are asked
 * beside. retract_page_tables() gets a table right after its pmd was cleared, as free_pgtables() does.
 */
import { type AnyFn, NONE } from 'heddle';
import type { Fallback } from '../pgtable/batch.ts';
import {
  take as common_take,
  free_pgtables,
  pte_alloc,
  pte_free,
  take_from,
} from '../pgtable/client.ts';
import type { AllocFn, GatherTableFn, Operation, Table, TableFn } from '../pgtable/functions.ts';
import { is_rcu } from '../pgtable/page.ts';
import { has, plus } from '../pgtable/sets.ts';
import { mmu_gather } from './batch.ts';
import { flush_tlb, type State, s390, TABLE } from './page.ts';

/** The functions of a design that a client calls, under the kernel's names. */
export interface Functions {
  readonly page_table_alloc: AllocFn;
  readonly page_table_free: TableFn;
  readonly page_table_free_rcu: (tlb_remove_table: GatherTableFn) => GatherTableFn;
  readonly __tlb_remove_table: TableFn;
  readonly pte_free_defer?: TableFn;
  /** What else a task does with its mm. */
  readonly also?: readonly Operation[];
  /** Whether somebody may make the VMA VM_NOHUGEPAGE, so that khugepaged's look at it matters. */
  readonly looks_at_vma?: boolean;
}

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

/** Takes the k-th table out of the client's hands, if it is there and nobody is about to free it. */
export function take(s: State, l: Table, k: number): boolean {
  return may_take(s, k) && common_take(s, l, k);
}

/** Whether the k-th table is in the client's hands, and in nobody else's. */
export function may_take(s: State, k: number): boolean {
  return has(s.owned[k & 1], k >>> 1) && !has(s.pmd_locked[k & 1], k >>> 1);
}

/** As common `give`, but for good. */
function keep(s: State, l: Table): void {
  s.kept[l.h] = plus(s.kept[l.h], l.page);
}

/** What a task does with its own mm, and the callbacks of its batches. */
export function operations(design: Functions, reach: Reach) {
  const from = { table: TABLE, tables: 2 * reach.pages, take };
  const gather = mmu_gather(design.__tlb_remove_table, reach.fallback);
  const free_rcu = design.page_table_free_rcu(gather.tlb_remove_table);
  const unmap = (take: typeof from.take, entries: number) =>
    free_pgtables({ ...from, take }, entries, free_rcu, gather.tlb_finish_mmu);
  const callbacks: Readonly<Record<string, AnyFn>> = gather.callbacks;
  return {
    tasks: [
      pte_alloc(TABLE, design.page_table_alloc, reach.once ? { give: keep } : undefined),
      pte_free(from, design.page_table_free),
      unmap(reach.detached ? take_unwalked : take, reach.entries),
      ...(design.also ?? []),
    ],
    callbacks,
    /** free_pgtables() at exit: of all tables that are left. */
    free_all: unmap(take_left, 1),
  };
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
  return take(s, l, k) || take_from(s.kept, l, k);
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
