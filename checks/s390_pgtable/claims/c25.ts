import { type Check, check, type Expectation, type RcuOptions } from 'heddle';
import { type Design, on_cpus } from '../../../models/s390_pgtable/design.ts';
import { draft, draft_under } from '../../../models/s390_pgtable/draft.ts';
import { free_mm_rcu, mmdrop_by_rcu } from '../../../models/s390_pgtable/mm.ts';
import { CONTEXT_LOCK, type State } from '../../../models/s390_pgtable/page.ts';
import { goals, properties } from '../../../models/s390_pgtable/properties.ts';
import { SCOPE } from '../_review.ts';

/** As DRAFT would be if its callbacks followed page->pt_mm without a look at the A bits. */
const blind = draft_under(CONTEXT_LOCK, false);

const gone = {
  verdict: 'violated',
  object: /^mm\[.\]\.context\.lock/,
  steps: ['call_rcu(&mm->rcu, free_mm_rcu)', 'free_mm(mm)', 'mm = page->pt_mm'],
} as const;
const broken: Readonly<Record<string, Expectation>> = { P7: gone, free_mm: 'violated' };
/** They take the lock far more often, also on top of a flush that holds it. */
const broken_blind: Readonly<Record<string, Expectation>> = { ...broken, deadlock: 'violated' };

function cured(
  claim: string,
  design: Design,
  rcu: RcuOptions,
  expected: Readonly<Record<string, Expectation>> = {},
): Check<State> {
  const model = on_cpus(
    { ...design, mmdrop: mmdrop_by_rcu, callbacks: { ...design.callbacks, free_mm_rcu } },
    { clients: 1, walk: false, exits: true, size: { pages: 1, mm_rcu: true }, rcu },
  );
  return check(model, {
    claim: `C25: ${claim}`,
    source: 'Hugh Dickins and Jason Gunthorpe, 14 and 15 June 2023',
    ...(rcu.order === 'fifo' ? { size: 'large' as const } : {}),
    scope: [
      ...SCOPE,
      'LOCKDEP off: that the callbacks take mm->context.lock at all is another matter (P13)',
      ...(rcu.consolidated === true ? [READERS] : []),
    ],
    facilities: { LOCKDEP: 'off' },
    properties: {
      ...properties('P7', 'free_mm'),
      ...goals('a deferred page waits when the mm is gone'),
    },
    expected,
  });
}

const READERS =
  'a region with softirqs off or a spinlock held is an RCU reader (Linux 4.20 and later)';

/**
 * Claim C25, confirmed, and not for the reason given against it. Callbacks have no order, but DRAFT
 * needs none: a callback that sees an A bit began before the mm was given to call_rcu(), and is a
 * reader itself, so the mm waits for it. Where callbacks are no readers, or do not look at the A
 * bits, it is refuted, and order does not help: it is one per CPU.
 */
export default {
  c25: cured('freeing the mm by call_rcu() cures P7 of DRAFT', draft, { consolidated: true }),
  c25_unconsolidated: cured('the same, where callbacks are no RCU readers', draft, {}, broken),
  c25_unconsolidated_fifo: cured(
    'the same, where each CPU runs its callbacks in order but they are no RCU readers',
    draft,
    { order: 'fifo' },
    broken,
  ),
  c25_blind: cured(
    'the same, for callbacks that do not look at the A bits first',
    blind,
    { consolidated: true },
    broken_blind,
  ),
  c25_blind_fifo: cured(
    'the same, where each CPU runs its callbacks in order',
    blind,
    { consolidated: true, order: 'fifo' },
    broken_blind,
  ),
};
