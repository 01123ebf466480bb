import type { Expectation } from 'heddle';
import { DEFER_XOR, draft, H_XOR, QUEUE_HALF } from '../../models/s390_pgtable/draft.ts';
import { BYTE_03, free, on } from './_goldens.ts';
import {
  BY_LRU,
  BY_RCU_HEAD,
  LISTED_AGAIN,
  masked_but,
  review,
  softirq_takes_lock,
} from './_review.ts';

const LOOK = 'atomic_read(&page->_refcount) >> 24 & 3';
const FREE_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x01 << h)';
const FREE_MM = 'destroy_context(mm); free_mm(mm)';

/**
 * The callback saw the other half allocated and was told the mm by the page; then that half was
 * freed, and the mm with it.
 */
const mm_is_gone: Readonly<Record<string, Expectation>> = {
  P7: {
    verdict: 'violated',
    object: /^mm\[.\]\.context\.lock/,
    steps: [LOOK, FREE_MM, 'mm = page->pt_mm'],
  },
  free_mm: { verdict: 'violated', steps: [LOOK, 'mm = page->pt_mm', FREE_MM] },
};

/** The callback of half 1 waits for the lock while the task frees half 0 and exits. */
const lock_of_nothing = [
  ...on('khugepaged', 'retract_page_tables', 'i_mmap_lock_read(mapping)'),
  'khugepaged retract_page_tables: pmdp_collapse_flush(vma, addr, pmd) [1]',
  ...on('khugepaged', 'pte_free_defer', 'LOCK', DEFER_XOR, 'UNLOCK', QUEUE_HALF),
  ...on('khugepaged', 'retract_page_tables', 'i_mmap_unlock_read(mapping)'),
  'khugepaged softirq pte_free_now1: start pte_free_now1',
  `khugepaged softirq pte_free_half: ${H_XOR}`,
  `khugepaged softirq __tlb_remove_table: ${LOOK}`,
  free('CPU0', 0),
  ...on('CPU0', 'page_table_free', 'LOCK', FREE_XOR, 'UNLOCK'),
  ...on('CPU0', 'exit_mm', 'atomic_dec_and_test(&mm->mm_users)', 'unlink_file_vma(vma)'),
  ...on('CPU0', 'exit_mm', 'no table is left', 'mmdrop(mm) of all mm_users'),
  ...on('CPU0', 'mmdrop', 'atomic_dec_and_test(&mm->mm_count)'),
  ...on('CPU0', '__mmdrop', FREE_MM),
  'khugepaged softirq __tlb_remove_table: mm = page->pt_mm',
  ...on('khugepaged softirq', '__tlb_remove_table', 'LOCK'),
];

/**
 * The H bits do what they are for, and a page is listed when it should be. What breaks is that
 * callbacks take mm->context.lock: others hold it with softirqs on (P13), and nothing keeps the mm
 * (P7).
 */
export default review('draft', draft, [...BY_LRU, ...BY_RCU_HEAD, ...LISTED_AGAIN, 'P10'], {
  pair: {
    claim: 'a page can be listed again after the grace period, under mm->context.lock',
    cpus: { size: { pages: 1 } },
    expected: { P13: softirq_takes_lock },
  },
  reuse: { expected: { P13: softirq_takes_lock } },
  two_clients: { cpus: { walk: false }, large: true, expected: { P13: softirq_takes_lock } },
  exits: {
    claim: 'page->pt_mm leads to the mm whenever an A bit is set',
    expected: masked_but(
      { ...mm_is_gone, P13: softirq_takes_lock },
      ...['P1', 'P2', 'P2_access', 'P3', 'P3_lock', 'P3_list', 'P4'],
      ...['P5', 'P6', 'P6_linked', 'P10', 'P12'],
    ),
    goldens: [{ property: 'P7', initial: BYTE_03, steps: lock_of_nothing }],
  },
});
