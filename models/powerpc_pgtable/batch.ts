/** powerpc's mmu_gather: it flushes the TLB in one step, which nothing here sees. */
import { mmu_gather, only_remove_table } from '../pgtable/batch.ts';
import type { TableFn } from '../pgtable/functions.ts';
import { promise_fallback } from '../pgtable/page.ts';
import { TABLE } from './page.ts';

const FLUSH = 'tlb_table_invalidate(tlb)';

/** pte_free(), pte_free_tlb() and what follows, for a design that frees a table so. */
export function freed_by(free: TableFn) {
  const { tlb_remove_table, tlb_finish_mmu, callbacks } = mmu_gather({
    table: TABLE,
    __tlb_remove_table: free,
    flush: (b) => b.step(FLUSH, () => undefined),
    flush_one: (b) => b.step(FLUSH, (s, l) => promise_fallback(s, l.page, l.h)),
  });
  const pte_free_tlb = only_remove_table('pte_free_tlb', TABLE, tlb_remove_table);
  const { tlb_remove_table_rcu } = callbacks;
  return { pte_free: free, pte_free_tlb, tlb_finish_mmu, tlb_remove_table_rcu };
}
