/** lru and rcu_head are the same two words: what is stored through one is what the other reads, whether anyone watches or not. */
import {
  address_of,
  bool,
  type CheckOptions,
  call_rcu,
  check,
  claim,
  claimed,
  cpu,
  deref,
  explore,
  type Facility,
  function_word,
  INIT_LIST_HEAD,
  LIST_POISON1,
  LIST_POISON2,
  list_add,
  list_del,
  list_head,
  machine,
  model,
  NULL,
  overlay,
  rcu_head,
  record,
  type StateOf,
  word,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { counts, found } from '../outcome.ts';
import { anywhere } from './look.ts';

const state = machine(
  {
    list: list_head(),
    page: record('page', { ...overlay({ lru: list_head(), rcu_head: rcu_head() }) }),
    other: record('page', { ...overlay({ lru: list_head(), rcu_head: rcu_head() }) }),
    ran: bool(),
  },
  { callbacks: ['release'] },
);
type State = StateOf<typeof state>;

/** Nothing watches but what no kernel survives. */
const unwatched: Partial<Record<Facility, 'off'>> = {
  DEBUG_LIST: 'off',
  DEBUG_OBJECTS_RCU_HEAD: 'off',
  LOCKDEP: 'off',
  RCU: 'off',
  leak: 'off',
  WARN_ON: 'off',
};

const release = state.fn('release', (b) => [
  b.step('ran', (s) => {
    s.ran = true;
  }),
]);
const defer = state.fn('defer', (b) => [
  b.step('call_rcu(page->rcu_head)', (s) => call_rcu(s.page.rcu_head, 'release')),
]);
const linked = (s: State) => {
  INIT_LIST_HEAD(s.list);
  list_add(s.other.lru, s.list);
  list_add(s.page.lru, s.list);
};

function beside(task: ReturnType<typeof walker>, options: CheckOptions<State> = {}) {
  return check(
    model({
      machine: state,
      cpus: [cpu({ task: defer }), cpu({ task })],
      callbacks: { release },
      initial: linked,
      rcu: { callbacks: 'softirq' },
    }),
    { ...options, facilities: { ...unwatched, ...options.facilities } },
  );
}

/** Goes round the list: head, page, other, head. */
function walker() {
  return state.fn('walker', { locals: { p: word() } }, (b) => [
    b.step('p = list->next', (s, l) => {
      l.p = s.list.next;
    }),
    b.step('p = page->lru.next', (s, l) => {
      l.p = deref(l.p, 'list_head').next;
      claim('W', l.p === address_of(s.other.lru));
    }),
    b.step('p = other->lru.next', (_s, l) => {
      l.p = deref(l.p, 'list_head').next;
    }),
  ]);
}

describe('an rcu_head queued over a linked lru', () => {
  test('replaces both pointers', () => {
    const words = (s: State) => [
      s.page.lru.next === NULL,
      s.page.lru.prev === function_word('release'),
      s.page.lru.next === s.page.rcu_head.next && s.page.lru.prev === s.page.rcu_head.func,
      s.other.lru.prev === address_of(s.page.lru),
    ];
    const queued = model({
      machine: state,
      cpus: [cpu({ task: defer })],
      callbacks: { release },
      initial: linked,
    });
    // Linked; queued; run, with func cleared. The neighbour still points here.
    expect(anywhere(queued, words, { facilities: unwatched })).toEqual([
      [false, false, true, true],
      [true, false, true, true],
      [true, true, true, true],
    ]);
  });

  test('leads a walker astray with every facility off', () => {
    const off = beside(walker(), {
      properties: { 'W: the walker comes to the other page': claimed() },
      facilities: { KASAN: 'off' },
      expected: { W: 'violated' },
    });
    expect(found(off, 'W')).toMatchObject({ facility: 'claim', steps: 3, switches: 1 });
    // The next step dereferences NULL: no kernel survives that, watched or not.
    expect(found(off, 'KASAN')).toMatchObject({
      kind: 'null-dereference',
      object: 'NULL',
      steps: 4,
    });
    expect(explore(off).verdict.ok).toBe(false);
  });

  test('leads a walker to NULL', () => {
    const walked = beside(walker(), {
      properties: { 'W: the walker comes to the other page': claimed() },
      expected: { W: 'violated', KASAN: 'violated' },
    });
    expect(found(walked, 'W')).toMatchObject({ facility: 'claim', steps: 3, switches: 1 });
    expect(found(walked, 'KASAN')).toEqual({
      facility: 'KASAN',
      kind: 'null-dereference',
      object: 'NULL',
      steps: 4,
      switches: 1,
    });
  });

  test('breaks list_del: the pointers are those of the callback', () => {
    const remove = state.fn('remove', (b) => [
      b.atomic(
        'this test is about the words',
        b.step('list_del', (s) => list_del(s.page.lru)),
      ),
    ]);
    const removed = beside(remove as never, { expected: { KASAN: 'violated' } });
    expect(found(removed, 'KASAN')).toMatchObject({ kind: 'null-dereference', steps: 2 });
  });

  test('breaks its neighbour: list_add finds a page that does not point back', () => {
    const newcomer = machine(
      {
        list: list_head(),
        node: list_head(),
        page: record('page', { ...overlay({ lru: list_head(), rcu_head: rcu_head() }) }),
      },
      { callbacks: ['release'] },
    );
    const corrupted = check(
      model({
        machine: newcomer,
        cpus: [
          cpu({
            task: newcomer.fn('task', (b) => [
              b.step('call_rcu', (s) => call_rcu(s.page.rcu_head, 'release')),
              b.step('list_add', (s) => list_add(s.node, s.list)),
            ]),
          }),
        ],
        callbacks: { release: newcomer.fn('release', (b) => [b.step('ran', () => {})]) },
        initial: (s) => {
          INIT_LIST_HEAD(s.list);
          list_add(s.page.lru, s.list);
        },
      }),
      { expected: { DEBUG_LIST: 'violated' } },
    );
    expect(found(corrupted, 'DEBUG_LIST')).toMatchObject({ kind: 'list-add-corruption', steps: 2 });
  });
});

describe('a store through lru while the head is queued', () => {
  const store = (value: number, field: 'next' | 'prev') =>
    state.fn('store', (b) => [
      b.step(`page->lru.${field} = ${value}`, (s) => {
        s.page.lru[field] = value;
      }),
    ]);

  test.each([
    ['a poison', LIST_POISON2, 'wild-call'],
    ['NULL', NULL, 'null-call'],
  ])('of %s into prev is what the callback is called through', (_name, value, kind) => {
    const called = beside(store(value, 'prev') as never, { expected: { KASAN: 'violated' } });
    expect(found(called, 'KASAN')).toEqual({
      facility: 'KASAN',
      kind,
      object: 'page.rcu_head',
      // Queue, store, start.
      steps: 3,
      switches: 2,
    });
  });

  test('of an address into prev is a call of data', () => {
    const task = state.fn('store', (b) => [
      b.step('page->lru.prev = &list', (s) => {
        s.page.lru.prev = address_of(s.list);
      }),
    ]);
    const called = beside(task as never, { expected: { KASAN: 'violated' } });
    expect(found(called, 'KASAN')).toMatchObject({ kind: 'wild-call', object: 'page.rcu_head' });
  });

  test('into next leaves the callback alone, where callbacks have no order', () => {
    const kept = beside(store(LIST_POISON1, 'next') as never);
    expect(counts(kept)).toMatchObject({ verdict: 'holds', violated: [] });
  });

  test('into next loses those behind it, where they are a list', () => {
    const listed = machine(
      {
        page: record('page', { ...overlay({ lru: list_head(), rcu_head: rcu_head() }) }),
        behind: rcu_head(),
        ran: bool(),
      },
      { callbacks: ['first', 'second'] },
    );
    const task = listed.fn('task', (b) => [
      b.step('call_rcu(page)', (s) => call_rcu(s.page.rcu_head, 'first')),
      b.step('call_rcu(behind)', (s) => call_rcu(s.behind, 'second')),
      b.step('page->lru.next = POISON', (s) => {
        s.page.lru.next = LIST_POISON1;
      }),
    ]);
    const poisoned = check(
      model({
        machine: listed,
        cpus: [cpu({ task })],
        callbacks: {
          first: listed.fn('first', (b) => [b.step('first ran', () => {})]),
          second: listed.fn('second', (b) => [b.step('second ran', () => {})]),
        },
        rcu: { callbacks: 'softirq', order: 'fifo' },
      }),
      { facilities: unwatched, expected: { KASAN: 'violated' } },
    );
    expect(found(poisoned, 'KASAN')).toMatchObject({
      kind: 'wild-dereference',
      object: 'LIST_POISON1',
    });
  });
});
