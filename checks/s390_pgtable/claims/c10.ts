import { type Check, type CheckOptions, check, claim, claimed, type Expectation } from 'heddle';
import { base } from '../../../models/s390_pgtable/base.ts';
import { type Cpus, type Design, on_cpus } from '../../../models/s390_pgtable/design.ts';
import type { State } from '../../../models/s390_pgtable/page.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { is_poison, is_swap_pte, is_table, pte_swap } from '../../../models/s390_pgtable/pte.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { fallback_is_weak, SCOPE } from '../_review.ts';
import { a_walker_meets, in_table_given_back, NODE_STORED } from './_words.ts';

const READ = 'pte = READ_ONCE(*ptep)';

/** What such a walker may be taken in by, and the sentence that says it is not. */
const SENTENCES = {
  C10: 'is_swap_pte() is true of nothing that a walker reads',
  C10_poison: 'is_swap_pte() is true of no list poison',
  C10_s390: "s390's pte_swap() is true of nothing that a walker reads",
  C10_s390_poison: "s390's pte_swap() is true of no list poison",
  C10_s390_table: "s390's pte_swap() is true of no table's address",
} as const;
type Id = keyof typeof SENTENCES;

const TRUE: Readonly<Record<Id, (s: State, pte: number) => boolean>> = {
  C10: (_s, pte) => !is_swap_pte(pte),
  C10_poison: (s, pte) => !is_poison(s, pte) || !is_swap_pte(pte),
  C10_s390: (_s, pte) => !pte_swap(pte),
  C10_s390_poison: (s, pte) => !is_poison(s, pte) || !pte_swap(pte),
  C10_s390_table: (s, pte) => !is_table(s, pte) || !pte_swap(pte),
};

/** A walker in rcu_read_lock() that asks of every word whether it is a swap entry. */
function looks_for_swap(
  design: Design,
  pages: number,
  ids: readonly Id[],
  own: Pick<CheckOptions<State>, 'properties' | 'expected'> = {},
): Check<State> {
  const cpus: Cpus = {
    clients: 1,
    walk: false,
    walkers: 1,
    only: ['pte_offset_map'],
    size: { pages },
    look: (s, pte) => {
      for (const id of ids) claim(id, TRUE[id](s, pte));
    },
  };
  return check(on_cpus(design, cpus), {
    claim: 'C10: a walker that takes what is neither none nor present for a swap entry meets none',
    source: `the thread about ${design.source}; is_swap_pte(), include/linux/swapops.h, Linux 6.1`,
    scope: SCOPE,
    properties: {
      ...Object.fromEntries(ids.map((id) => [`${id}: ${SENTENCES[id]}`, claimed<State>()])),
      ...properties('P8', 'P9_rcu_batched', 'P9_rcu_fallback'),
      'a walker is in a table that was given back': in_table_given_back('rcu'),
      ...own.properties,
    },
    expected: { P9_rcu_fallback: fallback_is_weak, ...own.expected },
  });
}

const stored: Expectation = { verdict: 'violated', steps: [...NODE_STORED, READ] };

/**
 * Claim C10, refuted of SEED: every list pointer and poison passes for a swap entry, and whoever
 * looks up its swap device gets garbage. The stricter pte_swap() of s390 is taken in by one word
 * alone, the address of mm->context.pgtable_list, if its bit 0x200 happens to be set: tables are
 * aligned to 2K, and the poisons have that bit clear.
 */
export default {
  c10_seed: looks_for_swap(seed, 2, Object.keys(SENTENCES) as Id[], {
    properties: {
      "a walker is in a table that holds another table's address": a_walker_meets('rcu', is_table),
      'a walker is in a table that holds poison': a_walker_meets('rcu', is_poison),
    },
    expected: {
      C10: stored,
      C10_poison: {
        verdict: 'violated',
        steps: ['list_del(buddy): entry->next = LIST_POISON1', READ],
      },
      C10_s390: stored,
      P8: stored,
    },
  }),
  c10_base: looks_for_swap(base, 1, ['C10', 'C10_s390']),
  c10_v3: looks_for_swap(v3, 1, ['C10', 'C10_s390']),
};
