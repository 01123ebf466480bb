/**
 * What the checks of this folder have in common: their scope, and the one weakness that every
 * design shares.
 */
import { type Check, check, type Expectation, type GoldenTrace } from 'heddle';
import { type Cpus, type Design, on_cpus } from '../../models/s390_pgtable/design.ts';
import type { State } from '../../models/s390_pgtable/page.ts';
import {
  type Goal,
  goals,
  type Id,
  P12_WHOLE,
  properties,
} from '../../models/s390_pgtable/properties.ts';
import { EXIT, HARDWARE } from './_equivalent.ts';

export const THREAD = 'linux-mm, "mm: free retracted page table by RCU", May to July 2023';

/** What every model of this folder assumes and leaves out. */
export const SCOPE: readonly string[] = [
  'kernel: Linux 6.1 to 6.6, s390, 2K page tables of one mm without pgste',
  'configuration: MMU_GATHER_RCU_TABLE_FREE, PREEMPT_RCU, RCU callbacks in softirq or offloaded',
  'left out: pgste and crst tables, gmap, the page table lock',
];

/** The same of designs with one table to a page. */
export const SCOPE_WHOLE: readonly string[] = [
  'kernel: s390, page tables of one mm, each on a page of its own',
  ...SCOPE.slice(1, 2),
  'left out: crst tables, gmap, the page table lock',
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

/**
 * A callback that takes mm->context.lock, which every flush of a gather holds with softirqs on
 * (__tlb_flush_mm_lazy()): on one CPU the callback can wait for the flush that it interrupted.
 */
export const softirq_takes_lock: Expectation = {
  verdict: 'violated',
  object: /context\.lock/,
};

/** The worlds a design is put into. */
const WORLDS = {
  /** A CPU that allocates, frees and walks, and another that walks, on two pages. */
  pair: { clients: 1, walkers: 1 },
  /** Two CPUs that both allocate, free and walk: the lock is fought for, but there is one page. */
  two_clients: { clients: 2, size: { pages: 1 } },
  /** A CPU that allocates and frees, on two pages. */
  reuse: { clients: 1, walk: false },
  /** A CPU that allocates and frees, two tables at a time, and hardware that walks until it is flushed. */
  hardware: {
    clients: 1,
    walk: false,
    walkers: 1,
    only: ['translation'],
    size: { pages: 1, entries: 2 },
  },
  /** A task that allocates and frees and in the end exits, and khugepaged. */
  exits: { clients: 1, walk: false, exits: true, size: { pages: 1 } },
  /** Two tasks that exit. */
  two_exits: { clients: 2, walk: false, exits: true, size: { pages: 1 } },
  /** Two CPUs that both allocate, free and walk, on two pages. */
  large: { clients: 2 },
  /** Three CPUs that allocate and free, on one page. */
  three_clients: { clients: 3, walk: false, size: { pages: 1 } },
  /** Three CPUs that do everything, on one page. */
  three_walkers: { clients: 3, size: { pages: 1 } },
  /** Four CPUs that allocate and free, on one page. */
  four_clients: { clients: 4, walk: false, size: { pages: 1 } },
  /** Two CPUs that do everything on one page, with two batches of two tables each. */
  batches: { clients: 2, size: { pages: 1, batches: 2, entries: 2 } },
} as const satisfies Readonly<Record<string, Cpus>>;

const EXITS = ['any number of operations, until the tasks of the mm exit'];

export type World = keyof typeof WORLDS;
const LARGE: readonly World[] = [
  'two_exits',
  'large',
  'three_clients',
  'three_walkers',
  'four_clients',
  'batches',
];
/** Where P14 is asked: it takes a look at every step from every state. */
const REUSED: readonly World[] = ['reuse', 'two_clients'];

const ALWAYS: readonly Id[] = ['P1', 'P2', 'P2_access', 'P3', 'P4', 'P12', 'P13'];
/** What a design with one table to a page knows nothing of: halves and the list of them. */
const OF_HALVES: readonly Id[] = ['P1', 'P3', 'P12', 'P14', 'P14_defer', 'P14_listed'];
const GOALS_OF_HALVES: readonly Goal[] = [
  'both halves of a page are pending',
  'two walkers are in the two halves of a page',
  'two pages are listed',
];
const WALKED: readonly Id[] = ['P8', 'P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback'];
const WALKED_BY_HARDWARE: readonly Id[] = ['P8', 'W_hw'];
const AT_EXIT: readonly Id[] = ['P7', 'free_mm', 'free_mm_at_exit'];

/** Properties of designs that list pages by page->lru, and of those that use page->rcu_head. */
export const BY_LRU: readonly Id[] = ['P3_lock', 'P3_list'];
export const BY_RCU_HEAD: readonly Id[] = ['P5', 'P6', 'P6_linked'];
/** Of designs whose pages say whether they may still be listed: of g14 and g28 they forget it. */
export const LISTED_AGAIN: readonly Id[] = ['P14_listed'];

/** What is said of a design in one world. */
export interface Said {
  readonly claim?: string;
  /** Lines of the scope beside `SCOPE`. */
  readonly scope?: readonly string[];
  readonly cpus?: Cpus;
  /** Beside KCSAN, which is on: such as a list corruption that ends schedules. */
  readonly facilities?: Check<State>['facilities'];
  /** Properties that are not asked in this world. */
  readonly unasked?: readonly Id[];
  /** It takes too long for a run of the small checks. */
  readonly large?: boolean;
  readonly expected?: Readonly<Record<string, Expectation>>;
  readonly goldens?: readonly GoldenTrace[];
  /** Mutants that do what the design does, beside those that do in every world. */
  readonly equivalent?: Check<State>['equivalent'];
  /** Goals of that world that this design does not reach, and why: it could not. */
  readonly never?: readonly Goal[];
}

/** What a HOLDS in a world must have seen to mean anything. */
function goalsOf({ walk = true, exits = false, only, size }: Cpus, defers: boolean): Goal[] {
  if (exits) {
    const both: Goal[] = ['both halves of a page are pending', 'a batch waits when the mm is gone'];
    return defers ? [...both, 'a deferred page waits when the mm is gone'] : both;
  }
  if (!walk) {
    const alone: Goal[] = ['both halves of a page are pending'];
    if (only !== undefined) alone.push('the hardware is in a table that was unmapped');
    if (size?.pages === undefined) alone.push('two pages are in use');
    return alone;
  }
  const walked: Goal[] = [
    'both halves of a page are pending',
    'a batch waits while both kinds of walker are under way',
    'two walkers are in the two halves of a page',
    'the fallback is used while a walker is inside',
  ];
  if (size?.pages !== 1) walked.push('two pages are listed');
  if (defers) walked.push('a deferred page waits for its grace period while a walker is inside');
  return walked;
}

/**
 * A design against all properties that say something of it, in several worlds; `own` are those of
 * its own beside what every design must satisfy, `equivalent` the mutants that do what it does. The
 * checks are `name`, for the pair, and `name_world`.
 */
export function review(
  name: string,
  design: Design,
  own: readonly Id[],
  worlds: Readonly<Partial<Record<World, Said>>>,
  equivalent?: Check<State>['equivalent'],
): Record<string, Check<State>> {
  const entries = Object.entries(worlds) as [World, Said][];
  return Object.fromEntries(
    entries.map(([world, said]) => [
      world === 'pair' ? name : `${name}_${world}`,
      one(name, design, own, world, said, equivalent),
    ]),
  );
}

function one(
  name: string,
  design: Design,
  own: readonly Id[],
  world: World,
  said: Said,
  equivalent: Check<State>['equivalent'],
): Check<State> {
  const cpus: Cpus = { ...WORLDS[world], ...said.cpus };
  const walked = cpus.walk !== false;
  const ids = [...ALWAYS, ...own, ...(walked ? WALKED : []), ...(cpus.exits ? AT_EXIT : [])];
  if (cpus.only !== undefined) ids.push(...WALKED_BY_HARDWARE);
  if (REUSED.includes(world)) ids.push(design.pte_free_defer === undefined ? 'P14' : 'P14_defer');
  const { claim, goldens, never = [], unasked = [] } = said;
  const reached = goalsOf(cpus, design.pte_free_defer !== undefined);
  const whole = design.whole !== undefined;
  return check(on_cpus(design, cpus), {
    design: name,
    ...(LARGE.includes(world) || said.large === true ? { size: 'large' as const } : {}),
    ...(claim === undefined ? {} : { claim }),
    source: design.source,
    scope: [...(whole ? SCOPE_WHOLE : SCOPE), ...(cpus.exits ? EXITS : []), ...(said.scope ?? [])],
    facilities: { KCSAN: 'soft', ...said.facilities },
    properties: {
      ...properties(
        ...ids.filter((id) => !(whole && OF_HALVES.includes(id)) && !unasked.includes(id)),
      ),
      ...(whole ? P12_WHOLE : {}),
      ...goals(
        ...reached.filter(
          (goal) => !never.includes(goal) && !(whole && GOALS_OF_HALVES.includes(goal)),
        ),
      ),
    },
    expected: {
      ...(walked ? { P9_rcu_fallback: fallback_is_weak } : {}),
      // A fatal report masks whatever is not violated, data races among it.
      ...(said.expected?.LOCKDEP === 'masked' ? { KCSAN: 'masked' as const } : {}),
      ...said.expected,
    },
    ...(goldens === undefined ? {} : { goldens }),
    ...(equivalent === undefined
      ? {}
      : { equivalent: { ...equivalent, ...of_client(cpus), ...said.equivalent } }),
  });
}

/** Mutants of a client that do what it does. */
function of_client({ exits, only }: Cpus): Check<State>['equivalent'] {
  return { ...(exits === true ? EXIT : {}), ...(only === undefined ? {} : HARDWARE) };
}

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
