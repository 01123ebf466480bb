/**
 * Every CPU looks at the counter of one of them, or stores to it. While all counters are the same that comes to the same, and what was
 * compared in such a state was taken to speak for all: CPUs were exchanged that cannot be.
 */
import {
  at_rest,
  check,
  cpu,
  explore,
  machine,
  model,
  per_cpu,
  range,
  spin_lock,
  spin_unlock,
  spinlock,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { REDUCTIONS, type Reduction } from '../../src/search/reduce/choice.ts';
import { rowOf } from '../outcome.ts';

const m = machine({ lock: spinlock(), t: per_cpu(range(2)), counted: per_cpu(range(1)) });

/** `of` is the CPU whose counter everybody takes for its own. */
const looking = (of: number) =>
  m.fn('task', { locals: { r: range(2) } }, (b) => [
    b.call(spin_lock, (s) => s.lock, 'lock'),
    b.step('t = 2', (s, _, { cpu }) => {
      s.t[cpu] = 2;
    }),
    b.step('t = 0', (s, _, { cpu }) => {
      s.t[cpu] = 0;
    }),
    b.call(spin_unlock, (s) => s.lock, 'lock'),
    b.step(`r = t of CPU${of}`, (s, l) => {
      l.r = s.t[of];
    }),
    b.when('r == 0', (l) => l.r === 0, [
      b.step('counted = 1', (s, _, { cpu }) => {
        s.counted[cpu] = 1;
      }),
    ]),
  ]);

const storing = (of: number) =>
  m.fn('task', (b) => [
    b.step(`t of CPU${of} = 0`, (s) => {
      s.t[of] = 0;
    }),
    b.step('t = 1', (s, _, { cpu }) => {
      s.t[cpu] = 1;
    }),
  ]);

const values = (of: Readonly<Record<number, number>>, count: number) =>
  Array.from({ length: count }, (_, at) => of[at]);

const SETS: readonly (readonly Reduction[])[] = [
  REDUCTIONS,
  ['symmetry'],
  ['stubborn', 'transactions'],
];

describe.each([0, 1])('of CPU%i', (of) => {
  describe.each([2, 3])('%i CPUs', (count) => {
    test.each(SETS)('a look, %s %s %s', (...reduce) => {
      const one = check(model({ machine: m, cpus: [cpu({ count, task: looking(of) })] }), {
        properties: { P: at_rest((s) => values(s.counted, count).every((one) => one === 1)) },
      });
      expect(rowOf(explore(one), 'P').verdict).toBe('violated');
      expect(rowOf(explore(one, { reduce }), 'P').verdict).toBe('violated');
    });

    test.each(SETS)('a store, %s %s %s', (...reduce) => {
      for (const isOne of [true, false]) {
        const one = check(model({ machine: m, cpus: [cpu({ count, task: storing(of) })] }), {
          properties: {
            P: at_rest((s) => values(s.t, count).includes(0) === isOne),
          },
        });
        expect(rowOf(explore(one), 'P').verdict).toBe('violated');
        expect(rowOf(explore(one, { reduce }), 'P').verdict).toBe('violated');
      }
    });
  });
});
