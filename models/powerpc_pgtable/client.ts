/**
 * The most general client of a design, as in ../pgtable/client.ts, with the ways to free a fragment
 * that powerpc has, and exits.
 */
import { NONE, NULL } from 'heddle';
import { free_pgtables, pte_alloc, pte_free, take } from '../pgtable/client.ts';
import type { AllocFn, GatherFn, GatherTableFn, Operation, TableFn } from '../pgtable/functions.ts';
import { is_rcu } from '../pgtable/page.ts';
import { powerpc, type State, TABLE } from './page.ts';

/** The functions of a design that a client calls. */
export interface Functions {
  readonly pte_alloc_one: AllocFn;
  readonly pte_free: TableFn;
  readonly pte_free_tlb: GatherTableFn;
  readonly tlb_finish_mmu: GatherFn;
  readonly pte_free_defer: TableFn;
  /** At the beginning of exit_mmap(), where the architecture has one. */
  readonly pte_frag_destroy?: Operation;
}

/** What a task does with its own mm, what khugepaged does with it, and its end. */
export function operations(design: Functions, tables: number, entries: number) {
  const from = { table: TABLE, tables, take };
  const free_tables = free_pgtables(from, entries, design.pte_free_tlb, design.tlb_finish_mmu);

  // khugepaged comes by the rmap and needs no mm_users: it may be at work while the mm exits.
  const retract: Operation = powerpc.fn('retract_page_tables', { locals: TABLE }, (b) => [
    b.pick('pmdp_collapse_flush(vma, addr, pmd)', tables, take),
    b.call(design.pte_free_defer, (l) => ({ page: l.page, h: l.h })),
  ]);

  return {
    task: [pte_alloc(TABLE, design.pte_alloc_one), pte_free(from, design.pte_free), free_tables],
    retract,
    exit: exit(design, free_tables),
  };
}

/**
 * The last mmput(): the only task of the mm gives back what it never handed out, then frees all
 * tables that are still there. The next mm begins with no fragment.
 */
function exit({ pte_frag_destroy }: Functions, free_tables: Operation): Operation {
  return powerpc.fn('exit_mmap', (b) => [
    b.pick('mmput(mm): mm_users is 0', 1, (s) => {
      for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
        if (s.inside[cpu].page !== NONE && !is_rcu(s.inside[cpu])) return false;
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
