/**
 * A design as a value, and how it is put on CPUs: the client of client.ts, the pages it starts from.
 */
import { type AnyFn, alloc, cpu, type Model, model, NULL, ref } from 'heddle';
import { mmu_gather, type TableFn } from './batch.ts';
import { type Functions, operations } from './client.ts';
import {
  fragment_address,
  fragment_index,
  machine_of,
  plus,
  powerpc,
  type Size,
  type State,
  zero,
} from './page.ts';
import { walkers } from './walkers.ts';

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

/** `{ pte_free_defer: { 1: ['SetPageActive(page)'] } }`; ` *` stands for all steps of a word. */
export type Steps = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** pte_free_tlb() and what follows, for a design that frees a table so. */
export function freed_by(free: TableFn) {
  const { tlb_remove_table, tlb_finish_mmu, tlb_remove_table_rcu } = mmu_gather(free);
  const params = { tlb: ref('batch'), page: ref('page'), h: fragment_index() };
  const pte_free_tlb = powerpc.fn('pte_free_tlb', { params }, (b) => [
    b.call(
      tlb_remove_table,
      (l) => ({ tlb: l.tlb, page: l.page, h: l.h }),
      (l, callee) => {
        l.tlb = callee.tlb;
      },
    ),
  ]);
  return { pte_free: free, pte_free_tlb, tlb_finish_mmu, tlb_remove_table_rcu };
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
  const { gup_fast, pte_offset_map } = walkers(pages, fragments);
  const walks = [gup_fast, pte_offset_map];
  const { task, retract, exit } = operations(design, { pages, fragments, entries });
  const all = [...task, retract, ...(walk ? walks : []), ...(exits ? [exit] : [])];
  const mine = plain ? task.slice(0, 2) : all;
  const theirs = [...(defer ? [retract] : []), ...walks];
  const client = powerpc.fn('client', (b) => [b.client(...mine.map((one) => b.call(one)))]);
  const other = powerpc.fn('other', (b) => [b.client(...theirs.map((one) => b.call(one)))]);
  return model({
    machine: machine_of(size),
    cpus: [
      cpu({ task: client, count: clients }),
      ...(others > 0 ? [cpu({ task: other, count: others, name: 'khugepaged' })] : []),
    ],
    callbacks: design.callbacks,
    initial: {
      'all fragments in use': (s) => start(s, design, fragments),
      ...(design.counted ? { 'one fragment in use': (s: State) => start(s, design, 1) } : {}),
    },
    source: design.source,
  });
}

/** One page, as pte_fragment_alloc() would have left it after `used` calls. */
function start(s: State, design: Design, used: number): void {
  const page = alloc(s.page, { flags: 0 });
  const fragments = s.owned.length;
  if (design.counted) s.page[page].pt_frag_refcount = fragments;
  s.mm.context.pte_frag = used < fragments ? fragment_address(s, page, used) : NULL;
  zero(s, page);
  for (let h = 0; h < used; h += 1) {
    s.owned[h] = plus(s.owned[h], page);
    s.handed[h] = plus(s.handed[h], page);
  }
}
