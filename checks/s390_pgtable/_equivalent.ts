/**
 * Mutants of the designs that do what the design does, as `heddle mutants` names them, and why. Each
 * is a sentence about the design that a search has found to be true.
 */

type Equivalents = Readonly<Record<string, string>>;

/** Of mm->context.lock, in designs whose callbacks do not take it. */
export const LOCK_OF_TASKS: Equivalents = {
  '*: spin_lock(mm->context.lock) for spin_lock_bh(mm->context.lock)*':
    'no callback of this design takes mm->context.lock, so softirqs may run while it is held',
};

const TAKEN =
  'the other half of a listed page is in use, and whoever frees it waits for the lock: until the unlock nobody else looks at the byte or at the list';
const FRESH = 'nobody else can reach the page before it is listed';

/** Of page_table_alloc() where it takes a half of a listed page, or lists a new one. */
export const ALLOCATOR: Equivalents = {
  'page_table_alloc: list_del* before atomic_xor_bits(&page->_refcount, 0x01 << bit)': TAKEN,
  'page_table_alloc: atomic_xor_bits(&page->_refcount, 0x01 << bit) read and written apart': TAKEN,
  'page_table_alloc: atomic_xor_bits(&page->_refcount, 0x01) read and written apart': FRESH,
  'page_table_alloc: memset64(*) before atomic_xor_bits(&page->_refcount, 0x01)': FRESH,
  'page_table_alloc: spin_lock_bh(mm->context.lock) #2 before memset64(*)': FRESH,
};

/** Of page_table_free() with two xors. */
export const TWO_XORS: Equivalents = {
  'page_table_free: m = atomic_xor_bits(&page->_refcount, 0x10 << h) before spin_unlock_bh(mm->context.lock)':
    'nobody acts on a pending bit without the lock, but for who clears the last one',
};

/** Of V3. */
export const ACTIVE: Equivalents = {
  '*: without page_table_release_check(page)':
    'it changes nothing, and P10 says that it finds nothing',
  '*: active = TestClearPageActive(page) before page_table_release_check(page)':
    'the check looks at the list alone',
  '*: active = TestClearPageActive(page) read and written apart':
    'the byte is 0: nobody has a table of the page that he could mark it for',
  'page_table_free: active always true': 'to wait for readers where there are none takes longer',
  'page_table_free_rcu: PageActive(page) always false':
    'both halves were in use until now, so whoever has made the page Active is about to take it off the list',
  'pte_free_defer: SetPageActive(page) read and written apart':
    'Active is the only flag that changes meanwhile, and it can only be set twice',
};

const FLUSH_MM = 'the lock is there for context.flush_mm, which the model leaves out';

/** Of mmu_gather, and its flush. */
export const GATHER: Equivalents = {
  'tlb_remove_table: ipi_sync() before __tlb_flush_mm_lazy()':
    'both come before the table is freed, and neither is for the other',
  '__tlb_flush_mm_lazy: __tlb_flush_mm(mm) before spin_lock(mm->context.lock)': FLUSH_MM,
  '__tlb_flush_mm_lazy: without spin_lock(mm->context.lock) and its spin_unlock': FLUSH_MM,
  '__tlb_flush_mm_lazy: spin_unlock(mm->context.lock) before __tlb_flush_mm(mm)': FLUSH_MM,
};

const CURRENT = 'it only says that no task runs in the mm any more, and nobody asks';
const ONE_COUNT = 'all mm_users together hold one mm_count, and here nobody else takes any';

const NOBODY_COMES = 'without pte_free_defer() nobody comes by the file';

/** Of designs without pte_free_defer(), for the checks where tasks exit. */
export const NO_KHUGEPAGED: Equivalents = {
  'exit_mm: without unlink_file_vma(vma)': NOBODY_COMES,
  'exit_mm: unlink_file_vma(vma) always true': NOBODY_COMES,
};

const NO_MM = 'pte_free_defer() looks at the page alone, so whoever comes by the file may be late';

/** Of V67, for the checks where tasks exit. */
export const ONLY_A_PAGE: Equivalents = {
  'exit_mm: without unlink_file_vma(vma)': NO_MM,
  'exit_mm: unlink_file_vma(vma) always true': NO_MM,
  'retract_page_tables: i_mmap_lock_read(mapping) negated': NO_MM,
  'retract_page_tables: i_mmap_lock_read(mapping) always true': NO_MM,
  'exit_mm: loop once': 'on the one page of these checks there is one table to free',
};

/** Of V67. */
export const UNUSED_LRU: Equivalents = {
  'page_table_alloc: *INIT_LIST_HEAD(&page->lru)*':
    'no page is listed, and call_rcu() writes the words before anybody reads them',
};

const UNTIL_FLUSHED = 'the hardware reads as often as it likes until it is flushed';

/** Of hardware that walks, and a client that frees two tables at once. */
export const HARDWARE: Equivalents = {
  'dynamic_address_translation: loop once': UNTIL_FLUSHED,
  'dynamic_address_translation: without no more ptes': UNTIL_FLUSHED,
  'free_pgtables: loop once': 'how many tables a client frees at once is up to it',
  'free_pgtables: the batch is full or there is none*':
    'how many tables a client frees at once is up to it, and there are no more than fit',
};

/** Of tasks that exit. */
export const EXIT: Equivalents = {
  'task: loop once': 'a task that does less before it exits',
  'exit_mm: without mmdrop(mm) of all mm_users': CURRENT,
  'exit_mm: mmdrop() before mmdrop(mm) of all mm_users': CURRENT,
  'mmdrop: atomic_dec_and_test(&mm->mm_count) always true': ONE_COUNT,
  'mmdrop: atomic_dec_and_test(&mm->mm_count) read and written apart': ONE_COUNT,
};
