/** Mutants of the designs that do what the design does, as `heddle mutants` names them, and why. */

type Equivalents = Readonly<Record<string, string>>;

const NO_HARDWARE = 'what a TLB still has is left out (W_hw)';

/** Of mmu_gather, and its flush. */
export const GATHER: Equivalents = {
  'tlb_remove_table: ipi_sync() before tlb_table_invalidate(tlb)': NO_HARDWARE,
  'tlb_finish_mmu: without tlb_table_invalidate(tlb)': NO_HARDWARE,
  'tlb_finish_mmu: call_rcu(&batch->rcu, tlb_remove_table_rcu) before tlb_table_invalidate(tlb)':
    NO_HARDWARE,
};

/** Of a client that frees two tables at once. */
export const TWO_AT_ONCE: Equivalents = {
  'free_pgtables: loop once': 'how many tables a client frees at once is up to it',
  'free_pgtables: the batch is full or there is none*':
    'how many tables a client frees at once is up to it, and there are no more than fit',
};

/** Of pages with several fragments. */
export const FRAGMENTS: Equivalents = {
  'pte_fragment_alloc: spin_lock(mm->page_table_lock) #2 before atomic_set(&page->pt_frag_refcount, 1)':
    'nobody else has a fragment of the page yet',
  'pte_fragment_alloc: mm->context.pte_frag = ret + PTE_FRAG_SIZE (new page) before atomic_set(&page->pt_frag_refcount, PTE_FRAG_NR)':
    'who takes the next fragment waits for the lock, and who has the first is still here',
  'pte_fragment_free: without BUG_ON(*)': 'it changes nothing, and P10 says that it never fires',
  'pte_fragment_free: TestClearPageActive(page) read and written apart':
    'no fragment is in use any more that the page could be marked for',
  'pte_free_defer: SetPageActive(page) read and written apart':
    'Active is the only flag that changes meanwhile, and it can only be set twice',
};
