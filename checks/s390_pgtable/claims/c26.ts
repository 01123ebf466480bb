import { address_of, always, check, word_bits } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import type { State } from '../../../models/s390_pgtable/page.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { SCOPE } from '../_review.ts';

const PAGE_SHIFT = 12;
const PAGE_OFFSET = 2 ** PAGE_SHIFT - 1;
const PTRS_PER_PTE = 256;

/** What the patch computes from a table, as an offset into its page, and what is to come out. */
interface Arithmetic {
  readonly table: number;
  readonly buddy: number;
  readonly other: number;
}

/**
 * Hunk d: `listed` goes 256 longs on, and where virt_to_page() is then another page, PTRS_PER_PTE
 * list_heads back. All sizes and addresses are those of the schema.
 */
function arithmetic(s: State, page: number, h: number): Arithmetic {
  const { node } = s.page[page].table[h];
  const sizeof_long = address_of(node, 'prev') - address_of(node, 'next');
  const table = word_bits(address_of(node), PAGE_OFFSET);
  let buddy = table + PTRS_PER_PTE * sizeof_long;
  if (buddy >>> PAGE_SHIFT !== 0) buddy -= PTRS_PER_PTE * 2 * sizeof_long;
  const other = word_bits(address_of(s.page[page].table[1 - h].node), PAGE_OFFSET);
  return { table, buddy, other };
}

/** Whether it is true of both halves of every page. */
function of_both(s: State, predicate: (numbers: Arithmetic) => boolean): boolean {
  for (let page = 0; page < s.page.length; page += 1) {
    for (const h of [0, 1]) if (!predicate(arithmetic(s, page, h))) return false;
  }
  return true;
}

/** Claim C26: confirmed. */
export default check(on_cpus(seed, { clients: 1, walk: false, size: { pages: 1 } }), {
  claim: 'C26: going PTRS_PER_PTE list_heads back from beyond the page leads to the buddy',
  source: `${seed.source}; Gerald Schaefer, 6 June 2023 (table ^ 0x800)`,
  scope: SCOPE,
  properties: {
    'C26: the arithmetic leads to the other half': always((s) =>
      of_both(s, ({ buddy, other }) => buddy === other),
    ),
    'C26_xor: so does table ^ 0x800': always((s) =>
      of_both(s, ({ table, other }) => (table ^ 0x800) === other),
    ),
    'C26_naive: so does one step on, without a step back': always((s) =>
      of_both(s, ({ table, other }) => table + 0x800 === other),
    ),
  },
  expected: { C26_naive: 'violated' },
});
