/**
 * What the checks of this folder have in common: their scope, and the one weakness that every
 * design shares.
 */
import type { Expectation } from 'heddle';

export const THREAD = 'linux-mm, "mm: free retracted page table by RCU", May to July 2023';

/** What every model of this folder assumes and leaves out. */
export const SCOPE: readonly string[] = [
  'kernel: Linux 6.1 to 6.6, s390, 2K page tables of one mm without pgste',
  'configuration: MMU_GATHER_RCU_TABLE_FREE, PREEMPT_RCU, RCU callbacks in softirq or offloaded',
  'left out: pgste and crst tables, gmap, exit_mmap() and what follows, the page table lock, W_hw',
];

/** Steps of BASE and of all that follow it, as schedules name them. */
export const FIRST_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x11 << h)';
export const SECOND_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x10 << h)';
/** Where page_table_alloc() takes the free half of a listed page. */
export const TAKE = 'atomic_xor_bits(&page->_refcount, 0x01 << bit)';
export const FREE = 'pgtable_pte_page_dtor(page); __free_page(page)';
export const FALLBACK = 'ipi_sync(): all other CPUs took the IPI';
export const QUEUE = 'call_rcu(&page->rcu_head, pte_free_now)';

/**
 * The weakness of the IPI fallback, in every design: where no page for a batch can be had,
 * mmu_gather waits for walkers with interrupts off and for nobody else. A table that
 * page_table_free_rcu() frees this way is handed out or freed under a walker that only holds
 * rcu_read_lock(). The kernel says that there is none: the VMA is detached.
 */
export const fallback_is_weak: Expectation = {
  verdict: 'violated',
  steps: ['rcu_read_lock', 'pmd = READ_ONCE(*pmdp)', FALLBACK, FREE],
  known:
    'the IPI fallback of mmu_gather waits for no rcu_read_lock, and none may walk there: the VMA is detached',
};

const FACILITIES = [
  'KASAN',
  'leak',
  'DEBUG_LIST',
  'DEBUG_OBJECTS_RCU_HEAD',
  'LOCKDEP',
  'RCU',
  'refcount_t',
  'BUG_ON',
  'WARN_ON',
  'range',
  'deadlock',
] as const;

/**
 * Where a fatal report ends schedules: all facilities and the named properties, unless `found` says
 * what becomes of them.
 */
export function masked_but(
  found: Readonly<Record<string, Expectation>>,
  ...properties: readonly string[]
): Record<string, Expectation> {
  const names = [...properties, ...FACILITIES];
  return { ...Object.fromEntries(names.map((name) => [name, 'masked'])), ...found };
}
