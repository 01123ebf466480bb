import { type Check, check, claim, claimed, type Expectation } from 'heddle';
import { base } from '../../../models/s390_pgtable/base.ts';
import { type Cpus, type Design, on_cpus } from '../../../models/s390_pgtable/design.ts';
import type { Size, State } from '../../../models/s390_pgtable/page.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import {
  is_invalid,
  is_poison,
  is_table,
  maps_writable,
} from '../../../models/s390_pgtable/pte.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { SCOPE } from '../_review.ts';
import { in_table_given_back, NODE_STORED } from './_words.ts';

const READ = 'pte = READ_ONCE(*ptep)';
/** Two tables of one page unmapped by one munmap(), or one at a time of two pages. */
const neighbours = { pages: 1, entries: 2 };
const two_pages = { pages: 2, entries: 1 };

/** What the hardware may find, and the sentence that says it does not. */
const SENTENCES = {
  C9: 'the hardware reads nothing but invalid entries',
  C9_poison: 'the hardware maps nothing to be written by a list poison',
  C9_table: 'the hardware maps no page tables to be written by a list pointer',
} as const;
type Id = keyof typeof SENTENCES;

const TRUE: Readonly<Record<Id, (s: State, pte: number) => boolean>> = {
  C9: (_s, pte) => is_invalid(pte),
  C9_poison: (s, pte) => !is_poison(s, pte) || !maps_writable(pte),
  C9_table: (s, pte) => !is_table(s, pte) || !maps_writable(pte),
};

/** One CPU allocates and frees; the hardware of another walks by entries that it still has. */
function hardware_walks(
  design: Design,
  size: Size,
  ids: readonly Id[],
  expected: Readonly<Record<string, Expectation>> = {},
): Check<State> {
  const cpus: Cpus = {
    clients: 1,
    walk: false,
    walkers: 1,
    only: ['translation'],
    size,
    look: (s, pte) => {
      for (const id of ids) claim(id, TRUE[id](s, pte));
    },
  };
  return check(on_cpus(design, cpus), {
    claim:
      'C9: in a table whose TLB is yet to be flushed the hardware finds nothing but invalid entries',
    source: `${design.source}; z/Architecture Principles of Operation, dynamic address translation`,
    scope: SCOPE,
    properties: {
      ...Object.fromEntries(ids.map((id) => [`${id}: ${SENTENCES[id]}`, claimed<State>()])),
      ...properties('P8', 'W_hw'),
      'the hardware is in a table that was given back': in_table_given_back('hardware'),
    },
    expected,
  });
}

const stored: Expectation = { verdict: 'violated', steps: [...NODE_STORED, READ] };

/**
 * Claim C9, refuted of SEED. A poison and the address of a lower table are valid entries to the
 * hardware, and by no means read-only: the one maps page 0, the other the page of page tables
 * itself. The flush comes too late for both. BASE and V3 write nothing into tables.
 */
export default {
  c9_seed: hardware_walks(seed, neighbours, ['C9', 'C9_poison'], {
    C9: stored,
    P8: stored,
    // The buddy is freed by the same munmap(), before the flush.
    C9_poison: {
      verdict: 'violated',
      steps: [...NODE_STORED, 'list_del(buddy): entry->next = LIST_POISON1', READ],
    },
  }),
  c9_seed_two_pages: hardware_walks(seed, two_pages, ['C9', 'C9_table'], {
    C9: stored,
    P8: stored,
    C9_table: { verdict: 'violated', steps: [READ] },
  }),
  c9_base: hardware_walks(base, neighbours, ['C9']),
  c9_v3: hardware_walks(v3, neighbours, ['C9']),
};
