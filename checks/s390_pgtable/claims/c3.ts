import { check, type Expectation, no_report } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { v1_on_seed, v1_on_seed_without_mmgrab } from '../../../models/s390_pgtable/v1_on_seed.ts';
import { FIRST_XOR, masked_but, QUEUE } from '../_review.ts';
import { ONE_HALF_SCOPE, one_half, waits_after_exit } from './_one_half.ts';

const SOURCE = 'v1 of 28 May 2023 (message-id 6dd63b39-...), the comment in pte_free_defer()';
/** Offloaded, for on the CPU that flushes the callback would wait for itself (claim C21). */
const cpus = { ...one_half, rcu: { callbacks: 'offloaded' } } as const;
const scope = [...ONE_HALF_SCOPE, 'callbacks offloaded'];

const mm_is_freed = (...then: readonly string[]): Expectation => ({
  verdict: 'violated',
  object: /^mm/,
  steps: [QUEUE, ...then],
});
const FREE_MM = 'destroy_context(mm); free_mm(mm)';

/**
 * Claim C3, confirmed: nothing in exit waits for the callback. Without a reference it takes the lock
 * of a freed mm, or it holds the lock while the mm is freed and then stores into its list; and the
 * mm is freed with a page on its list.
 */
export default {
  c3_without_mmgrab: check(on_cpus(v1_on_seed_without_mmgrab, cpus), {
    claim: 'C3: the mm may already be gone when page_table_free() runs from RCU',
    source: SOURCE,
    scope,
    properties: {
      ...properties('P7', 'free_mm'),
      'C3_lock: the callback takes no lock of a freed mm': no_report('KASAN', {
        object: /^mm.*lock/,
      }),
      'C3_list: the callback changes no list of a freed mm': no_report('KASAN', {
        object: /^mm.*pgtable_list/,
      }),
      'a callback is to come when the mm is gone': waits_after_exit(false),
    },
    expected: masked_but({
      P7: mm_is_freed(FREE_MM, 'mm, h = page->pt_mm'),
      free_mm: { verdict: 'violated', steps: [QUEUE, FREE_MM] },
      C3_lock: mm_is_freed(FREE_MM, 'spin_lock_bh(mm->context.lock): take lock'),
      C3_list: mm_is_freed('mm, h = page->pt_mm', FREE_MM, FIRST_XOR),
    }),
  }),
  c3_with_mmgrab: check(on_cpus(v1_on_seed, cpus), {
    claim: 'C3: with mmgrab() it is there until the callback is done with it',
    source: SOURCE,
    scope,
    properties: {
      ...properties('P7', 'free_mm', 'P2', 'P3', 'P4', 'P5', 'P12'),
      'a callback is to come when the tasks are gone': waits_after_exit(true),
    },
  }),
};
