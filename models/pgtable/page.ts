/**
 * What the machines of all architectures share: pages of page tables with one rcu_head each,
 * mmu_gather batches, and what the client and the properties note down. The functions of this folder
 * are written against `common` and run on every machine that has at least its fields.
 */
import {
  array,
  type Builder,
  call_rcu,
  claim,
  client,
  container_of,
  enumeration,
  free,
  ghost,
  heap,
  machine,
  NONE,
  type Nodes,
  per_cpu,
  range,
  rcu_head,
  record,
  ref,
  type StateOf,
  type StepNode,
  set_of,
  uint,
  word,
} from 'heddle';
import type { TableParams } from './functions.ts';
import { has, minus, plus } from './sets.ts';

/** How many objects exist at once. */
export interface Batches {
  /**
   * mmu_gather batches; default 1. With all in use, tlb_remove_table() falls back, as it may at any
   * time.
   */
  readonly batches?: number;
  /** Tables that one mmu_gather collects; default 1. */
  readonly entries?: number;
}

/**
 * How a walker keeps a table: with interrupts off, in rcu_read_lock(), the same although its table is
 * being freed by the fallback, or as hardware does, until its TLB is flushed (s390 only).
 */
export const HOW = ['irq', 'rcu', 'rcu_fallback', 'hardware'] as const;
export type How = (typeof HOW)[number];

/** The state beside the pages, of which each has `tables` tables; `table` is what names one. */
export function beside_pages(tables: number, table: TableParams, size: Batches = {}) {
  const { batches = 1, entries = 1 } = size;
  return {
    batch: heap(
      batches,
      record('mmu_table_batch', {
        rcu: rcu_head(),
        nr: range(entries),
        tables: array(entries, record('encoded_table', table)),
      }),
    ),
    /** Tables that the client has and has not begun to free: `owned[h]` is a set of pages. */
    owned: client(array(tables, set_of('page'))),
    /** The table in which a CPU walks, read from a live pmd, and what was promised to the walker. */
    inside: client(per_cpu(record('walker', { ...table, how: enumeration(...HOW) }))),
    /** Tables that are handed out and not yet given back, whatever the page says. */
    handed: ghost(array(tables, set_of('page'))),
  };
}

/** The machine whose types the functions of this folder are written against. */
export const common = machine({
  page: heap(
    2,
    record('page', {
      rcu_head: rcu_head(),
      table: array(2, record('page_table', { pte: array(2, word()) })),
    }),
  ),
  ...beside_pages(2, { page: ref('page'), h: uint(1) }),
});
export type State = StateOf<typeof common>;

/** Why taking and giving back a page is one step. */
export const PAGE_ALLOCATOR =
  'the page belongs to the page allocator alone while it prepares or checks it';

export const FREE = 'pgtable_pte_page_dtor(page); __free_page(page)';

/**
 * FREE: the destructor and __free_page(), which looks at the struct page it is given. `look` has the
 * claims of the design, and what else it notes.
 */
export function free_page<S extends State>(
  b: Builder<S, { page: number }>,
  look: (s: S, page: number) => void,
): StepNode {
  return b.atomic(
    PAGE_ALLOCATOR,
    b.step(FREE, (s, l) => {
      look(s, l.page);
      for (let h = 0; h < s.owned.length; h += 1) withdraw_from_walkers(s, l.page, h);
      free(s.page, l.page);
    }),
  );
}

export const QUEUE = 'call_rcu(&page->rcu_head, pte_free_now)';

/** QUEUE, or the same under another `label`. */
export function queue_page(b: Builder<State, { page: number }>, label = QUEUE): StepNode {
  return b.step(label, (s, l) => call_rcu(s.page[l.page].rcu_head, 'pte_free_now'));
}

/**
 * pte_free_now(): the callback of page->rcu_head, and what it does with its page, on a machine whose
 * state is an `S`.
 */
export function pte_free_now<S extends State>(
  free_it: (b: Builder<S, { page: number }>) => Nodes,
  name = 'pte_free_now',
) {
  const frame = { params: { head: word() }, locals: { page: ref('page') } };
  return common.fn(name, frame, (b) => [
    b.local((l) => {
      l.page = container_of(l.head, 'page', 'rcu_head');
    }),
    free_it(b as Builder<S, { page: number }>),
  ]);
}

/** All ptes of a page's tables. */
export function fill(s: State, page: number, pte: number): void {
  for (const table of s.page[page].table) {
    for (let index = 0; index < table.pte.length; index += 1) table.pte[index] = pte;
  }
}

/** Ghost: a table is chosen for whoever asked for one, in the step that makes it no longer free. */
export function hand_out(s: State, page: number, h: number): void {
  claim('P4', !has(s.handed[h], page));
  s.handed[h] = plus(s.handed[h], page);
  withdraw_from_walkers(s, page, h);
}

/** Ghost: a table is given back, in the step that makes it free or pending. */
export function take_back(s: State, page: number, h: number): void {
  s.handed[h] = minus(s.handed[h], page);
}

/**
 * Claims that no software walker is inside a table that is handed out again or freed. Whoever is has
 * lost it and reads no more.
 */
function withdraw_from_walkers(s: State, page: number, h: number): void {
  const met = { irq: false, rcu: false, rcu_fallback: false };
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.page !== page || walker.h !== h || walker.how === 'hardware') continue;
    met[walker.how] = true;
    leave_table(s, cpu);
  }
  claim('P9_irq', !met.irq);
  claim('P9_rcu_batched', !met.rcu);
  claim('P9_rcu_fallback', !met.rcu_fallback);
}

/** Note: a table is freed without a batch, and who walks in it in rcu_read_lock() has to see how. */
export function promise_fallback(s: State, page: number, h: number): void {
  if (page === NONE) return;
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.page === page && walker.h === h && walker.how === 'rcu') walker.how = 'rcu_fallback';
  }
}

/** Whether some CPU walks in the table. */
export function is_walked(s: State, page: number, h: number): boolean {
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    if (s.inside[cpu].page === page && s.inside[cpu].h === h) return true;
  }
  return false;
}

/** Whether it is a software walker that holds rcu_read_lock(). */
export function is_rcu(walker: State['inside'][number]): boolean {
  return walker.how === 'rcu' || walker.how === 'rcu_fallback';
}

/** The walker of `cpu` is in no table. */
export function leave_table(s: State, cpu: number): void {
  const walker = s.inside[cpu];
  walker.page = NONE;
  walker.h = 0;
  walker.how = 'irq';
}
