/**
 * What the most general clients of all designs share: any number of allocations, of the ways to free
 * a table, and of walks, in any order. A table is freed once. pte_free() gets it only while nobody
 * walks in it: either no pmd ever named it, or its pmd was cleared and every walker has been waited
 * for. free_pgtables() gets it right after its pmd was cleared, walkers inside or not. That a table
 * is linked into a pmd is seen by nobody but walkers, so it is no step of its own: a walker may find
 * any table that the client has, and none from the step that takes it out of the client's hands.
 */
import { bits, NONE, ref } from 'heddle';
import type {
  AllocFn,
  GatherFn,
  GatherTableFn,
  Operation,
  Table,
  TableFn,
  TableParams,
} from './functions.ts';
import { common, is_walked, type State } from './page.ts';
import { has, minus, plus } from './sets.ts';

/** Takes the k-th table out of the client's hands, if it is there: whoever took it frees it. */
export function take(s: State, l: Table, k: number): boolean {
  return take_from(s.owned, l, k);
}

/** Takes the k-th table out of these sets, one for each table of a page, if it is there. */
export function take_from(sets: State['owned'], l: Table, k: number): boolean {
  const page = Math.floor(k / sets.length);
  const h = k % sets.length;
  if (!has(sets[h], page)) return false;
  sets[h] = minus(sets[h], page);
  l.page = page;
  l.h = h;
  return true;
}

/** Puts a table into the client's hands. */
function give(s: State, l: Table): void {
  s.owned[l.h] = plus(s.owned[l.h], l.page);
}

/** Whether some CPU walks in the k-th table. */
export function is_kth_walked(s: State, k: number): boolean {
  return is_walked(s, Math.floor(k / s.owned.length), k % s.owned.length);
}

/** Who gets a table that was allocated. */
export interface Hands {
  give(s: State, l: Table): void;
}

/** The tables of a client. */
export interface Tables {
  /** What names a table. */
  readonly table: TableParams;
  /** Tables of all pages. */
  readonly tables: number;
  /** As `take` above, if that table may be taken. */
  take(s: State, l: Table, k: number): boolean;
}

/** `give` puts the new table into somebody's hands; default the client's. */
export function pte_alloc(table: TableParams, alloc: AllocFn, hands: Hands = { give }): Operation {
  return common.fn('__pte_alloc', { locals: table }, (b) => [
    b.call(alloc, undefined, (l, callee) => {
      l.page = callee.page;
      l.h = callee.h;
    }),
    b.when('there was memory', (l) => l.page !== NONE, [
      b.step('pmd_populate(mm, pmd, table)', (s, l) => hands.give(s, l)),
    ]),
  ]);
}

/** Frees a table at once. */
export function pte_free(from: Tables, free: TableFn): Operation {
  return common.fn('pte_free', { locals: from.table }, (b) => [
    b.pick('table that nobody walks in', from.tables, (s, l, k) => {
      return !is_kth_walked(s, k) && from.take(s, l, k);
    }),
    b.call(free, (l) => ({ page: l.page, h: l.h })),
  ]);
}

/** munmap(): clears up to `entries` pmds and hands their tables to one mmu_gather, which it finishes. */
export function free_pgtables(
  from: Tables,
  entries: number,
  free_tlb: GatherTableFn,
  tlb_finish_mmu: GatherFn,
): Operation {
  const locals = { ...from.table, tlb: ref('batch'), gathered: bits(3) };
  return common.fn('free_pgtables', { locals }, (b) => {
    const free_pte_range = [
      b.pick('pmd_clear(pmd)', from.tables, (s, l, k) => from.take(s, l, k)),
      b.call(
        free_tlb,
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

/** Any number of these operations, in any order. */
export function any_of(name: string, operations: readonly Operation[]): Operation {
  return common.fn(name, (b) => [b.client(...operations.map((one) => b.call(one)))]);
}
