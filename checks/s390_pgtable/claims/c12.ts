import { check, claim, claimed, reachable, word_bits } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { PTE_EMPTY, type State } from '../../../models/s390_pgtable/page.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { is_pointer, is_poison, is_table, pte_none } from '../../../models/s390_pgtable/pte.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { FIRST_XOR, fallback_is_weak, SCOPE } from '../_review.ts';

const PAGE_OFFSET = 0xfff;
const READ = 'pte = READ_ONCE(*ptep)';

/** Whatever the rest of the address, it does not end like the only value that is none. */
const ends_otherwise = (word: number) => word_bits(word, PAGE_OFFSET) !== PTE_EMPTY;

function look(s: State, pte: number): void {
  const is_list_word = is_pointer(s, pte) || is_poison(s, pte);
  claim('C12', !(is_list_word && pte_none(pte)));
  claim('C12_poison', !is_poison(s, pte) || ends_otherwise(pte));
  claim('C12_table', !is_table(s, pte) || ends_otherwise(pte));
  claim('C12_head', !is_pointer(s, pte) || is_table(s, pte) || ends_otherwise(pte));
}

/**
 * Claim C12: confirmed. A table's offset in its page is 0x000 or 0x800, so the low bits of a pointer
 * to it already differ from 0x400; those of a pointer to mm->context.pgtable_list need not, and only
 * that it does not lie in the first page of memory tells it from an empty pte.
 */
export default check(
  on_cpus(seed, { clients: 1, walk: false, walkers: 1, size: { pages: 1 }, look }),
  {
    claim:
      'C12: a table that waits for its grace period cannot be listed through itself, unless list pointers look like pte_none()',
    source: `Gerald Schaefer, 6 June 2023 (only 0x400 is pte_none()); ${seed.source}`,
    scope: SCOPE,
    properties: {
      'C12: no list pointer and no poison is pte_none()': claimed(),
      'C12_poison: LIST_POISON1 and LIST_POISON2 do not end in 0x400': claimed(),
      'C12_table: no pointer to a table ends in 0x400': claimed(),
      'C12_head: no pointer to the head of the list ends in 0x400': claimed(),
      ...properties('P8', 'P9_rcu_fallback'),
      'a walker is in a table that holds a pointer': reachable((s) => walked(s, is_pointer)),
      'a walker is in a table that holds a poison': reachable((s) => walked(s, is_poison)),
    },
    expected: {
      C12_head: { verdict: 'violated', steps: [FIRST_XOR, READ] },
      P8: { verdict: 'violated', steps: [FIRST_XOR, READ] },
      P9_rcu_fallback: fallback_is_weak,
    },
  },
);

/** Whether some walker's table holds a word of this kind. */
function walked(s: State, kind: (s: State, word: number) => boolean): boolean {
  for (const { page, h } of s.inside) {
    if (page < 0) continue;
    const { pte } = s.page[page].table[h];
    if (kind(s, pte[0]) || kind(s, pte[1])) return true;
  }
  return false;
}
