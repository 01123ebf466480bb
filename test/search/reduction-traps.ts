/** Small models kept for ever: each loses what it hides if the reduced search leaves out one of its rules. */
import {
  atomic_inc,
  atomic_xor_bits,
  BUG_ON,
  type Builder,
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
  rcu_head,
  reachable,
  type StateOf,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  WARN_ON,
} from 'heddle';
import type { Reduction } from '../../src/search/reduce/choice.ts';
import type { Rules } from '../../src/search/reduce/rules.ts';
import { locked, set } from './bodies.ts';
import { tokenTraps } from './token-traps.ts';

export interface ReductionTrap {
  /** Left out, the rule loses the violation of `id` in each way of `reduce`; `retraction` is what all rules rest on. */
  readonly rule: keyof Rules | 'retraction';
  readonly reduce: readonly (readonly Reduction[])[];
  readonly id: string;
  readonly check: Check;
}

const words = { lock: spinlock(), x: uint(2), y: uint(2), z: uint(2) };
const shared = machine({ ...words, last: ghost(uint(2)) });
const heads = machine({ ...words, head: rcu_head() }, { callbacks: ['run'] });
type State = StateOf<typeof shared>;
type Body = (b: Builder<State, object>) => Nodes;

/** One CPU per body, in their order: of sets as small as each other the first CPU's is taken. */
function cpus(bodies: Readonly<Record<string, Body>>, options: CheckOptions<State> = {}): Check {
  const all = Object.entries(bodies).map(([name, body]) => cpu({ task: shared.fn(name, body) }));
  return check(model({ machine: shared, cpus: all }), options);
}

const idle = (b: Builder<State, object>) => b.step('nothing', () => {});
const writer: Body = (b) => [set(b, 'x', 1), set(b, 'x', 2)];
const written: CheckOptions<State> = { properties: { 'X: x is not 2': never((s) => s.x === 2) } };
// biome-ignore lint/suspicious/noExplicitAny: of both machines.
const claims: CheckOptions<any> = { properties: { 'C: what is looked at is 0': claimed() } };

const stubborn: readonly (readonly Reduction[])[] = [['stubborn'], ['stubborn', 'transactions']];

export const reductionTraps: Readonly<Record<string, ReductionTrap>> = {
  ...tokenTraps,

  'a CPU that loops privately hides another': {
    rule: 'proviso',
    reduce: stubborn,
    id: 'X',
    check: cpus({ looper: (b) => [b.loop([set(b, 'z', 1), set(b, 'z', 0)])], writer }, written),
  },

  'two states of one level that each lead to the other': {
    rule: 'proviso',
    reduce: stubborn,
    id: 'X',
    check: check(
      model({
        machine: shared,
        cpus: [
          cpu({
            task: shared.fn('turner', (b) => [
              b.loop([b.step('turn', (s) => atomic_xor_bits(s, 'z', 1))]),
            ]),
          }),
          cpu({ task: shared.fn('writer', writer) }),
        ],
        initial: {
          one: () => {},
          other: (s) => {
            s.z = 1;
          },
        },
      }),
      written,
    ),
  },

  'a step that returns to its own state': {
    rule: 'selfReturn',
    reduce: stubborn,
    id: 'X',
    check: cpus(
      {
        idler: (b) => [
          b.loop([b.choose([idle(b)], [b.step('turn', (s) => atomic_xor_bits(s, 'z', 1))])]),
        ],
        writer,
      },
      written,
    ),
  },

  'a property over an intermediate state': {
    rule: 'visibility',
    reduce: stubborn,
    id: 'Y',
    check: cpus(
      { first: (b) => [set(b, 'x', 1)], second: (b) => [set(b, 'y', 1)] },
      { properties: { 'Y: y is not before x': never((s) => s.y === 1 && s.x === 0) } },
    ),
  },

  'a goal over an intermediate state': {
    rule: 'visibility',
    reduce: stubborn,
    id: 'Y',
    check: cpus(
      { first: (b) => [set(b, 'x', 1)], second: (b) => [set(b, 'y', 1)] },
      { properties: { 'Y: y may be before x': reachable((s) => s.y === 1 && s.x === 0) } },
    ),
  },

  'a guard that was false has read': {
    rule: 'guards',
    reduce: stubborn,
    id: 'C',
    check: cpus(
      {
        setter: (b) => [set(b, 'x', 1)],
        waiter: (b) => [
          b.until('y', (s) => s.y === 1),
          b.step('look', (s) => claim('C', s.x !== 0)),
        ],
        other: (b) => [set(b, 'y', 1)],
      },
      claims,
    ),
  },

  'a lock that somebody else releases': {
    rule: 'discipline',
    reduce: stubborn,
    id: 'C',
    check: cpus(
      {
        careful: (b) => locked(b, [set(b, 'x', 1), set(b, 'x', 0)]),
        thief: (b) => [
          b.call(spin_unlock, (s) => s.lock),
          locked(b, [b.step('look', (s) => claim('C', s.x === 0))]),
        ],
      },
      { ...claims, facilities: { LOCKDEP: 'off' } },
    ),
  },

  'plain lock in a task and the same lock in a callback': {
    rule: 'callbacks',
    reduce: [['stubborn'], ['transactions'], ['stubborn', 'transactions']],
    id: 'C',
    check: check(
      model({
        machine: heads,
        cpus: [
          cpu({
            task: heads.fn('other', (b) =>
              locked(b, [set(b, 'y', 1), set(b, 'x', 1), set(b, 'x', 0)]),
            ),
          }),
          cpu({
            task: heads.fn('task', (b) => [
              b.until('y', (s) => s.y === 1),
              b.step('call_rcu', (s) => call_rcu(s.head, 'run')),
              ...locked(b, [set(b, 'z', 1)]),
            ]),
          }),
        ],
        callbacks: {
          run: heads.fn('run', (b) => [
            b.step('look', (s) => claim('C', s.x === 0)),
            ...locked(b, [set(b, 'z', 2)]),
          ]),
        },
        rcu: { callbacks: 'softirq' },
      }),
      { ...claims, facilities: { LOCKDEP: 'soft' } },
    ),
  },

  'a variable touched once without its lock': {
    rule: 'retraction',
    reduce: [['stubborn'], ['transactions'], ['stubborn', 'transactions']],
    id: 'C',
    check: cpus(
      {
        careful: (b) => locked(b, [set(b, 'x', 1), set(b, 'x', 0)]),
        careless: (b) => [set(b, 'z', 1), b.step('look', (s) => claim('C', s.x === 0))],
      },
      claims,
    ),
  },

  'an effect that now and then writes another word': {
    rule: 'retraction',
    reduce: stubborn,
    id: 'C',
    check: cpus(
      {
        sometimes: (b) => [
          b.atomic(
            'two words',
            b.step('z and x', (s) => {
              if (s.z === 1) s.x = 1;
              s.y = 1;
            }),
          ),
          b.step('x = 0', (s) => {
            s.x = 0;
          }),
        ],
        other: (b) => [set(b, 'z', 1), b.step('look', (s) => claim('C', s.x === 0))],
      },
      claims,
    ),
  },

  'a violation behind a violation': {
    rule: 'noJoinOverViolation',
    reduce: [['transactions'], ['stubborn', 'transactions']],
    id: 'X',
    check: cpus(
      {
        warns: (b) => [
          set(b, 'z', 1),
          b.step('WARN_ON(z)', (s) => WARN_ON(s.z === 1)),
          set(b, 'x', 1),
        ],
        writer: (b) => [b.until('x', (s) => s.x === 1), set(b, 'x', 2)],
      },
      written,
    ),
  },

  'a violation that ends the path of one CPU': {
    rule: 'noJoinOverViolation',
    reduce: [['transactions'], ['stubborn', 'transactions']],
    id: 'X',
    check: cpus(
      {
        bugs: (b) => [set(b, 'z', 1), b.step('BUG', () => BUG_ON(true))],
        writer: (b) => [b.until('z', (s) => s.z === 1), set(b, 'x', 2)],
      },
      written,
    ),
  },

  'a violation that nobody can interfere with': {
    rule: 'expandAtViolation',
    reduce: stubborn,
    id: 'X',
    check: cpus({ bugs: (b) => [b.step('BUG', () => BUG_ON(true))], writer }, written),
  },

  'a property that names one of several CPUs': {
    rule: 'equivariance',
    reduce: [['symmetry'], ['symmetry', 'stubborn', 'transactions']],
    id: 'L',
    check: check(
      model({
        machine: shared,
        cpus: [
          cpu({
            count: 3,
            task: shared.fn('task', (b) => [
              b.step('atomic_inc', (s, _l, ctx) => {
                atomic_inc(s, 'x');
                s.last = ctx.cpu;
              }),
            ]),
          }),
        ],
      }),
      { properties: { 'L: CPU0 is not the last': never((s) => s.x === 3 && s.last === 0) } },
    ),
  },
};

const orders = machine({ first: spinlock(), second: spinlock(), x: uint(2) });
const inOrder = (name: string, outer: 'first' | 'second', inner: 'first' | 'second') =>
  orders.fn(name, (b) => [
    b.call(spin_lock, (s) => s[outer]),
    b.call(spin_lock, (s) => s[inner]),
    b.step('x = 1', (s) => {
      s.x = 1;
    }),
    b.call(spin_unlock, (s) => s[inner]),
    b.call(spin_unlock, (s) => s[outer]),
  ]);
const there = inOrder('there', 'first', 'second');
const back = inOrder('back', 'second', 'first');
const passerBy = orders.fn('passer_by', (b) => [
  b.step('x = 0', (s) => {
    s.x = 0;
  }),
]);
const together = (...all: readonly ReturnType<typeof cpu>[]): Check =>
  check(model({ machine: orders, cpus: all }));

/** Each takes one lock and waits for the other: joined over, no state would be left in which both hold one. */
export const oppositeOrders: Readonly<Record<string, Check>> = {
  two: together(cpu({ task: there }), cpu({ task: back })),
  three: together(cpu({ count: 2, task: there }), cpu({ task: back })),
  'two and another': together(cpu({ task: there }), cpu({ task: back }), cpu({ task: passerBy })),
};
