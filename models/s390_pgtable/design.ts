/**
 * A design as a value, and how it is put on CPUs: the client of client.ts, the two pages it starts
 * from.
 */
import {
  type AnyFn,
  alloc,
  cpu,
  INIT_LIST_HEAD,
  type ListHead,
  list_add,
  type Model,
  model,
  type RcuOptions,
  spin_lock_init,
  type ViewOf,
} from 'heddle';
import type { Fallback } from '../pgtable/batch.ts';
import { any_of } from '../pgtable/client.ts';
import type { Operation, Steps } from '../pgtable/functions.ts';
import { plus } from '../pgtable/sets.ts';
import { type Functions, operations, retract_page_tables } from './client.ts';
import { exit_mm, khugepaged } from './mm.ts';
import { fill, lock, machine_with, pgtable_list, type Size, type State, s390 } from './page.ts';
import { pte_offset_map_lock, retract_with_ptl } from './ptl.ts';
import { type Look, type Walk, walkers } from './walkers.ts';

export interface Design extends Functions {
  /** Which mail or kernel version it is, and what it leaves out. */
  readonly source: string;
  /** RCU callbacks and work functions of its own, by name. */
  readonly callbacks: Readonly<Record<string, AnyFn>>;
  /** Where a page is one table: the byte of an allocated page. It starts with one such page. */
  readonly whole?: number;
  /** What drops the mm's last reference at exit; default mmdrop() of mm.ts, which frees it at once. */
  readonly mmdrop?: Operation;
  /** What this design's page_table_alloc() leaves in a page that it took off the list. */
  readonly unlisted: (s: State, page: number) => void;
  /** What else it leaves in any page that it hands out the first half of; default nothing. */
  readonly fresh?: (s: State, page: number) => void;
  /** The node by which it lists a page whose upper half is free. */
  readonly upper_node: (s: State, page: number) => ViewOf<ListHead>;
  /**
   * Numbered steps of the description, by function: the labels of this model that each of them is.
   */
  readonly steps: Steps;
}

export interface Cpus {
  /** CPUs that allocate and free; default 2. */
  readonly clients?: number;
  /** Whether the clients also walk; default true. */
  readonly walk?: boolean;
  /** CPUs that do nothing but walk; default 0. */
  readonly walkers?: number;
  /** Whether hardware walks wherever software does; default false. */
  readonly hardware?: boolean;
  /** The only ways to walk; default all, hardware as above. */
  readonly only?: readonly (Walk | 'pte_offset_map_lock')[];
  /** What a walker looks for in what it reads, beside P8. */
  readonly look?: Look;
  /**
   * Whether the clients are tasks of one mm that exit in the end, and tables are deferred by
   * khugepaged, on a CPU of its own; default false: the mm outlives everything.
   */
  readonly exits?: boolean;
  /**
   * Tables allocated on the way are kept for good: a bounded client, for designs whose wreckage
   * knows no bounds. Default false.
   */
  readonly once?: boolean;
  /** What mmu_gather does without memory for a batch; default `ipi`. */
  readonly fallback?: Fallback;
  /** Whether only the lower tables of pages are ever deferred; default false. */
  readonly defer_lower?: boolean;
  /** Whether retract_page_tables() takes the page table lock; default false. */
  readonly ptl?: boolean;
  /**
   * Whether tables are unmapped only when nobody walks in them under rcu_read_lock(), for their VMA
   * is detached; default false.
   */
  readonly detached?: boolean;
  readonly size?: Size;
  readonly rcu?: RcuOptions;
}

/** A design on CPUs. */
export function on_cpus(design: Design, options: Cpus = {}): Model<State> {
  const { clients = 2, walk = true, walkers: idle = 0, exits = false, size = {} } = options;
  const { once = false, fallback = 'ipi', defer_lower = false, detached = false } = options;
  const { pages = 2, entries = 1 } = size;
  const reach = { pages, entries, once, fallback, defer_lower, detached };
  const ways = {
    ...walkers(pages, options.look),
    pte_offset_map_lock: pte_offset_map_lock(pages, options.look),
  };
  const software: readonly Walk[] = ['gup_fast', 'pte_offset_map'];
  const all = options.hardware === true ? [...software, 'translation' as const] : software;
  const walks = (options.only ?? all).map((way) => ways[way]);
  const { tasks, callbacks: of_batches, free_all } = operations(design, reach);
  const { pte_free_defer } = design;
  const collapses = options.ptl === true ? retract_with_ptl : retract_page_tables;
  const retract =
    pte_free_defer === undefined || exits
      ? []
      : [collapses(pte_free_defer, reach, design.looks_at_vma)];
  const own = [...tasks, ...retract, ...(walk ? walks : [])];
  const task = s390.fn('task', (b) => [
    b.loop([b.choose(...own.map((one) => b.call(one)), [b.leave()])]),
    b.call(exit_mm(free_all, design.mmdrop)),
  ]);
  const callbacks = { ...of_batches, ...design.callbacks };
  return model({
    machine: machine_with(Object.keys(callbacks), size),
    cpus: [
      cpu({ task: exits ? task : any_of('client', own), count: clients }),
      ...(exits && pte_free_defer !== undefined
        ? [
            cpu({
              task: any_of('khugepaged', [khugepaged(pte_free_defer, reach)]),
              name: 'khugepaged',
            }),
          ]
        : []),
      ...(idle > 0 ? [cpu({ task: any_of('walker', walks), count: idle, name: 'walker' })] : []),
    ],
    callbacks,
    initial:
      design.whole === undefined
        ? {
            'byte 0x03, unlisted': (s) => start(s, design, clients, 0x03),
            'byte 0x01, upper half listed': (s) => start(s, design, clients, 0x01),
          }
        : { 'one table': (s) => start(s, design, clients, design.whole) },
    rcu: options.rcu,
    source: design.source,
  });
}

/** One page, as this design's own page_table_alloc() would have left it. */
export function start(s: State, design: Design, clients: number, byte = 0): void {
  s.current_mm = alloc(s.mm, { mm_users: clients, mm_count: 1 });
  spin_lock_init(lock(s));
  s.mm[s.current_mm].context.has_pgste = false;
  s.i_mmap.linked = true;
  INIT_LIST_HEAD(pgtable_list(s));
  const page = alloc(s.page, { refcount: byte, flags: 0 });
  fill(s, page);
  design.fresh?.(s, page);
  for (const h of byte === 0x03 && design.whole === undefined ? [0, 1] : [0]) {
    s.owned[h] = plus(s.owned[h], page);
    s.handed[h] = plus(s.handed[h], page);
  }
  spin_lock_init(s.page[page].ptl);
  if (byte !== 0x01) design.unlisted(s, page);
  else list_add(design.upper_node(s, page), pgtable_list(s));
}
