/** What the checks of this folder have in common: scope, sizes, goals, and the fallback's weakness. */
import { type Check, check, type Expectation, type GoldenTrace } from 'heddle';
import { type Cpus, type Design, on_cpus } from '../../models/powerpc_pgtable/design.ts';
import type { State } from '../../models/powerpc_pgtable/page.ts';
import { type Goal, goals, type Id, properties } from '../../models/powerpc_pgtable/properties.ts';
import { TWO_AT_ONCE } from './_equivalent.ts';

/** What every model of this folder assumes and leaves out. */
export const SCOPE: readonly string[] = [
  'kernel: Linux 6.4 to 6.6, powerpc, page tables of user mms; PTE_FRAG_NR 2 or 3 instead of 16',
  'configuration: MMU_GATHER_RCU_TABLE_FREE, PREEMPT_RCU, RCU callbacks in softirq or offloaded',
  'left out: kernel page tables, pmd fragments, the page table lock, present ptes, W_hw',
];

const FALLBACK = 'ipi_sync(): all other CPUs took the IPI';

/**
 * Where no page for a batch can be had, mmu_gather waits for walkers with interrupts off and for
 * nobody else. A page that is freed this way goes under a walker that only holds rcu_read_lock().
 * The kernel says that there is none: the VMA is detached.
 */
export const fallback_is_weak: Expectation = {
  verdict: 'violated',
  steps: ['rcu_read_lock', 'pmd = READ_ONCE(*pmdp)', FALLBACK],
  known:
    'the IPI fallback of mmu_gather waits for no rcu_read_lock, and none may walk there: the VMA is detached',
};

const ALL: readonly Id[] = ['P2', 'P2_access', 'P4', 'P5', 'P8', 'P9_irq', 'P9_rcu_batched'];
const MORE: readonly Id[] = ['P9_rcu_fallback', 'P10', 'P12', 'P13'];

const ALWAYS: readonly Goal[] = [
  'a batch waits while a walker is inside',
  'the fallback is used while a walker is inside',
  'a deferred page waits for its grace period while a walker with interrupts off is inside',
  'a deferred page waits for its grace period while a walker in rcu_read_lock is inside',
];

/** One page, of which a CPU allocates, frees, defers and walks, and another defers and walks. */
export const PLAIN: Cpus = { size: { pages: 1 } };
/** The same with three fragments; only the other CPU walks. */
export const THREE: Cpus = { walk: false, size: { pages: 1, fragments: 3 } };
/** The mm exits as well, and another begins. */
export const DESTROY: Cpus = { exits: true, size: { pages: 1 } };
export const THREE_DESTROY: Cpus = { ...THREE, exits: true, defer: false };
/** Two CPUs that allocate, free and defer, and a third that walks. */
export const TWO_CLIENTS: Cpus = { clients: 2, walk: false, defer: false, size: { pages: 1 } };
/** Two batches of two tables each. */
export const BATCHES: Cpus = { walk: false, size: { pages: 1, batches: 2, entries: 2 } };
/** Two pages; a CPU allocates, frees and defers, and another defers and walks. */
export const TWO_PAGES: Cpus = { walk: false };
/** Two pages, and exits; the other CPU only walks. */
export const TWO_PAGES_DESTROY: Cpus = { walk: false, defer: false, exits: true };

export interface Review {
  readonly size?: 'large';
  readonly cpus?: Cpus;
  readonly claim?: string;
  readonly ids?: readonly Id[];
  readonly expected?: Readonly<Record<string, Expectation>>;
  readonly goldens?: readonly GoldenTrace[];
  readonly equivalent?: Check<State>['equivalent'];
}

/** A design against all properties; its row is `name`, or `name_destroy` where the mm exits. */
export function review(name: string, design: Design, options: Review = {}): Check<State> {
  const { size, cpus = {}, claim, ids = [], expected = {}, goldens, equivalent } = options;
  const { walk = true, exits = false, size: { pages = 2 } = {} } = cpus;
  const also: Goal[] = [...ALWAYS];
  if (walk) also.push('both kinds of walker are in two fragments of a page');
  if (pages > 1) also.push('two pages are in use', 'a page and a batch wait');
  if (exits) also.push('a mm exits while a deferred page waits and somebody walks');
  return check(on_cpus(design, cpus), {
    design: exits ? `${name}_destroy` : name,
    ...(size === undefined ? {} : { size }),
    ...(claim === undefined ? {} : { claim }),
    source: design.source,
    scope: SCOPE,
    facilities: { KCSAN: 'soft' },
    properties: { ...properties(...ALL, ...ids, ...MORE), ...goals(...also) },
    expected: { P9_rcu_fallback: fallback_is_weak, ...expected },
    ...(goldens === undefined ? {} : { goldens }),
    ...(equivalent === undefined ? {} : { equivalent }),
  });
}

/** Two CPUs both find no fragment and allocate a page, of which the second is for one fragment alone. */
export function allocators(name: string, design: Design, options: Review = {}): Check<State> {
  const cpus: Cpus = { clients: 2, plain: true, size: { pages: 2 } };
  return alone(name, design, cpus, options, [
    'two pages are in use',
    'all fragments of all pages are in use',
    'a page was allocated for one fragment',
  ]);
}

/** A CPU that gathers both fragments of a page. */
export function gathers(name: string, design: Design, options: Review = {}): Check<State> {
  const cpus: Cpus = { size: { pages: 1, entries: 2 } };
  const { equivalent = {}, ...others } = options;
  return alone(
    name,
    design,
    cpus,
    { ...others, equivalent: { ...equivalent, ...TWO_AT_ONCE } },
    [],
  );
}

/** Clients without anybody who walks. */
function alone(
  name: string,
  design: Design,
  cpus: Cpus,
  { claim, equivalent }: Review,
  met: readonly Goal[],
): Check<State> {
  return check(on_cpus(design, { ...cpus, others: 0, walk: false }), {
    design: name,
    ...(claim === undefined ? {} : { claim }),
    source: 'pte_fragment_alloc() in arch/powerpc/mm/pgtable-frag.c, Linux 6.4 to 6.6',
    scope: SCOPE,
    properties: { ...properties('P2', 'P2_access', 'P4', 'P10', 'P12', 'P13'), ...goals(...met) },
    ...(equivalent === undefined ? {} : { equivalent }),
  });
}
