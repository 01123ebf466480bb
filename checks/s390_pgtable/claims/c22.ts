import { type Check, check, is_live, NONE, type Property, reachable } from 'heddle';
import { has } from '../../../models/pgtable/sets.ts';
import { base } from '../../../models/s390_pgtable/base.ts';
import { type Cpus, on_cpus } from '../../../models/s390_pgtable/design.ts';
import type { State } from '../../../models/s390_pgtable/page.ts';
import { goals, properties } from '../../../models/s390_pgtable/properties.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { FALLBACK, FREE, fallback_is_weak, SCOPE, SECOND_XOR } from '../_review.ts';

const SOURCE =
  'Jason Gunthorpe, June 2023; tlb_remove_table_one() and tlb_remove_table_sync_one(), mm/mmu_gather.c, Linux 6.1';
const cpus: Cpus = {
  clients: 1,
  walk: false,
  walkers: 2,
  only: ['pte_offset_map'],
  size: { pages: 1 },
};

/** A goal: some walker of the table that somebody is freeing without a batch. */
const freed_without_batch: Property<State> = reachable((s) => {
  for (const batch of s.batch) if (is_live(batch)) return false;
  for (const { page, h } of s.inside) {
    if (page !== NONE && (s.page[page].refcount & (0x10 << h)) !== 0) return true;
  }
  return false;
});

/** A goal: one walker's table was deferred while the fallback freed the buddy under another. */
const both_ways: Property<State> = reachable((s) => {
  for (const one of s.inside) {
    if (one.how !== 'rcu' || !has(s.deferred, one.page)) continue;
    for (const other of s.inside) {
      if (other.how === 'rcu_fallback' && other.page === one.page && other.h !== one.h) return true;
    }
  }
  return false;
});

/**
 * Claim C22, confirmed: of 6.1's two ways one is an IPI, which no reader with interrupts on holds
 * up. Later kernels wait for a grace period there. V3's deferred tables do not go that way, nor do
 * they suffer from a buddy that does.
 */
const checks: Readonly<Record<string, Check<State>>> = {
  c22_ipi: check(on_cpus(base, cpus), {
    claim: 'C22: page_table_free_rcu() guarantees no grace period',
    source: SOURCE,
    scope: SCOPE,
    properties: {
      ...properties('P9_rcu_batched', 'P9_rcu_fallback'),
      ...goals('the fallback is used while a walker is inside'),
    },
    expected: {
      P9_rcu_fallback: {
        verdict: 'violated',
        steps: ['rcu_read_lock', 'pmd_clear(pmd)', FALLBACK, SECOND_XOR, FREE],
      },
    },
  }),
  c22_synchronize_rcu: check(on_cpus(base, { ...cpus, fallback: 'synchronize_rcu' }), {
    claim: 'C22: it does where the fallback is tlb_remove_table_sync_rcu()',
    source: 'tlb_remove_table_sync_rcu(), mm/mmu_gather.c, 2025 and later',
    scope: SCOPE,
    properties: {
      ...properties('P9_rcu_batched', 'P9_rcu_fallback'),
      'a walker is in a table that is freed without a batch': freed_without_batch,
    },
  }),
  c22_deferred: check(on_cpus(v3, cpus), {
    claim: 'C22: tables of pte_free_defer() have their grace period even so',
    source: `${v3.source}`,
    scope: SCOPE,
    properties: {
      ...properties('P9_rcu_batched', 'P9_rcu_fallback'),
      'a table is deferred under a walker, and its buddy freed by the fallback under another':
        both_ways,
    },
    expected: { P9_rcu_fallback: fallback_is_weak },
  }),
};

export default checks;
