/**
 * gmap's users of page->lru and of mm->context.lock (arch/s390/mm/gmap.c, Linux 6.1), beside a client
 * of a 2K-fragment design that draws from the same pages. Tables of a gmap are pages of its own, from
 * alloc_pages() (crst_list) and page_table_alloc_pgste() (pt_list); a process's tables never come
 * there. Left out: that a crst table is four pages; the tables' entries, the radix trees, the rmaps,
 * shadow gmaps' own locks. The mm is one that no gmap has (it has 2K tables), and yet shares its lock
 * and list with this one: more can go wrong here than in the kernel.
 */
import {
  address_of,
  alloc,
  type Builder,
  claim,
  client,
  container_of,
  cpu,
  free,
  INIT_LIST_HEAD,
  list_add,
  list_del,
  list_head,
  list_walk,
  type Model,
  machine,
  model,
  NONE,
  record,
  ref,
  type StateOf,
  type StepNode,
  set_of,
  spin_lock,
  spin_unlock,
  spinlock,
} from 'heddle';
import type { Table } from '../pgtable/functions.ts';
import { has, minus, plus } from '../pgtable/sets.ts';
import { operations } from './client.ts';
import { type Design, start } from './design.ts';
import { is_listed, LOCK, lock, PTE_EMPTY, poison, type Size, world } from './page.ts';

function machine_with_gmap(callbacks: readonly string[], size: Size) {
  const gmap = record('gmap', {
    guest_table_lock: spinlock(),
    list: list_head(),
    crst_list: list_head(),
    pt_list: list_head(),
  });
  return machine(
    { ...world(size), gmap, gmap_list: list_head(), gmap_pages: client(set_of('page')) },
    { callbacks, constants: { PTE_EMPTY } },
  );
}

const guest = machine_with_gmap([], {});
export type GmapState = StateOf<typeof guest>;

const guest_table_lock = (s: GmapState) => s.gmap.guest_table_lock;
const GUEST_LOCK = 'gmap->guest_table_lock';
const UNDER_GUEST_LOCK = "the gmap's lists, and the lru of its pages, change under its lock only";
const UNDER_MM_LOCK = 'mm->context.gmap_list changes under mm->context.lock only';
const ALLOCATOR = 'the page belongs to the page allocator alone while it prepares or checks it';

type Which = 'crst_list' | 'pt_list';

/** `page = alloc_pages()`, which is nobody's page table: its byte stays 0. */
function alloc_pages(b: Builder<GmapState, { page: number }>, name: string): StepNode {
  return b.atomic(
    ALLOCATOR,
    b.step(name, (s, l) => {
      l.page = alloc(s.page, { refcount: 0, flags: 0 });
      if (l.page === NONE) return;
      poison(s as never, l.page);
      s.gmap_pages = plus(s.gmap_pages, l.page);
    }),
  );
}

/** gmap_alloc_table(), gmap_shadow_pgt() and their like: a new page goes on a list of the gmap. */
function gmap_adds(which: Which) {
  const from = which === 'crst_list' ? 'alloc_pages(CRST_ALLOC_ORDER)' : 'page_table_alloc_pgste()';
  return guest.fn(`gmap_alloc(${which})`, { locals: { page: ref('page') } }, (b) => [
    alloc_pages(b, `page = ${from}`),
    b.when('no memory', (l) => l.page === NONE, [b.return()]),
    b.call(spin_lock, guest_table_lock, GUEST_LOCK),
    b.atomic(
      UNDER_GUEST_LOCK,
      b.step(`list_add(&page->lru, &gmap->${which})`, (s, l) => {
        list_add(s.page[l.page].lru, s.gmap[which]);
      }),
    ),
    b.call(spin_unlock, guest_table_lock, GUEST_LOCK),
  ]);
}

/** gmap_unshadow_pgt() and gmap_free(): the first page of a list comes off it and is freed. */
function gmap_frees(which: Which) {
  return guest.fn(`gmap_free(${which})`, { locals: { page: ref('page') } }, (b) => [
    b.call(spin_lock, guest_table_lock, GUEST_LOCK),
    b.step(`page = list_first_entry_or_null(&gmap->${which})`, (s, l) => {
      const first = s.gmap[which].next;
      const none = first === address_of(s.gmap[which]);
      l.page = none ? NONE : container_of(first, 'page', 'lru');
    }),
    b.when('there is one', (l) => l.page !== NONE, [
      b.atomic(
        UNDER_GUEST_LOCK,
        b.step('list_del(&page->lru)', (s, l) => list_del(s.page[l.page].lru)),
      ),
    ]),
    b.call(spin_unlock, guest_table_lock, GUEST_LOCK),
    b.when('it is to be freed', (l) => l.page !== NONE, [
      b.atomic(
        ALLOCATOR,
        b.step('__free_pages(page)', (s, l) => {
          claim('C13_free', has(s.gmap_pages, l.page) && !is_listed(s as never, l.page));
          s.gmap_pages = minus(s.gmap_pages, l.page);
          free(s.page, l.page);
        }),
      ),
    ]),
  ]);
}

/** gmap_create() and gmap_remove(): plain spin_lock(), with softirqs on. */
const gmap_comes_and_goes = guest.fn('gmap_create, gmap_remove', (b) => [
  b.call(spin_lock, lock as never, LOCK),
  b.atomic(
    UNDER_MM_LOCK,
    b.step('list_add_rcu(&gmap->list, &mm->context.gmap_list)', (s) => {
      list_add(s.gmap.list, s.gmap_list);
    }),
  ),
  b.call(spin_unlock, lock as never, LOCK),
  b.call(spin_lock, lock as never, LOCK),
  b.atomic(
    UNDER_MM_LOCK,
    b.step('list_del_rcu(&gmap->list)', (s) => list_del(s.gmap.list)),
  ),
  b.call(spin_unlock, lock as never, LOCK),
]);

/** What gmap never does: it lists the page of a process's table, of a half that is in use. */
function gmap_adds_fragment(pages: number) {
  const locals = { page: ref('page') };
  return guest.fn('gmap_alloc(of a process)', { locals }, (b) => [
    b.call(spin_lock, guest_table_lock, GUEST_LOCK),
    b.atomic(
      UNDER_GUEST_LOCK,
      b.pick(
        'list_add(&page->lru, &gmap->pt_list) of a table',
        2 * pages + 1,
        (s, _l: unknown, k) => {
          const l: Table = { page: k >>> 1, h: k & 1 };
          // The last choice is that there is none.
          if (k === 2 * pages) return true;
          if (!has(s.owned[l.h], l.page)) return false;
          list_add(s.page[l.page].lru, s.gmap.pt_list);
          return true;
        },
      ),
    ),
    b.call(spin_unlock, guest_table_lock, GUEST_LOCK),
  ]);
}

/** Whether page->lru is on one of the gmap's lists. */
export function is_on_gmap(s: GmapState, page: number): boolean {
  const nodes = [...list_walk(s.gmap.crst_list), ...list_walk(s.gmap.pt_list)];
  return nodes.some((node) => container_of(node, 'page', 'lru') === page);
}

/** A client of the design and one of a gmap; `wrong`: a gmap that lists a process's table once. */
export function with_gmap(design: Design, size: Size, wrong = false): Model<GmapState> {
  const { pages = 2, entries = 1 } = size;
  const reach = {
    pages,
    entries,
    once: wrong,
    fallback: 'ipi',
    defer_lower: false,
    detached: false,
  } as const;
  const { tasks, callbacks: of_batches } = operations(design, reach);
  const callbacks = { ...of_batches, ...design.callbacks };
  const client_task = guest.fn('client', (b) => [b.client(...tasks.map((one) => b.call(one)))]);
  const right = [
    gmap_adds('crst_list'),
    gmap_frees('crst_list'),
    gmap_adds('pt_list'),
    gmap_frees('pt_list'),
    gmap_comes_and_goes,
  ];
  const gmap_task = guest.fn('gmap', (b) => [
    wrong
      ? [b.call(gmap_adds_fragment(pages))]
      : [b.client(...right.map((one) => b.call(one as never)))],
  ]);
  return model({
    machine: machine_with_gmap(Object.keys(callbacks), size),
    cpus: [cpu({ task: client_task }), cpu({ task: gmap_task, name: 'gmap' })],
    callbacks,
    initial: {
      'byte 0x03, unlisted': (s) => begin(s, design, 0x03),
      'byte 0x01, upper half listed': (s) => begin(s, design, 0x01),
    },
    source: 'arch/s390/mm/gmap.c, Linux 6.1',
  }) as unknown as Model<GmapState>;
}

function begin(s: GmapState, design: Design, byte: number): void {
  start(s as never, design, 1, byte);
  for (const list of [s.gmap.crst_list, s.gmap.pt_list, s.gmap_list]) INIT_LIST_HEAD(list);
}
