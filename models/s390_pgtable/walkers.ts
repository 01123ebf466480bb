/**
 * Who looks at page tables without a lock. All enter through a pmd that is live at that moment and
 * may read any pte, any number of times, until they leave. Left out of gup_fast (mm/gup.c, 6.1):
 * what it does with a present pte, for here all are none. Those who lock the table are in ptl.ts.
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
import type { Operation } from './client.ts';
import { type How, has, leave_table, PTE_EMPTY, type State, s390, type Table } from './page.ts';

/** What a walker looks for in the word that it reads as a pte, beside P8; pte.ts has the tests. */
export type Look = (s: State, pte: number, how: How) => void;

/** Ways to walk without a lock. */
export type Walk = 'gup_fast' | 'pte_offset_map' | 'translation';

/** W_irq, W_rcu and W_hw, for a machine with `pages` pages. */
export function walkers(pages: number, look: Look = () => undefined): Record<Walk, Operation> {
  const gup_fast: Operation = s390.fn('gup_fast', (b) => [
    b.call(local_irq_save),
    walk(b, pages, 'irq', look),
    b.call(local_irq_restore),
  ]);
  const pte_offset_map: Operation = s390.fn('pte_offset_map', (b) => [
    b.call(rcu_read_lock),
    walk(b, pages, 'rcu', look),
    b.call(rcu_read_unlock),
  ]);
  /** The CPU itself, by a segment-table entry it has cached: the next flush takes that away. */
  const translation: Operation = s390.fn('dynamic_address_translation', (b) =>
    walk(b, pages, 'hardware', look),
  );
  return { gup_fast, pte_offset_map, translation };
}

// biome-ignore lint/complexity/noBannedTypes: a walker keeps everything in `inside`.
function walk(b: Builder<State, {}>, pages: number, how: How, look: Look): Nodes {
  return [
    b.pick('pmd = READ_ONCE(*pmdp)', 2 * pages + 1, (s, _l, k, ctx) => {
      const page = k >>> 1;
      // The last choice is a pmd that is none.
      return k === 2 * pages || enter_table(s, ctx.cpu, page, k & 1, how);
    }),
    b.loop([
      b.choose(
        [
          b.pick('pte = READ_ONCE(*ptep)', 2, (s, _l, k, ctx) => {
            const walker = s.inside[ctx.cpu];
            if (walker.page === NONE) return false;
            read_pte(s, walker, k, how, look);
            return true;
          }),
        ],
        [b.step('no more ptes', (s, _l, ctx) => leave_table(s, ctx.cpu)), b.leave()],
      ),
    ]),
  ];
}

/** Reads the k-th word of a table as a pte. */
export function read_pte(s: State, { page, h }: Table, k: number, how: How, look: Look): void {
  const pte = READ_ONCE(s.page[page].table[h].pte, k);
  claim('P8', pte === PTE_EMPTY);
  look(s, pte, how);
}

/** Enters a table of the client, if that has it: then a pmd may name it. */
export function enter_table(s: State, cpu: number, page: number, h: number, how: How): boolean {
  if (!has(s.owned[h], page)) return false;
  s.inside[cpu].page = page;
  s.inside[cpu].h = h;
  s.inside[cpu].how = how;
  return true;
}
