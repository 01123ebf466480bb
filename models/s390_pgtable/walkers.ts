/**
 * Who looks at page tables without a lock: as everywhere, and the hardware. Those who lock the table
 * are in ptl.ts.
 */
import type { Operation } from '../pgtable/functions.ts';
import type { How } from '../pgtable/page.ts';
import { walkers as software, type Walked, walk } from '../pgtable/walkers.ts';
import { PTE_EMPTY, type State, s390 } from './page.ts';

/** What a walker looks for in the word that it reads as a pte, beside P8; pte.ts has the tests. */
export type Look = (s: State, pte: number, how: How) => void;

/** Ways to walk without a lock. */
export type Walk = 'gup_fast' | 'pte_offset_map' | 'translation';

/** The tables of a machine with `pages` pages, for those who walk in them. */
export function walked(pages: number, look?: Look): Walked {
  return { tables: 2 * pages, words: 2, pte_none: PTE_EMPTY, look };
}

/** W_irq, W_rcu and W_hw, for a machine with `pages` pages. */
export function walkers(pages: number, look?: Look): Record<Walk, Operation> {
  const tables = walked(pages, look);
  /** The CPU itself, by a segment-table entry it has cached: the next flush takes that away. */
  const translation: Operation = s390.fn('dynamic_address_translation', (b) =>
    walk(b, 'hardware', tables),
  );
  return { ...software(tables), translation };
}
