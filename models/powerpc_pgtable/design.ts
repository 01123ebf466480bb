/**
 * A design as a value, and how it is put on CPUs: the client of client.ts, the pages it starts from.
 */
import { type AnyFn, alloc, cpu, type Model, model, NULL } from 'heddle';
import { any_of } from '../pgtable/client.ts';
import type { Steps } from '../pgtable/functions.ts';
import { fill, type How } from '../pgtable/page.ts';
import { plus } from '../pgtable/sets.ts';
import { walkers } from '../pgtable/walkers.ts';
import { type Functions, operations } from './client.ts';
import { fragment_address, machine_of, PTE_NONE, type Size, type State } from './page.ts';

export interface Design extends Functions {
  /** Which mail or kernel version it is, and what it leaves out. */
  readonly source: string;
  readonly callbacks: Readonly<Record<'tlb_remove_table_rcu' | 'pte_free_now', AnyFn>>;
  /** Whether pt_frag_refcount counts what is in use of a page. */
  readonly counted: boolean;
  /**
   * Numbered steps of the description, by function: the labels of this model that each of them is.
   */
  readonly steps: Steps;
}

export interface Cpus {
  /** CPUs that allocate, free and defer; default 1. */
  readonly clients?: number;
  /** Whether those CPUs also walk; default true. */
  readonly walk?: boolean;
  /** CPUs that walk and defer, as khugepaged and those that come by the rmap do; default 1. */
  readonly others?: number;
  /** Whether those also defer; default true. */
  readonly defer?: boolean;
  /**
   * Whether the clients do nothing but __pte_alloc() and pte_free(), so that they meet in
   * pte_fragment_alloc() on pages enough; default false.
   */
  readonly plain?: boolean;
  /** Whether the mm also exits, any number of times; only with one client. Default false. */
  readonly exits?: boolean;
  readonly size?: Size;
}

/** A design on CPUs. */
export function on_cpus(design: Design, options: Cpus = {}): Model<State> {
  const {
    clients = 1,
    walk = true,
    others = 1,
    defer = true,
    exits = false,
    plain = false,
    size = {},
  } = options;
  const { pages = 2, fragments = 2, entries = 1 } = size;
  if (exits && clients > 1) throw new Error('an mm exits when one task is left');
  const tables = pages * fragments;
  const { gup_fast, pte_offset_map } = walkers({ tables, words: 1, pte_none: PTE_NONE, may_enter });
  const walks = [gup_fast, pte_offset_map];
  const { task, retract, exit } = operations(design, tables, entries);
  const all = [...task, retract, ...(walk ? walks : []), ...(exits ? [exit] : [])];
  const mine = plain ? task.slice(0, 2) : all;
  const theirs = [...(defer ? [retract] : []), ...walks];
  return model({
    machine: machine_of(size),
    cpus: [
      cpu({ task: any_of('client', mine), count: clients }),
      ...(others > 0
        ? [cpu({ task: any_of('other', theirs), count: others, name: 'khugepaged' })]
        : []),
    ],
    callbacks: design.callbacks,
    initial: {
      'all fragments in use': (s) => start(s, design, fragments),
      ...(design.counted ? { 'one fragment in use': (s: State) => start(s, design, 1) } : {}),
    },
    source: design.source,
  });
}

/**
 * gup_fast() walks the mm of its own task, so none is under way while that exits; whoever comes by
 * the rmap holds rcu_read_lock() and no mm_users, and may be.
 */
function may_enter(s: State, how: How): boolean {
  return !s.exiting || how === 'rcu';
}

/** One page, as pte_fragment_alloc() would have left it after `used` calls. */
function start(s: State, design: Design, used: number): void {
  const page = alloc(s.page, { flags: 0 });
  const fragments = s.owned.length;
  if (design.counted) s.page[page].pt_frag_refcount = fragments;
  s.mm.context.pte_frag = used < fragments ? fragment_address(s, page, used) : NULL;
  fill(s, page, PTE_NONE);
  for (let h = 0; h < used; h += 1) {
    s.owned[h] = plus(s.owned[h], page);
    s.handed[h] = plus(s.handed[h], page);
  }
}
