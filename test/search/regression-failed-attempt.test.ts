/**
 * A failed attempt of a polling step is a move, and what is found in it counts; but the step has not happened. `after` was asked
 * there by the search and not by the pass that looks for the schedule: "no schedule ends in ...". And a CPU that can only fail was
 * taken for one that stands still, in reduced searches: what its attempts find depends on others all the same.
 */
import {
  after,
  type Builder,
  type CheckOptions,
  check,
  claim,
  claimed,
  cpu,
  explore,
  machine,
  model,
  type StateOf,
  uint,
  WARN_ON,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { Cursor } from '../../src/replay/cursor.ts';
import { parseSchedule } from '../../src/replay/schedule.ts';
import type { Order } from '../../src/search/orders/order.ts';
import type { Reduction } from '../../src/search/reduce/choice.ts';
import { RULES } from '../../src/search/reduce/rules.ts';
import { violationsAtEnd } from '../../src/search/witness.ts';
import { rowOf } from '../outcome.ts';
import { set } from './bodies.ts';

const m = machine({ x: uint(3), y: uint(3), z: uint(3) });
type State = StateOf<typeof m>;

const counts = m.fn('counts', (b) => [1, 2, 3].map((value) => set(b, 'x', value)));
const ways: readonly (readonly Reduction[])[] = [
  ['stubborn'],
  ['transactions'],
  ['stubborn', 'transactions'],
  ['symmetry', 'stubborn', 'transactions'],
];

describe('after a polling step', () => {
  const polls = m.fn('polls', (b) => [b.spin_until('x == 3', (s) => s.x === 3)]);
  const waits = m.fn('waits', (b) => [b.until('x == 3', (s) => s.x === 3)]);
  const asked = (task: typeof polls, value: number) =>
    check(model({ machine: m, cpus: [cpu({ task }), cpu({ task: counts })] }), {
      properties: { 'A: asked': after<State>('x == 3', (s) => s.x !== value) },
    });

  test.each([
    [2, 'holds', 1],
    [3, 'violated', 1],
  ] as const)('x is not %i: %s, as after one that blocks', (value, verdict, evaluated) => {
    for (const task of [polls, waits])
      expect(rowOf(explore(asked(task, value)), 'A')).toMatchObject({ verdict, evaluated });
  });

  test('nor is it by the order in which states are visited', () => {
    const orders: readonly Order[] = [
      { name: 'dfs' },
      { name: 'preemptions', most: 3 },
      { name: 'random', walk: 'uniform', seed: 1, walks: 50 },
    ];
    for (const order of orders) {
      const { verdict } = explore(asked(polls, 2), { order });
      expect(verdict.properties.filter((row) => row.verdict === 'violated')).toEqual([]);
    }
  });

  test('nor where a schedule that ends in a failed attempt is walked', () => {
    const cursor = new Cursor(asked(polls, 2));
    for (const move of parseSchedule('1x2.0')) cursor.push(move);
    expect(violationsAtEnd(asked(polls, 2), cursor)).toEqual([]);
  });

  test.each(ways)('nor in a reduced search: %s', (...reduce) => {
    expect(rowOf(explore(asked(polls, 2), { reduce }), 'A').verdict).toBe('holds');
    expect(rowOf(explore(asked(polls, 3), { reduce }), 'A').verdict).toBe('violated');
  });
});

describe('what a failed attempt finds', () => {
  const passing = check(
    model({
      machine: m,
      cpus: [
        cpu({
          task: m.fn('polls', (b) => [
            b.spin_until('x == 3', (s) => {
              const { x } = s;
              WARN_ON(x === 2);
              return x === 3;
            }),
          ]),
        }),
        cpu({ task: counts }),
        cpu({ task: m.fn('other', (b) => [set(b, 'z', 1)]) }),
      ],
    }),
  );

  test('is shown with a schedule that ends in it', () => {
    expect(rowOf(explore(passing), 'WARN_ON')).toMatchObject({
      verdict: 'violated',
      schedule: '1x2.0',
    });
  });
});

describe('a step that comes back to its own state', () => {
  const look = (b: Builder<State, object>, seen: (x: number) => void) =>
    b.loop([b.step('look', ({ x }) => seen(x))]);
  const counted = (seen: (x: number) => void, properties: CheckOptions<State>['properties']) =>
    check(
      model({
        machine: m,
        cpus: [
          cpu({ task: m.fn('looks', (b) => [look(b, seen)]) }),
          cpu({ task: counts }),
          cpu({ task: m.fn('other', (b) => [set(b, 'z', 1)]) }),
        ],
      }),
      { properties },
    );
  const asked = counted(() => {}, { 'A: asked': after('look', (s) => s.x !== 2) });
  const claims = counted(
    (x) => {
      if (x === 2) claim('C', true);
    },
    { 'C: claimed': claimed() },
  );

  test.each(ways)('is asked about all the same in a reduced search: %s', (...reduce) => {
    expect(rowOf(explore(asked), 'A').verdict).toBe('violated');
    expect(rowOf(explore(claims), 'C').verdict).toBe('holds');
    for (const tour of [false, true]) {
      const options = { reduce, rules: { ...RULES, tour } };
      expect(rowOf(explore(asked, options), 'A').verdict).toBe('violated');
      expect(rowOf(explore(claims, options), 'C').verdict).toBe('holds');
    }
  });
});
