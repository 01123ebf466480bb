/** s390's mmu_gather: every flush of the TLB takes the mm's lock. */
import { NONE, spin_lock, spin_unlock } from 'heddle';
import { mmu_gather as common_mmu_gather, type Fallback } from '../pgtable/batch.ts';
import type { TableFn } from '../pgtable/functions.ts';
import { promise_fallback } from '../pgtable/page.ts';
import { flush_tlb, LOCK, lock, s390, TABLE } from './page.ts';

/**
 * __tlb_flush_mm_lazy() (arch/s390/include/asm/tlbflush.h), which every flush of a gather comes to:
 * it takes the mm's lock and leaves softirqs on. No hardware walker keeps a table beyond it. The
 * table is the one that is freed without a batch, if any. Left out: context.flush_mm, which a gather
 * with tables has set.
 */
const __tlb_flush_mm_lazy = s390.fn('__tlb_flush_mm_lazy', { params: TABLE }, (b) => [
  b.call(spin_lock, lock, LOCK),
  b.step('__tlb_flush_mm(mm)', (s, l) => {
    flush_tlb(s);
    promise_fallback(s, l.page, l.h);
  }),
  b.call(spin_unlock, lock, LOCK),
]);

/** The words of mm/mmu_gather.c for a design that frees a table by its `__tlb_remove_table`. */
export function mmu_gather(__tlb_remove_table: TableFn, fallback: Fallback = 'ipi') {
  return common_mmu_gather({
    table: TABLE,
    __tlb_remove_table,
    flush: (b) => b.call(__tlb_flush_mm_lazy, () => ({ page: NONE, h: 0 })),
    flush_one: (b) => b.call(__tlb_flush_mm_lazy, (l) => ({ page: l.page, h: l.h })),
    fallback,
  });
}
