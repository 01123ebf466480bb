import { type Check, check, type Expectation, no_report } from 'heddle';
import { type Cpus, type Design, on_cpus } from '../../../models/s390_pgtable/design.ts';
import { draft } from '../../../models/s390_pgtable/draft.ts';
import type { State } from '../../../models/s390_pgtable/page.ts';
import { v1_on_seed } from '../../../models/s390_pgtable/v1_on_seed.ts';
import { v2 } from '../../../models/s390_pgtable/v2.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { masked_but, QUEUE, SCOPE, softirq_takes_lock } from '../_review.ts';

/** One CPU that does everything, its callbacks on top of it. */
const cpus: Cpus = {
  clients: 1,
  walk: false,
  defer_lower: true,
  size: { pages: 2 },
  rcu: { callbacks: 'softirq' },
};

function callbacks_of(
  design: Design,
  claim: string,
  expected: Readonly<Record<string, Expectation>> = {},
): Check<State> {
  return check(on_cpus(design, cpus), {
    claim,
    source: `${design.source}; __tlb_flush_mm_lazy(), arch/s390/include/asm/tlbflush.h, Linux 6.1`,
    scope: [...SCOPE, 'bounded: only lower tables are deferred'],
    properties: {
      'C21_usage: no lock is taken in softirq and held elsewhere with softirqs on': no_report(
        'LOCKDEP',
        { kinds: ['softirq-unsafe'] },
      ),
      'C21_deadlock: no callback waits for the task that it interrupted': no_report('LOCKDEP', {
        kinds: ['self-deadlock'],
      }),
    },
    expected,
  });
}

/** The callback comes while its own CPU flushes. */
const waits: Expectation = {
  verdict: 'violated',
  object: 'mm[0].context.lock',
  steps: [QUEUE, 'spin_lock(mm->context.lock)', 'mm, h = page->pt_mm'],
};

/** DRAFT's callback takes the lock where the other half is allocated. */
const flushed: Expectation = {
  verdict: 'violated',
  object: 'mm[0].context.lock',
  steps: ['pmdp_collapse_flush(vma, addr, pmd)', 'spin_lock(mm->context.lock)'],
};

/**
 * Claim C21, refuted: page_table_free() takes the lock with softirqs off, and so could a callback; but
 * a flush of the mm takes it with softirqs on. A CPU that is interrupted there by the callback waits
 * for itself. V2's one lock of all lists has no such holder.
 */
export default {
  c21_v1: callbacks_of(
    v1_on_seed,
    'C21: callbacks may take mm->context.lock',
    masked_but({ C21_usage: softirq_takes_lock, C21_deadlock: waits }),
  ),
  c21_draft: callbacks_of(
    draft,
    'C21: callbacks may take mm->context.lock, where they find the mm by page->pt_mm',
    masked_but({ C21_usage: softirq_takes_lock, C21_deadlock: flushed }),
  ),
  c21_v2: callbacks_of(v2, 'C21: they may take a lock that nobody takes with softirqs on'),
  c21_v3: callbacks_of(v3, 'C21: the callbacks of v3 take no lock'),
};
