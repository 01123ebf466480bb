/**
 * Who looks at page tables without a lock. All enter through a pmd that is live at that moment and
 * may read any pte, any number of times, until they leave. Left out of gup_fast (mm/gup.c, 6.1 to
 * 6.6): what it does with a present pte, for here all are none; and of pte_offset_map() users: the
 * page table lock.
 */
import {
  type Builder,
  claim,
  local_irq_restore,
  local_irq_save,
  NONE,
  type Nodes,
  READ_ONCE,
  rcu_read_lock,
  rcu_read_unlock,
} from 'heddle';
import type { Operation, Table } from './functions.ts';
import { common, type How, leave_table, type State } from './page.ts';
import { has } from './sets.ts';

/** What there is to walk in, and what is looked for. */
export interface Walked {
  /** Tables of all pages. */
  readonly tables: number;
  /** Words of a table that are modelled. */
  readonly words: number;
  /** What pte_none() accepts: all ptes are none, so P8 claims that a walker reads nothing else. */
  readonly pte_none: number;
  /** Whether a pmd may name a table that the client has; default always. */
  may_enter?(s: State, how: How): boolean;
  /** What is looked for in a word that is read as a pte, beside P8; default nothing. */
  look?(s: State, pte: number, how: How): void;
}

/** W_irq and W_rcu. */
export function walkers(walked: Walked): Record<'gup_fast' | 'pte_offset_map', Operation> {
  const gup_fast: Operation = common.fn('gup_fast', (b) => [
    b.call(local_irq_save),
    walk(b, 'irq', walked),
    b.call(local_irq_restore),
  ]);
  const pte_offset_map: Operation = common.fn('pte_offset_map', (b) => [
    b.call(rcu_read_lock),
    walk(b, 'rcu', walked),
    b.call(rcu_read_unlock),
  ]);
  return { gup_fast, pte_offset_map };
}

/** From the pmd to the end of the walk. */
// biome-ignore lint/complexity/noBannedTypes: a walker keeps everything in `inside`.
export function walk(b: Builder<State, {}>, how: How, walked: Walked): Nodes {
  const { tables, words } = walked;
  return [
    b.pick('pmd = READ_ONCE(*pmdp)', tables + 1, (s, _l, k, { cpu }) => {
      // The last choice is a pmd that is none.
      return k === tables || enter_table(s, cpu, k, how, walked);
    }),
    b.loop([
      b.choose(
        [
          b.pick('pte = READ_ONCE(*ptep)', words, (s, _l, k, { cpu }) => {
            const walker = s.inside[cpu];
            if (walker.page === NONE) return false;
            read_pte(s, walker, k, how, walked);
            return true;
          }),
        ],
        [b.step('no more ptes', (s, _l, { cpu }) => leave_table(s, cpu)), b.leave()],
      ),
    ]),
  ];
}

/** Reads the k-th word of a table as a pte. */
export function read_pte(s: State, l: Table, k: number, how: How, walked: Walked): void {
  const pte = READ_ONCE(s.page[l.page].table[l.h].pte, k);
  claim('P8', pte === walked.pte_none);
  walked.look?.(s, pte, how);
}

/** Enters the k-th table, if the client has that: then a pmd may name it. */
export function enter_table(
  s: State,
  cpu: number,
  k: number,
  how: How,
  { may_enter = () => true }: Pick<Walked, 'may_enter'> = {},
): boolean {
  const page = Math.floor(k / s.owned.length);
  const h = k % s.owned.length;
  if (!has(s.owned[h], page) || !may_enter(s, how)) return false;
  s.inside[cpu].page = page;
  s.inside[cpu].h = h;
  s.inside[cpu].how = how;
  return true;
}
