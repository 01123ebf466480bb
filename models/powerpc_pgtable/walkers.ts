/**
 * Who looks at page tables without a lock. Both enter through a pmd that is live at that moment and
 * may read any pte, any number of times, until they leave. gup_fast() walks the mm of its own task,
 * so none is under way while that exits; whoever comes by the rmap holds rcu_read_lock() and no
 * mm_users, and may be. Left out of gup_fast (mm/gup.c): what it does with a present pte, for here
 * all are none; and of pte_offset_map() users: the page table lock.
 */
import {
  type Builder,
  claim,
  local_irq_restore,
  local_irq_save,
  NONE,
  type Nodes,
  rcu_read_lock,
  rcu_read_unlock,
} from 'heddle';
import { has, leave_table, PTE_NONE, powerpc, type State } from './page.ts';

/** W_irq and W_rcu, for a machine with `pages` pages of `fragments` fragments. */
export function walkers(pages: number, fragments: number) {
  const gup_fast = powerpc.fn('gup_fast', (b) => [
    b.call(local_irq_save),
    walk(b, pages, fragments, false),
    b.call(local_irq_restore),
  ]);
  const pte_offset_map = powerpc.fn('pte_offset_map', (b) => [
    b.call(rcu_read_lock),
    walk(b, pages, fragments, true),
    b.call(rcu_read_unlock),
  ]);
  return { gup_fast, pte_offset_map };
}

function walk(
  // biome-ignore lint/complexity/noBannedTypes: a walker keeps everything in `inside`.
  b: Builder<State, {}>,
  pages: number,
  fragments: number,
  rcu: boolean,
): Nodes {
  const tables = fragments * pages;
  return [
    b.pick('pmd = READ_ONCE(*pmdp)', tables + 1, (s, _l, k, ctx) => {
      // The last choice is a pmd that is none.
      return k === tables || enter_table(s, ctx.cpu, Math.floor(k / fragments), k % fragments, rcu);
    }),
    b.loop([
      b.choose(
        [
          b.step('pte = READ_ONCE(*ptep)', (s, _l, ctx) => {
            const { page, h } = s.inside[ctx.cpu];
            if (page !== NONE) claim('P8', s.page[page].fragment[h].pte === PTE_NONE);
          }),
        ],
        [b.step('no more ptes', (s, _l, ctx) => leave_table(s, ctx.cpu)), b.leave()],
      ),
    ]),
  ];
}

/** Enters a table of the client, if that has it: then a pmd may name it. */
function enter_table(s: State, cpu: number, page: number, h: number, rcu: boolean): boolean {
  if (!has(s.owned[h], page) || (s.exiting && !rcu)) return false;
  s.inside[cpu].page = page;
  s.inside[cpu].h = h;
  s.inside[cpu].rcu = rcu;
  return true;
}
