/**
 * Small models kept for ever. Each loses its bug, or finds one that is not there, if a rule of the search is left out; whatever
 * a search leaves unexplored must end as `expected` says (docs/how-the-search-works.md).
 */
import {
  always,
  at_rest,
  atomic_inc,
  BUG_ON,
  type Builder,
  bool,
  type Check,
  type CheckOptions,
  call_rcu,
  check,
  claim,
  claimed,
  cpu,
  ghost,
  machine,
  model,
  type Nodes,
  never,
  range,
  rcu_head,
  type StateOf,
  spin_is_locked,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  whenever,
} from 'heddle';
import { locked, set } from './bodies.ts';

export interface Trap {
  /** The rule that finds what this model hides. */
  readonly rule: string;
  readonly check: Check;
  /** Of the full search. */
  readonly states: number;
  readonly generated: number;
  readonly dead: number;
  /** By property id or facility: steps and switches of the shortest schedule, or what else the cell says. */
  readonly expected: Readonly<
    Record<string, { readonly steps: number; readonly switches: number } | string>
  >;
}

const two = machine({ lock: spinlock(), x: uint(2), y: uint(2), z: uint(2), note: ghost(uint(2)) });
type Two = StateOf<typeof two>;
type Body = (b: Builder<Two, object>) => Nodes;

/** One CPU per body. */
function cpus(bodies: Readonly<Record<string, Body>>, options: CheckOptions<Two> = {}): Check {
  const all = Object.entries(bodies).map(([name, body]) => cpu({ task: two.fn(name, body) }));
  return check(model({ machine: two, cpus: all }), options);
}

/** Whoever finds x = 0 takes it and counts itself in y: two of them may. */
const testThenSet: Body = (b) => [
  b.test('x == 0', (s) => s.x === 0, [
    set(b, 'x', 1),
    b.step('atomic_inc(y)', (s) => atomic_inc(s, 'y')),
  ]),
];

const heads = machine({ lock: spinlock(), head: rcu_head(), done: bool() }, { callbacks: ['run'] });

export const traps: Readonly<Record<string, Trap>> = {
  'a violation behind a soft violation': {
    rule: 'a soft violation is recorded and its path goes on',
    check: cpus(
      { writer: (b) => [set(b, 'x', 1), set(b, 'x', 2), set(b, 'x', 3)] },
      {
        properties: {
          'A: x is not 1': never((s) => s.x === 1),
          'B: x is not 3': never((s) => s.x === 3),
        },
        expected: { A: 'violated', B: 'violated' },
      },
    ),
    states: 4,
    generated: 4,
    dead: 1,
    expected: { A: { steps: 1, switches: 0 }, B: { steps: 3, switches: 0 } },
  },

  'a violation behind a fatal one': {
    rule: 'a property is masked, and does not hold, where a path was cut',
    check: cpus(
      {
        writer: (b) => [
          set(b, 'x', 1),
          b.step('BUG_ON(x)', (s) => BUG_ON(s.x === 1)),
          set(b, 'x', 3),
        ],
      },
      {
        properties: { 'B: x is not 3': never((s) => s.x === 3) },
        expected: { BUG_ON: 'violated', B: 'masked' },
      },
    ),
    states: 2,
    generated: 2,
    dead: 1,
    expected: { BUG_ON: { steps: 2, switches: 0 }, B: 'masked' },
  },

  'a violation that another path reaches too': {
    rule: 'what one CPU cuts another may still find',
    check: cpus(
      {
        victim: (b) => [b.step('BUG_ON(y == 0)', (s) => BUG_ON(s.y === 0)), set(b, 'x', 3)],
        other: (b) => [set(b, 'y', 1)],
      },
      {
        properties: { 'B: x is not 3': never((s) => s.x === 3) },
        expected: { BUG_ON: 'violated', B: 'violated' },
      },
    ),
    // (before, before), (before, done), (past, done), (done, done).
    states: 4,
    generated: 4,
    dead: 1,
    expected: { BUG_ON: { steps: 1, switches: 0 }, B: { steps: 3, switches: 1 } },
  },

  'plain lock in a task and the same lock in a callback': {
    rule: 'a stretch under a lock is joined only where no callback of the CPU can come between',
    check: check(
      model({
        machine: heads,
        cpus: [
          cpu({
            task: heads.fn('task', (b) => [
              b.step('call_rcu', (s) => call_rcu(s.head, 'run')),
              b.call(spin_lock, (s) => s.lock),
              b.step('inside', () => {}),
              b.call(spin_unlock, (s) => s.lock),
            ]),
          }),
        ],
        callbacks: {
          run: heads.fn('run', (b) => [
            b.call(spin_lock, (s) => s.lock),
            b.step('done', (s) => {
              s.done = true;
            }),
            b.call(spin_unlock, (s) => s.lock),
          ]),
        },
        rcu: { callbacks: 'softirq' },
      }),
      { expected: { LOCKDEP: 'violated' } },
    ),
    // Before call_rcu 1; the callback queued, at its three steps, or done, with the task at 4 places; in two of them the lock is
    // held, and the callback stays at its first step for ever: dead, as is the end.
    states: 1 + 2 * 5 + 2 * 3,
    generated: 1 + 1 + 6 + 2 * 3 + 4,
    dead: 3,
    expected: { LOCKDEP: { steps: 4, switches: 0 } },
  },

  'a property over an intermediate state': {
    rule: 'what a property reads ends a stretch',
    check: cpus(
      {
        writer: (b) => locked(b, [set(b, 'x', 1), set(b, 'y', 1)]),
        other: (b) => locked(b, [set(b, 'z', 1)]),
      },
      {
        properties: {
          'E: x and y are equal': always((s) => s.x === s.y),
          'F: x and y are equal whenever the lock is free': whenever(
            (s) => !spin_is_locked(s.lock),
            (s) => s.x === s.y,
          ),
        },
        expected: { E: 'violated' },
      },
    ),
    // 5 places of one, 4 of the other, but never both past taking the lock: 5 * 4 - 3 * 2.
    states: 14,
    generated: 15,
    dead: 1,
    expected: { E: { steps: 2, switches: 0 }, F: 'holds' },
  },

  'a claim between two steps that belong together': {
    rule: 'claims are evaluated on every micro step',
    check: cpus(
      {
        writer: (b) => [set(b, 'x', 1), set(b, 'x', 0)],
        reader: (b) => [b.step('look', (s) => claim('C', s.x === 0))],
      },
      { properties: { 'C: x is 0': claimed() }, expected: { C: 'violated' } },
    ),
    states: 6,
    generated: 8,
    dead: 1,
    expected: { C: { steps: 2, switches: 1 } },
  },

  'a step that returns to its own state': {
    rule: 'a self-loop counts as a cycle: it must not stand for all other moves',
    check: cpus(
      {
        idler: (b) => [b.loop([b.step('nothing', () => {})])],
        writer: (b) => [set(b, 'x', 1), set(b, 'x', 2)],
      },
      {
        properties: { 'X: x is not 2': never((s) => s.x === 2) },
        expected: { X: 'violated', deadlock: 'violated' },
      },
    ),
    // The idler moves in each of the writer's three places; at the end only it moves, and gets nowhere.
    states: 3,
    generated: 1 + 3 + 2,
    dead: 0,
    expected: { X: { steps: 2, switches: 0 }, deadlock: { steps: 2, switches: 0 } },
  },

  'a CPU that loops privately': {
    rule: 'a cycle of one CPU must not hide the others for ever (the ignoring problem)',
    check: cpus(
      {
        looper: (b) => [b.loop([set(b, 'z', 1), set(b, 'z', 0)])],
        writer: (b) => [set(b, 'x', 1), set(b, 'x', 2)],
      },
      { properties: { 'X: x is not 2': never((s) => s.x === 2) }, expected: { X: 'violated' } },
    ),
    states: 6,
    generated: 1 + 6 + 4,
    dead: 0,
    expected: { X: { steps: 2, switches: 0 } },
  },

  'a poll that another CPU ends': {
    rule: 'a failed poll is a step back to the same state, no deadlock and no progress',
    check: cpus({
      poller: (b) => [b.spin_until('x', (s) => s.x === 1), set(b, 'y', 1)],
      writer: (b) => [set(b, 'x', 1)],
    }),
    // (polls, before), (polls, done), (past, done), (done, done).
    states: 4,
    generated: 1 + 2 + 1 + 1,
    dead: 1,
    expected: { deadlock: 'holds' },
  },

  'two states of one level that each lead to the other': {
    rule: 'a state of the same level counts as expanded, or each waits for the other to expand the rest',
    check: cpus(
      {
        up: (b) => [
          b.loop([
            b.until(
              'x = 1',
              (s) => s.x === 0,
              (s) => {
                s.x = 1;
              },
            ),
          ]),
        ],
        down: (b) => [
          b.loop([
            b.until(
              'x = 0',
              (s) => s.x === 1,
              (s) => {
                s.x = 0;
              },
            ),
          ]),
        ],
        writer: (b) => [set(b, 'y', 1)],
      },
      { properties: { 'Y: y is not 1': never((s) => s.y === 1) }, expected: { Y: 'violated' } },
    ),
    states: 4,
    generated: 1 + 4 + 2,
    dead: 0,
    expected: { Y: { steps: 1, switches: 0 } },
  },

  'a word touched once without its lock': {
    rule: 'the discipline holds for every access of the whole search, the last one included',
    check: cpus(
      {
        careful: (b) => locked(b, [set(b, 'x', 1), set(b, 'x', 0)]),
        careless: (b) => [set(b, 'z', 1), b.step('look', (s) => claim('C', s.x === 0))],
      },
      { properties: { 'C: x is 0': claimed() }, expected: { C: 'violated' } },
    ),
    states: 15,
    generated: 1 + 4 * 3 + 2 * 5,
    dead: 1,
    expected: { C: { steps: 4, switches: 1 } },
  },

  'a guard that reads what another CPU writes': {
    rule: 'what a guard reads belongs to the footprint of its step',
    check: cpus(
      {
        waiter: (b) => [b.until('y', (s) => s.y === 1), set(b, 'x', 1)],
        first: (b) => [set(b, 'y', 1), set(b, 'y', 0)],
      },
      {
        properties: { 'X: x stays 0': at_rest((s) => s.x === 0) },
        expected: { X: 'violated', deadlock: 'violated' },
      },
    ),
    // The waiter misses y: (waits, y = 0 again) is dead and not at rest.
    states: 3 + 2 + 2,
    generated: 1 + 2 + 1 + 2 + 2,
    dead: 2,
    expected: { X: { steps: 4, switches: 2 }, deadlock: { steps: 2, switches: 0 } },
  },

  'a property that tells CPUs apart': {
    rule: 'symmetry folds only what no property, step or initial state tells apart',
    check: check(
      model({
        machine: two,
        cpus: [
          cpu({
            count: 3,
            task: two.fn('task', (b) => [
              b.step('atomic_inc', (s, _l, ctx) => {
                atomic_inc(s, 'x');
                s.note = ctx.cpu;
              }),
            ]),
          }),
        ],
      }),
      {
        properties: { 'L: CPU2 is not the last': never((s) => s.x === 3 && s.note === 2) },
        expected: { L: 'violated' },
      },
    ),
    // Which CPUs have moved, and which of them last: 1 + 3 * 1 + 3 * 2 + 1 * 3.
    states: 13,
    generated: 1 + 3 + 3 * 2 + 6,
    dead: 3,
    expected: { L: { steps: 3, switches: 2 } },
  },

  'a condition is not fused with the branch it guards': {
    rule: 'test is a step of its own: another CPU may come between it and what it decides',
    check: cpus(
      { one: testThenSet, other: testThenSet },
      { properties: { 'Y: y is at most 1': never((s) => s.y === 2) }, expected: { Y: 'violated' } },
    ),
    states: 19,
    generated: 27,
    dead: 2,
    expected: { Y: { steps: 6, switches: 2 } },
  },
};

const races = machine({ a: range(3), b: range(3), c: range(3), last: ghost(range(3)) });

/** Models whose first shortest schedule in breadth-first order has more switches than the best one. */
export const switching: Readonly<
  Record<
    string,
    {
      readonly check: Check;
      readonly id: string;
      readonly steps: number;
      readonly switches: number;
    }
  >
> = {
  'two that both must finish': {
    check: check(
      model({
        machine: races,
        cpus: [
          cpu({
            count: 2,
            task: races.fn('three', (b) => [
              b.step('first', (s) => atomic_inc(s, 'a')),
              b.step('second', (s) => atomic_inc(s, 'b')),
            ]),
          }),
        ],
      }),
      {
        properties: { 'P: not both': never((s) => s.a === 2 && s.b === 2) },
        expected: { P: 'violated' },
      },
    ),
    id: 'P',
    steps: 4,
    switches: 1,
  },

  'three, the last of which must have waited for the others': {
    check: check(
      model({
        machine: races,
        cpus: [
          cpu({
            count: 3,
            task: races.fn('task', (b) => [
              b.step('first', (s) => atomic_inc(s, 'a')),
              b.step('second', (s) => {
                atomic_inc(s, 'b');
              }),
            ]),
          }),
        ],
      }),
      {
        properties: { 'P: not all': never((s) => s.a === 3 && s.b === 3) },
        expected: { P: 'violated' },
      },
    ),
    id: 'P',
    steps: 6,
    switches: 2,
  },

  // CPU1 must go first or CPU0 would wait: the cheapest way begins with the CPU of the higher number.
  'the higher number goes first': {
    check: check(
      model({
        machine: races,
        cpus: [
          cpu({
            task: races.fn('late', (b) => [
              b.step('a = 1', (s) => {
                s.a = 1;
              }),
              b.until('b', (s) => s.b === 2),
              b.step('c = 1', (s) => {
                s.c = 1;
              }),
            ]),
          }),
          cpu({
            task: races.fn('early', (b) => [
              b.step('b = 1', (s) => {
                s.b = 1;
              }),
              b.step('b = 2', (s) => {
                s.b = 2;
              }),
            ]),
          }),
        ],
      }),
      { properties: { 'P: c stays 0': never((s) => s.c === 1) }, expected: { P: 'violated' } },
    ),
    id: 'P',
    steps: 5,
    switches: 1,
  },

  // The same state is reached with the same number of switches but another CPU last; only one of the two goes on for free.
  'who moved last matters': {
    check: check(
      model({
        machine: races,
        cpus: [
          cpu({
            task: races.fn('zero', (b) => [
              b.step('a = 1', (s) => {
                s.a = 1;
              }),
              b.step('look', (s) => claim('C', !(s.b === 1))),
            ]),
          }),
          cpu({
            task: races.fn('one', (b) => [
              b.step('b = 1', (s) => {
                s.b = 1;
              }),
            ]),
          }),
        ],
      }),
      { properties: { 'C: b is 0': claimed() }, expected: { C: 'violated' } },
    ),
    id: 'C',
    steps: 3,
    switches: 1,
  },
};
