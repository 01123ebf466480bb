import {
  type Check,
  check,
  type Expectation,
  NONE,
  no_report,
  type Property,
  reachable,
  spin_is_locked,
} from 'heddle';
import { has } from '../../../models/pgtable/sets.ts';
import { base } from '../../../models/s390_pgtable/base.ts';
import { type Cpus, type Design, on_cpus } from '../../../models/s390_pgtable/design.ts';
import type { State } from '../../../models/s390_pgtable/page.ts';
import { goals, properties } from '../../../models/s390_pgtable/properties.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { v67 } from '../../../models/s390_pgtable/v67.ts';
import { FALLBACK, FREE, masked_but, SCOPE } from '../_review.ts';

/** A goal: somebody holds the lock of a table that no pmd names any more. */
const locked_too_late: Property<State> = reachable((s) => {
  for (const { page, h } of s.inside) {
    if (page !== NONE && !has(s.owned[h], page) && spin_is_locked(s.page[page].ptl)) return true;
  }
  return false;
});

/** One CPU allocates, frees and defers; others lock tables that they come by. */
function locks_tables(
  design: Design,
  claim: string,
  cpus: Cpus,
  expected: Readonly<Record<string, Expectation>> = {},
): Check<State> {
  const world: Cpus = {
    clients: 1,
    walk: false,
    walkers: 1,
    only: ['pte_offset_map_lock'],
    ptl: true,
    size: { pages: 1 },
    ...cpus,
  };
  const defers = design.pte_free_defer !== undefined && design !== AT_ONCE;
  return check(on_cpus(design, world), {
    claim,
    source: `${design.source}; pte_offset_map_lock(), mm/pgtable-generic.c, Linux 6.5`,
    scope: LOCKED_SCOPE,
    properties: {
      'C28: nobody takes the page table lock of a freed page': no_report('KASAN', {
        object: /ptl/,
      }),
      'C28_held: no page is freed while somebody holds its page table lock': no_report('LOCKDEP', {
        kinds: ['unlock-by-other'],
      }),
      ...properties('P8', 'P9_rcu_batched', 'P9_rcu_fallback'),
      'somebody holds the lock of a table whose pmd is gone': locked_too_late,
      ...(defers
        ? goals('a deferred page waits for its grace period while a walker is inside')
        : {}),
    },
    expected,
  });
}

const LOCKED_SCOPE: readonly string[] = [
  ...SCOPE.filter((line) => !line.startsWith('left out')),
  'left out: pgste and crst tables, gmap, what is done to ptes under the page table lock',
];

/** What retract_page_tables() did before there was pte_free_defer(), without its mmap_lock. */
const AT_ONCE: Design = {
  ...base,
  source: 'BASE with page_table_free() in the place of pte_free_defer()',
  pte_free_defer: base.page_table_free,
};

const DEFERRED = 'C28: the page table lock of a table that is deferred goes only after its readers';
const UNMAPPED =
  'C28: so does that of a table that page_table_free_rcu() frees, though it be walked';
const READ_PMD = ['rcu_read_lock', 'pmdval = READ_ONCE(*pmd)'];

/** The lock is taken of a freed page, or of the page's next life. */
const dead_lock: Readonly<Record<string, Expectation>> = {
  C28: { verdict: 'violated', object: /ptl/, steps: [...READ_PMD, FREE, 'spin_lock(ptl)'] },
  C28_held: { verdict: 'violated', object: /ptl/, steps: [...READ_PMD, FREE, 'spin_unlock(ptl)'] },
  KASAN: { verdict: 'violated', object: /pte/, steps: ['spin_lock(ptl)', FREE, 'pte = *ptep'] },
};
const by_ipi = masked_but(
  {
    ...dead_lock,
    P9_rcu_fallback: { verdict: 'violated', steps: [...READ_PMD, FALLBACK, FREE] },
  },
  ...['P8', 'P9_rcu_batched'],
);

/**
 * Claim C28. Confirmed for tables of pte_free_defer(), while the fallback frees others by an IPI
 * alone. Of tables that page_table_free_rcu() frees it is true where the fallback waits for a grace
 * period; with the IPI only because nobody walks them under rcu_read_lock(), for their VMA is
 * detached (the first checks take that for granted, the others do not).
 */
const checks: Readonly<Record<string, Check<State>>> = {
  c28_deferred: locks_tables(v3, DEFERRED, { detached: true, walkers: 2 }),
  c28_deferred_v67: locks_tables(v67, DEFERRED, { detached: true, walkers: 2 }),
  c28_at_once: locks_tables(
    AT_ONCE,
    'C28: it would go before them if the table were freed at once',
    { detached: true },
    masked_but(
      { ...dead_lock, P9_rcu_batched: { verdict: 'violated', steps: [...READ_PMD, FREE] } },
      ...['P8', 'P9_rcu_fallback'],
    ),
  ),
  c28_unmapped: locks_tables(v3, UNMAPPED, {}, by_ipi),
  c28_unmapped_base: locks_tables(base, UNMAPPED, {}, by_ipi),
  c28_unmapped_v67: locks_tables(v67, UNMAPPED, {}, by_ipi),
  c28_unmapped_synchronize_rcu: locks_tables(v3, UNMAPPED, { fallback: 'synchronize_rcu' }),
};

export default checks;
