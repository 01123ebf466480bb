/** Golden traces, written as the mails and commits tell them. */

import { FREE, QUEUE } from '../../models/pgtable/page.ts';
import { BUG, DEC } from '../../models/powerpc_pgtable/fragments.ts';

export const ALL_IN_USE = 'all fragments in use';
export const ONE_IN_USE = 'one fragment in use';

export const SUBTRACT = 'atomic_sub_and_test(PTE_FRAG_NR - count, &page->pt_frag_refcount)';

/** The client gives fragment h, whose pmd it has just cleared, to pte_free_defer(). */
export function retract(h: number, ...defer: readonly string[]): string[] {
  return [`CPU0 retract_page_tables: pmdp_collapse_flush(vma, addr, pmd) [${h}]`, ...defer];
}

/** PPC1's pte_free_defer(). */
export const PPC1_DEFER = [`CPU0 pte_free_defer: ${QUEUE}`];

/** PPC3's pte_free_defer() of a fragment that is not the last. */
export const PPC3_DEFER = [
  'CPU0 pte_free_defer: SetPageActive(page)',
  `CPU0 pte_fragment_free: ${BUG}`,
  `CPU0 pte_fragment_free: ${DEC}`,
];

/** A walker comes by the rmap to fragment h. */
export function enter(h: number): string[] {
  return [
    'khugepaged pte_offset_map: rcu_read_lock',
    `khugepaged pte_offset_map: pmd = READ_ONCE(*pmdp) [${h}]`,
  ];
}

/** exit_mmap() up to the end of pte_frag_destroy(), which frees the page. */
export function destroy(...between: readonly string[]): string[] {
  return [
    'CPU0 exit_mmap: mmput(mm): mm_users is 0 [0]',
    'CPU0 pte_frag_destroy: frag = mm->context.pte_frag',
    `CPU0 pte_frag_destroy: ${SUBTRACT}`,
    ...between.map((step) => `CPU0 pte_frag_destroy: ${step}`),
    `CPU0 pte_frag_destroy: ${FREE}`,
  ];
}
