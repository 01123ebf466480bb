import { type Check, check, type Expectation } from 'heddle';
import type { Fallback } from '../../models/pgtable/batch.ts';
import { base } from '../../models/s390_pgtable/base.ts';
import { type Cpus, type Design, on_cpus } from '../../models/s390_pgtable/design.ts';
import type { State } from '../../models/s390_pgtable/page.ts';
import { goals, type Id, P12_WHOLE, properties } from '../../models/s390_pgtable/properties.ts';
import { v3 } from '../../models/s390_pgtable/v3.ts';
import { v67 } from '../../models/s390_pgtable/v67.ts';
import { FIRST_XOR, masked_but, SCOPE, SCOPE_WHOLE, SECOND_XOR, TAKE } from './_review.ts';

const OF_HALVES: readonly Id[] = ['P1', 'P3', 'P12'];
const LIST_ADD_TAIL = 'list_add_tail(&page->lru, &mm->context.pgtable_list)';
const QUEUE = 'call_rcu(&ptdesc->pt_rcu_head, __tlb_remove_table_one_rcu)';

/** What is said of a design with the fallback of a later kernel. */
interface Told {
  readonly claim: string;
  readonly source: string;
  readonly scope?: readonly string[];
  readonly cpus?: Cpus;
  readonly expected?: Readonly<Record<string, Expectation>>;
}

/** A client that walks as well, and a walker. */
function with_fallback(design: Design, fallback: Fallback, told: Told): Check<State> {
  const { claim, source, scope = [], cpus, expected = {} } = told;
  return check(on_cpus(design, { clients: 1, walkers: 1, fallback, ...cpus }), {
    claim,
    source,
    scope: [...(design.whole === undefined ? SCOPE : SCOPE_WHOLE), ...scope],
    properties: {
      ...(design.whole === undefined ? properties(...OF_HALVES) : P12_WHOLE),
      ...properties('P2', 'P2_access', 'P4', 'P5', 'P6', 'P6_linked'),
      ...properties('P8', 'P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback'),
      ...goals('the fallback is used while a walker is inside'),
    },
    expected,
  });
}

const SYNC = 'tlb_remove_table_sync_rcu(), mm/mmu_gather.c of later kernels';
const PT_RECLAIM = 'CONFIG_PT_RECLAIM, mm/mmu_gather.c of later kernels (commit 718b13861d22)';

/** The callback takes the lower half for its own, whichever was freed. */
const WRONG_HALF = [FIRST_XOR, QUEUE, SECOND_XOR];

const shared: Readonly<Record<string, Expectation>> = {
  // page_table_free_rcu() has listed the page by the words that the head now takes.
  P3: { verdict: 'violated', steps: [LIST_ADD_TAIL, QUEUE] },
  P6_linked: { verdict: 'violated', steps: [LIST_ADD_TAIL, QUEUE] },
  P5: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, FIRST_XOR, QUEUE] },
  P6: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, FIRST_XOR] },
  P1: { verdict: 'violated', steps: WRONG_HALF },
  P12: { verdict: 'violated', steps: WRONG_HALF },
  P2: { verdict: 'violated', steps: WRONG_HALF },
  P2_access: 'violated',
  P4: 'violated',
  P9_irq: { verdict: 'violated', steps: ['local_irq_save', QUEUE, TAKE] },
  P9_rcu_batched: { verdict: 'violated', steps: ['rcu_read_lock', QUEUE, TAKE] },
  P9_rcu_fallback: { verdict: 'violated', steps: [QUEUE, 'rcu_read_lock', SECOND_XOR, TAKE] },
  KASAN: 'violated',
  leak: 'violated',
  DEBUG_LIST: 'violated',
  WARN_ON: 'violated',
};

/**
 * The weakness of the IPI fallback is gone where the fallback waits for readers. The one that queues
 * the table's own page can only be had where that page is one table's alone: on top of V3 it is V1
 * once more, and worse, for the callback cannot even know which half it was queued for.
 */
export default {
  base_synchronize_rcu: with_fallback(base, 'synchronize_rcu', {
    claim: 'a fallback that waits in synchronize_rcu() mends P9_rcu_fallback in BASE',
    source: SYNC,
  }),
  v3_synchronize_rcu: with_fallback(v3, 'synchronize_rcu', {
    claim: 'a fallback that waits in synchronize_rcu() mends P9_rcu_fallback in V3',
    source: SYNC,
    cpus: { size: { pages: 1 } },
  }),
  v67_call_rcu: with_fallback(v67, 'call_rcu', {
    claim: 'a fallback that queues the page itself mends P9_rcu_fallback where a page is one table',
    source: PT_RECLAIM,
  }),
  v3_call_rcu: with_fallback(v3, 'call_rcu', {
    claim: 'a fallback that queues the page itself will do where two tables share the page',
    source: `${PT_RECLAIM}, which leaves out architectures that share it`,
    scope: ['bounded: each table of the page is freed at most once'],
    cpus: { once: true, size: { pages: 1 } },
    expected: masked_but(shared, 'P8'),
  }),
};
