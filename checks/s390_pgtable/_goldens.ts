/** Golden traces, written as the review thread tells them. */
import { FIRST_XOR, SECOND_XOR } from './_review.ts';

export const BYTE_03 = 'byte 0x03, unlisted';
export const BYTE_01 = 'byte 0x01, upper half listed';

const LOCK = ['softirqs off', 'take lock'].map((part) => `spin_lock_bh(mm->context.lock): ${part}`);
const UNLOCK = ['release lock', 'softirqs on'].map(
  (part) => `spin_unlock_bh(mm->context.lock): ${part}`,
);
const SHORT: Readonly<Record<string, readonly string[]>> = { LOCK, UNLOCK };

/** Steps of one function on one CPU; LOCK and UNLOCK are two steps each. */
export function on(who: string, fn: string, ...labels: readonly string[]): string[] {
  return labels.flatMap((label) => SHORT[label] ?? [label]).map((one) => `${who} ${fn}: ${one}`);
}

/**
 * page_table_free_rcu() of half h: pmd cleared, and everything up to UNLOCK, with what it does to
 * the list.
 */
export function free_rcu(who: string, h: number, ...list: readonly string[]): string[] {
  return [
    `${who} free_pgtables: pmd_clear(pmd) [${h}]`,
    ...on(who, 'page_table_free_rcu', 'LOCK', FIRST_XOR, ...list, 'UNLOCK'),
  ];
}

/** The table goes into a batch, which is queued. */
export function batched(who: string): string[] {
  return [
    `${who} tlb_remove_table: batch = __get_free_page(GFP_NOWAIT) [0]`,
    `${who} tlb_remove_table: batch->tables[batch->nr++] = table`,
    `${who} __tlb_flush_mm_lazy: spin_lock(mm->context.lock)`,
    `${who} __tlb_flush_mm_lazy: __tlb_flush_mm(mm)`,
    `${who} __tlb_flush_mm_lazy: spin_unlock(mm->context.lock)`,
    `${who} tlb_finish_mmu: call_rcu(&batch->rcu, tlb_remove_table_rcu)`,
  ];
}

/** The batch's callback comes to its first table. */
export function batch_ends(who: string): string[] {
  return [
    `${who} softirq tlb_remove_table_rcu: start tlb_remove_table_rcu`,
    `${who} softirq tlb_remove_table_rcu: table = batch->tables[i]`,
    `${who} softirq __tlb_remove_table: ${SECOND_XOR}`,
  ];
}

/** The client gives half h to page_table_free(). */
export function free(who: string, h: number): string {
  return `${who} pte_free: table that nobody walks in [${h}]`;
}

/** The client gives half h to pte_free_defer(). */
export function defer(who: string, h: number): string {
  return `${who} retract_page_tables: pmdp_collapse_flush(vma, addr, pmd) [${h}]`;
}

/** V1's pte_free_defer(). */
export const V1_DEFER = [
  'mmgrab(mm)',
  'page->pt_mm = mm + h',
  'call_rcu(&page->rcu_head, pte_free_now)',
];

/** A walker of either kind comes to table h, with interrupts off. */
export function enter(who: string, h: number): string[] {
  return [`${who} gup_fast: local_irq_save`, `${who} gup_fast: pmd = READ_ONCE(*pmdp) [${h}]`];
}
