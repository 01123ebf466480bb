/** Programs written by hand: small designs whose counts or verdicts are known from elsewhere. */
import type { Body, Effect, Func, LockForm, Node, Place, Program, Test, Value } from './program.ts';
import { blank, NONE } from './program.ts';

const uint = (max: number) => ({ type: 'uint', max }) as const;
const step = (...effects: Effect[]): Node => ({ do: 'step', effects });
const func = (locals: Func['locals'], body: Body): Func => ({ params: {}, locals, body });
const local = (name: string): Value => ({ local: name });
const and = (left: Value, right: number): Value => ({ op: 'and', of: [left, right] });
const bits = (value: number): Value => ({ op: 'shl', of: [value, local('h')] });
const compareTo = (left: Value, is: Test['is'], right: Value): Test => ({ left, is, right });
const when = (guard: Test, yes: Body, no: Body = []): Node => ({
  do: 'when',
  guard,
  yes,
  no,
});
const lock = (form: LockForm, which = 0): Node => ({ do: 'lock', lock: which, form });
const unlock = (form: LockForm, which = 0): Node => ({ do: 'unlock', lock: which, form });

/** Each CPU reads i into its t, which stays, then writes t + 1 (oracles.md). */
export function lostUpdate(cpus: number, locked: boolean): Program {
  const copy = (from: Place, to: Place, plus: number): Node =>
    step(
      { op: 'load', from, to: 'value' },
      { op: 'store', on: to, value: { op: 'add', of: [local('value'), plus] } },
      { op: 'set', to: 'value', value: 0 },
    );
  const body = [copy({ shared: 'i' }, { own: 't' }, 0), copy({ own: 't' }, { shared: 'i' }, 1)];
  return {
    ...blank,
    shared: { i: uint(7) },
    perCpu: { t: uint(7) },
    locks: locked ? 1 : 0,
    functions: {
      increment: func(
        { value: uint(7) },
        locked ? [lock('plain'), ...body, unlock('plain')] : body,
      ),
    },
    cpus: [{ count: cpus, task: 'increment' }],
  };
}

/** Forks as shared flags, all take the left one first, for ever (oracles.md). */
export function philosophers(count: number): Program {
  const forks = Array.from({ length: count }, (_, index) => `fork${index}`);
  const take = (fork: string): Node => ({
    do: 'until',
    guard: { place: { shared: fork }, is: 'eq', right: 0 },
    effects: [{ op: 'store', on: { shared: fork }, value: 1 }],
  });
  const drop = (fork: string): Node => step({ op: 'store', on: { shared: fork }, value: 0 });
  const functions = forks.map((left, index) => {
    const right = forks[(index + 1) % count];
    const round = [take(left), take(right), drop(left), drop(right)];
    return [`philosopher${index}`, func({}, [{ do: 'loop', body: round }])] as const;
  });
  return {
    ...blank,
    shared: Object.fromEntries(forks.map((fork) => [fork, { type: 'bool' }])),
    functions: Object.fromEntries(functions),
    cpus: functions.map(([task]) => ({ count: 1, task })),
  };
}

/** A task and an RCU callback on its CPU take one lock; `form` is how the task takes it. */
export function lockInTaskAndCallback(form: LockForm): Program {
  const work: Body = [
    step({ op: 'xchg', on: { shared: 'r' }, value: NONE, to: 'p' }),
    when(compareTo(local('p'), 'ne', NONE), [
      step({ op: 'call_rcu', object: 'p', callback: 'release' }),
    ]),
    lock(form),
    step({ op: 'rmw', how: 'add', on: { shared: 'x' }, by: 1 }),
    unlock(form),
  ];
  return {
    ...blank,
    shared: { x: uint(3), r: { type: 'ref' } },
    locks: 1,
    objects: 1,
    firstObject: 'published',
    functions: {
      work: func({ p: { type: 'ref' } }, work),
      release: {
        ...func({}, [lock('plain'), step({ op: 'free', object: 'head' }), unlock('plain')]),
        callback: 'rcu',
      },
    },
    cpus: [{ count: 1, task: 'work' }],
  };
}

/** Two locks taken in opposite orders; with `handler`, interrupts go on coming while the tasks are stuck. */
export function oppositeOrders(handler: boolean): Program {
  const both = (first: number, second: number): Func =>
    func({}, [
      lock('plain', first),
      lock('plain', second),
      unlock('plain', second),
      unlock('plain', first),
    ]);
  return {
    ...blank,
    shared: { ticks: { type: 'uint', max: 1, wraps: true } },
    locks: 2,
    functions: {
      forth: both(0, 1),
      back: both(1, 0),
      tick: func({}, [step({ op: 'rmw', how: 'add', on: { shared: 'ticks' }, by: 1 })]),
    },
    cpus: [
      { count: 1, task: 'forth', ...(handler ? { softirq: 'tick' } : {}) },
      { count: 1, task: 'back' },
    ],
  };
}

export type PageTables = 'base' | 'base without P' | 'b0';

/**
 * The tracking byte of s390's 2K page tables, before pte_free_defer() (kernel-facts.md 5.1, 5.2): A bits 0x03, P bits 0x30, the
 * page on a list while one half is allocated. One CPU frees the upper half by RCU (here: waits for it) and allocates; the other
 * allocates, frees what it got, and frees the lower half at once. The byte is the value of a page; there are two.
 */
export function pageTables(design: PageTables): Program {
  const page: Place = { object: 'page' };
  const flip = (mask: Value): Effect => ({ op: 'rmw', how: 'xor', on: page, by: mask, to: 'm' });
  const remark = (half: number): Effect => {
    const both = 0x11 << half;
    return { op: 'claim', id: 'P1', holds: compareTo(and(local('m'), both), 'ne', both) };
  };
  const xor = (mask: Value): Node => step(flip(mask), remark(0), remark(1));
  const list = (word: 'list_add' | 'list_add_tail' | 'list_del'): Node =>
    step({ op: 'list', word, object: 'page', list: 0 });
  const onList = compareTo(and(local('m'), 3), 'ne', 0);
  const release = when(compareTo(local('m'), 'eq', 0), [step({ op: 'free', object: 'page' })]);
  const free: Body = [
    lock('bh'),
    xor(bits(design === 'b0' ? 0x01 : 0x11)),
    when(onList, [list('list_add')], [list('list_del')]),
    unlock('bh'),
    ...(design === 'b0' ? [] : [xor(bits(0x10))]),
    release,
  ];
  const freeByRcu: Body = [
    lock('bh'),
    xor(bits(0x11)),
    when(onList, [list('list_add_tail')], [list('list_del')]),
    unlock('bh'),
    { do: 'synchronize_rcu' },
    xor(bits(0x10)),
    release,
  ];
  const half = { page: { type: 'ref' }, h: uint(1) } as const;
  const call = (name: string, h: Value): Node => ({
    do: 'call',
    function: name,
    args: { page: local('page'), h },
    results: {},
  });
  const allocate: Node = {
    do: 'call',
    function: 'allocate',
    args: {},
    results: { page: 'page', h: 'h' },
  };
  const load: Node = step({ op: 'load', from: { shared: 'r' }, to: 'page' });
  return {
    ...blank,
    shared: { r: { type: 'ref' } },
    locks: 1,
    lists: 1,
    objects: 2,
    maxValue: 0x3f,
    firstValue: 0x03,
    firstObject: 'published',
    functions: {
      free: { params: half, locals: { m: uint(0x3f) }, body: free },
      freeByRcu: { params: half, locals: { m: uint(0x3f) }, body: freeByRcu },
      allocate: func({ ...half, m: uint(0x3f) }, allocation(design, xor, list)),
      unmap: func(half, [load, call('freeByRcu', 1), allocate]),
      fault: func(half, [
        allocate,
        when(compareTo(local('page'), 'ne', NONE), [call('free', local('h'))]),
        load,
        call('free', 0),
      ]),
    },
    cpus: [
      { count: 1, task: 'unmap' },
      { count: 1, task: 'fault' },
    ],
    properties: { P1: { kind: 'claimed' } },
  };
}

/** page_table_alloc: looks at the first page of the list only, and takes its free half unless that one is pending. */
function allocation(
  design: PageTables,
  xor: (mask: Value) => Node,
  list: (word: 'list_add' | 'list_del') => Node,
): Body {
  const withPending: Value = {
    op: 'and',
    of: [{ op: 'or', of: [local('m'), { op: 'shr', of: [local('m'), 4] }] }, 3],
  };
  const taken = design === 'base without P' ? and(local('m'), 3) : withPending;
  return [
    lock('bh'),
    step({ op: 'list_first', list: 0, to: 'page' }),
    when(compareTo(local('page'), 'ne', NONE), [
      step({ op: 'load', from: { object: 'page' }, to: 'm' }),
      { do: 'local', to: 'm', value: taken },
      when(
        compareTo(local('m'), 'ne', 3),
        [{ do: 'local', to: 'h', value: and(local('m'), 1) }, xor(bits(0x01)), list('list_del')],
        [{ do: 'local', to: 'page', value: NONE }],
      ),
    ]),
    unlock('bh'),
    when(compareTo(local('page'), 'eq', NONE), [
      step({ op: 'alloc', to: 'page', value: 0 }),
      when(compareTo(local('page'), 'ne', NONE), [
        xor(0x01),
        lock('bh'),
        list('list_add'),
        unlock('bh'),
      ]),
    ]),
  ];
}
