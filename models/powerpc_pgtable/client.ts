/**
 * The most general client of a design: any number of allocations, of the ways to free a fragment,
 * of walks, and of exits, in any order. A fragment is freed once. pte_free() gets it only while
 * nobody walks in it: either no pmd ever named it, or its pmd was cleared and every walker has been
 * waited for. The others get it right after its pmd was cleared, walkers inside or not. That a table
 * is linked into a pmd is seen by nobody but walkers, so it is no step of its own: a walker may find
 * any table that the client has, and none from the step that takes it out of the client's hands.
 */
import { bits, type Fields, type Fn, NONE, NULL, ref } from 'heddle';
import type { GatherFn, GatherTableFn, TableFn, TableParams } from './batch.ts';
import {
  fragment_index,
  has,
  is_walked,
  minus,
  plus,
  powerpc,
  type State,
  type Table,
} from './page.ts';

type Nothing = Record<never, never>;
/** A function that a CPU can run as it is. */
export type Operation = Fn<Nothing, Fields>;

/** The functions of a design that a client calls. */
export interface Functions {
  /** Its locals `page` and `h` hold what it returns; `page` is NONE where there was no memory. */
  readonly pte_alloc_one: Fn<Nothing, TableParams>;
  readonly pte_free: TableFn;
  readonly pte_free_tlb: GatherTableFn;
  readonly tlb_finish_mmu: GatherFn;
  readonly pte_free_defer: TableFn;
  /** At the beginning of exit_mmap(), where the architecture has one. */
  readonly pte_frag_destroy?: Operation;
}

export interface Reach {
  /** Pages of the machine. */
  readonly pages: number;
  /** Fragments of a page. */
  readonly fragments: number;
  /** Tables that one mmu_gather collects. */
  readonly entries: number;
}

const TABLE = { page: ref('page'), h: fragment_index() };

/** Takes the k-th table out of the client's hands, if it is there: whoever took it frees it. */
function take(s: State, l: Table, k: number): boolean {
  const page = Math.floor(k / s.owned.length);
  const h = k % s.owned.length;
  if (!has(s.owned[h], page)) return false;
  s.owned[h] = minus(s.owned[h], page);
  l.page = page;
  l.h = h;
  return true;
}

/** What a task does with its own mm, what khugepaged does with it, and its end. */
export function operations(design: Functions, reach: Reach) {
  const tables = reach.pages * reach.fragments;

  const pte_alloc = powerpc.fn('__pte_alloc', { locals: TABLE }, (b) => [
    b.call(design.pte_alloc_one, undefined, (l, callee) => {
      l.page = callee.page;
      l.h = callee.h;
    }),
    b.when('there was memory', (l) => l.page !== NONE, [
      b.step('pmd_populate(mm, pmd, table)', (s, l) => {
        s.owned[l.h] = plus(s.owned[l.h], l.page);
      }),
    ]),
  ]);

  const pte_free = powerpc.fn('pte_free', { locals: TABLE }, (b) => [
    b.pick('table that nobody walks in', tables, (s, l, k) => {
      const page = Math.floor(k / s.owned.length);
      return !is_walked(s, page, k % s.owned.length) && take(s, l, k);
    }),
    b.call(design.pte_free, (l) => ({ page: l.page, h: l.h })),
  ]);

  const free_tables = free_pgtables(design, tables, reach.entries);

  // khugepaged comes by the rmap and needs no mm_users: it may be at work while the mm exits.
  const retract = powerpc.fn('retract_page_tables', { locals: TABLE }, (b) => [
    b.pick('pmdp_collapse_flush(vma, addr, pmd)', tables, take),
    b.call(design.pte_free_defer, (l) => ({ page: l.page, h: l.h })),
  ]);

  return { task: [pte_alloc, pte_free, free_tables], retract, exit: exit(design, free_tables) };
}

/** munmap(): clears pmds and hands their tables to one mmu_gather, which it finishes. */
function free_pgtables(design: Functions, tables: number, entries: number): Operation {
  const { pte_free_tlb, tlb_finish_mmu } = design;
  const locals = { ...TABLE, tlb: ref('batch'), gathered: bits(3) };
  return powerpc.fn('free_pgtables', { locals }, (b) => {
    const free_pte_range = [
      b.pick('pmd_clear(pmd)', tables, take),
      b.call(
        pte_free_tlb,
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
 * The last mmput(): the only task of the mm gives back what it never handed out, then frees all
 * tables that are still there. The next mm begins with no fragment.
 */
function exit({ pte_frag_destroy }: Functions, free_tables: Operation): Operation {
  return powerpc.fn('exit_mmap', (b) => [
    b.pick('mmput(mm): mm_users is 0', 1, (s) => {
      for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
        if (s.inside[cpu].page !== NONE && !s.inside[cpu].rcu) return false;
      }
      s.exiting = true;
      return true;
    }),
    pte_frag_destroy === undefined ? [] : b.call(pte_frag_destroy),
    b.loop([
      b.choose([b.call(free_tables)], [b.until('no table is left', none_is_left), b.leave()]),
    ]),
    b.step('free_mm(mm); init_new_context(mm)', (s) => {
      s.mm.context.pte_frag = NULL;
      s.exiting = false;
    }),
  ]);
}

function none_is_left(s: State): boolean {
  for (let h = 0; h < s.owned.length; h += 1) if (s.owned[h] !== 0) return false;
  return true;
}
