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
  type ViewOf,
} from 'heddle';
import { type Functions, operations } from './client.ts';
import { fill, machine_with, plus, type Size, type State, s390 } from './page.ts';
import { walkers } from './walkers.ts';

export interface Design extends Functions {
  /** Which mail or kernel version it is, and what it leaves out. */
  readonly source: string;
  /** RCU callbacks by name, `tlb_remove_table_rcu` among them. */
  readonly callbacks: Readonly<Record<string, AnyFn>>;
  /** What this design's page_table_alloc() leaves in a page that it took off the list. */
  readonly unlisted: (s: State, page: number) => void;
  /** The node by which it lists a page whose upper half is free. */
  readonly upper_node: (s: State, page: number) => ViewOf<ListHead>;
  /**
   * Numbered steps of the description, by function: the labels of this model that each of them is.
   */
  readonly steps: Steps;
}

/**
 * `{ page_table_free: { 2: ['m = ...'] } }`. A label may end in ` *` for all steps of that kernel
 * word.
 */
export type Steps = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface Cpus {
  /** CPUs that allocate and free; default 2. */
  readonly clients?: number;
  /** Whether the clients also walk; default true. */
  readonly walk?: boolean;
  /** CPUs that do nothing but walk; default 0. */
  readonly walkers?: number;
  /**
   * Tables allocated on the way are kept for good: a bounded client, for designs whose wreckage
   * knows no bounds. Default false.
   */
  readonly once?: boolean;
  readonly size?: Size;
  readonly rcu?: RcuOptions;
}

/** A design on CPUs. */
export function on_cpus(design: Design, options: Cpus = {}): Model<State> {
  const { clients = 2, walk = true, walkers: idle = 0, once = false, size = {} } = options;
  const { pages = 2, entries = 1 } = size;
  const { gup_fast, pte_offset_map } = walkers(pages);
  const walks = [gup_fast, pte_offset_map];
  const all = [...operations(design, { pages, entries, once }), ...(walk ? walks : [])];
  const task = s390.fn('client', (b) => [b.client(...all.map((one) => b.call(one)))]);
  const walker = s390.fn('walker', (b) => [b.client(...walks.map((one) => b.call(one)))]);
  const { tlb_remove_table_rcu, ...own } = design.callbacks;
  return model({
    machine: machine_with(Object.keys(own), size),
    cpus: [
      cpu({ task, count: clients }),
      ...(idle > 0 ? [cpu({ task: walker, count: idle, name: 'walker' })] : []),
    ],
    callbacks: { tlb_remove_table_rcu, ...own },
    initial: {
      'byte 0x03, unlisted': (s) => start(s, design, 0x03),
      'byte 0x01, upper half listed': (s) => start(s, design, 0x01),
    },
    rcu: options.rcu,
    source: design.source,
  });
}

/** One page, as this design's own page_table_alloc() would have left it. */
function start(s: State, design: Design, byte: 0x01 | 0x03): void {
  INIT_LIST_HEAD(s.mm.context.pgtable_list);
  s.mm.mm_count = 1;
  const page = alloc(s.page, { refcount: byte, flags: 0 });
  fill(s, page);
  for (const h of byte === 0x03 ? [0, 1] : [0]) {
    s.owned[h] = plus(s.owned[h], page);
    s.handed[h] = plus(s.handed[h], page);
  }
  if (byte === 0x03) design.unlisted(s, page);
  else list_add(design.upper_node(s, page), s.mm.context.pgtable_list);
}
