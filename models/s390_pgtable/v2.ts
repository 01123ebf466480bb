/**
 * V2: the series of 20 June 2023 (message-id a722dbec-...). DRAFT, but the lists of all mms change
 * under one static lock, mm_pgtable_list_lock, which is always taken with softirqs off. With it held,
 * an A bit says that the mm is alive, so page->pt_mm is followed only then. Left out: as in base.ts,
 * other mms, and the patch "13/12" that would have made the lock per mm.
 */
import type { Design } from './design.ts';
import { draft_under } from './draft.ts';

export const v2: Design = {
  ...draft_under({ of: (s) => s.mm_pgtable_list_lock, name: 'mm_pgtable_list_lock' }),
  source: 'pte_free_defer() for s390, v2 of 20 June 2023 (message-id a722dbec-...)',
};
