/** What walkers come to read in SEED's tables. */
import { type Expectation, NONE, type Property, reachable } from 'heddle';
import type { How } from '../../../models/pgtable/page.ts';
import { has } from '../../../models/pgtable/sets.ts';
import type { State } from '../../../models/s390_pgtable/page.ts';
import { FIRST_XOR } from '../_review.ts';

/** Some walker of this kind may read such a word next. */
export function a_walker_meets(
  how: How,
  such: (s: State, pte: number) => boolean,
): Property<State> {
  return reachable((s) => {
    for (const walker of s.inside) {
      if (walker.page === NONE || walker.how !== how) continue;
      const { pte } = s.page[walker.page].table[walker.h];
      if (such(s, pte[0]) || such(s, pte[1])) return true;
    }
    return false;
  });
}

/** Some walker of this kind is in a table that was freed, as far as its last owner is concerned. */
export function in_table_given_back(how: How): Property<State> {
  return reachable((s) => {
    for (const walker of s.inside) {
      if (walker.page === NONE || walker.how !== how) continue;
      if (!has(s.handed[walker.h], walker.page)) return true;
    }
    return false;
  });
}

/** Where the node goes into the table that a walker is in. */
export const NODE_STORED = [
  'pmd_clear(pmd)',
  FIRST_XOR,
  'list_add_tail(table): new->next = next',
] as const;

/** That there is anything but ptes to be read, claims about what becomes of it take for granted. */
export const node_is_seen: Expectation = {
  verdict: 'violated',
  steps: NODE_STORED,
  known: 'a table that waits for its grace period holds list pointers: claim C6',
};
