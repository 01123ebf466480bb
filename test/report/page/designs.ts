/** A small design with all that the page shows: a heap, a list, an overlay, a lock, a reader, callbacks; and one with hostile names. */
import {
  alloc,
  always,
  array,
  bits,
  call_rcu,
  check,
  cpu,
  free,
  heap,
  INIT_LIST_HEAD,
  is_live,
  list_add_tail,
  list_del,
  list_head,
  machine,
  model,
  overlay,
  READ_ONCE,
  rcu_head,
  rcu_read_lock,
  rcu_read_unlock,
  reachable,
  record,
  ref,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  WRITE_ONCE,
} from 'heddle';
import type { KillTable } from '../../../src/report/kill-table.ts';

const m = machine(
  {
    mm: record('mm', { lock: spinlock(), list: list_head() }),
    page: heap(
      2,
      record('page', { refcount: bits(8), ...overlay({ lru: list_head(), rcu_head: rcu_head() }) }),
    ),
    slot: array(2, ref('page')),
  },
  { callbacks: ['free_page'] },
);

const free_page = m.fn('free_page', (b) => [b.step('__free_page(page)', (s) => free(s.page, 0))]);

const putter = m.fn('page_table_free', (b) => [
  b.call(spin_lock, (s) => s.mm.lock, 'mm->lock'),
  b.step('list_del(&page->lru)', (s) => list_del(s.page[0].lru)),
  b.call(spin_unlock, (s) => s.mm.lock, 'mm->lock'),
  b.step('call_rcu(&page->rcu_head, free_page)', (s) => call_rcu(s.page[0].rcu_head, 'free_page')),
]);

const walker = m.fn('walker', { locals: { page: ref('page') } }, (b) => [
  b.step('page = READ_ONCE(slot[0])', (s, l) => {
    l.page = READ_ONCE(s.slot, 0);
  }),
  b.call(rcu_read_lock),
  b.step('page->refcount', (s, l) => {
    READ_ONCE(s.page[l.page], 'refcount');
  }),
  b.call(rcu_read_unlock),
]);

const design = model({
  machine: m,
  cpus: [cpu({ task: putter }), cpu({ task: walker })],
  callbacks: { free_page },
  initial: (s) => {
    INIT_LIST_HEAD(s.mm.list);
    const page = alloc(s.page, { refcount: 1 });
    INIT_LIST_HEAD(s.page[page].lru);
    list_add_tail(s.page[page].lru, s.mm.list);
    s.slot[0] = page;
  },
});

/** The walker keeps a page that it found before it said it reads. */
export const unsafe = check(design, {
  properties: {
    'P1: a page is freed once nobody reads it': always(
      (s) => !is_live(s.page[0]) || s.page[0].refcount === 1,
    ),
    'P2: the page is freed at last': reachable((s) => !is_live(s.page[0])),
  },
  claim: 'A page is freed only when no walker can reach it.',
});

/** Two mutants of the design above: one that is noticed, one that nothing says anything against. */
export const kills: KillTable = {
  schemaVersion: 1,
  check: 'pages/unsafe',
  checks: ['pages/unsafe'],
  mutants: [
    {
      ...{ id: 'aaaaaaaa', what: 'page_table_free: without list_del', kind: 'left out', place: '' },
      killedBy: {
        ...{ check: 'pages/unsafe', property: 'leak', found: 'leak' },
        ...{ schedule: '0x3', steps: 3 },
      },
    },
    {
      ...{
        id: 'bbbbbbbb',
        what: 'walker: without the reader',
        kind: 'left out',
        place: 'walk.ts:3',
      },
      survived: 'hole',
    },
  ],
  stale: [],
};

const twoLocks = machine({ a: spinlock(), b: spinlock(), turn: uint(1) });
const inOrder = (name: string, first: 'a' | 'b', second: 'a' | 'b', turn: number) =>
  twoLocks.fn(name, (b) => [
    b.until('its turn', (s) => s.turn === turn),
    b.call(spin_lock, (s) => s[first], first),
    b.call(spin_lock, (s) => s[second], second),
    b.call(spin_unlock, (s) => s[second], second),
    b.call(spin_unlock, (s) => s[first], first),
    b.step('turn++', (s) => {
      s.turn = 1;
    }),
  ]);

/** Two orders of locks that never meet: nobody waits for ever, and LOCKDEP says what could. */
export const crossed = check(
  model({
    machine: twoLocks,
    cpus: [
      cpu({ task: inOrder('one', 'a', 'b', 0) }),
      cpu({ task: inOrder('other', 'b', 'a', 1) }),
    ],
    initial: () => {},
  }),
  { properties: {} },
);

/** Text that would leave its place on a page that does not look after it. */
export const HOSTILE = '</script><img src=x onerror="document.title=\'owned\'"><!--<script>';

const plain = machine({ x: uint(2) });
const hostileStep = plain.fn('hostile', (b) => [
  b.step(`x = 1 ${HOSTILE} "' $& \`\u2028`, (s) => WRITE_ONCE(s, 'x', 1)),
  b.step('x = 2', (s) => WRITE_ONCE(s, 'x', 2)),
]);

export const hostile = check(
  model({
    machine: plain,
    cpus: [cpu({ task: hostileStep, name: 'A<b>&amp;' }), cpu({ task: hostileStep })],
    initial: () => {},
  }),
  {
    properties: { [`X1: ${HOSTILE}`]: always((s) => s.x < 2) },
    claim: HOSTILE,
    source: `javascript:alert(1) ${HOSTILE}`,
    scope: [HOSTILE],
  },
);
