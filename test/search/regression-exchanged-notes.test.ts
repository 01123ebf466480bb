/**
 * Of two pages that can be exchanged a reduced search saw one order of their locks only, and so no circle; of two CPUs it saw one
 * touch a word, and so no sharing. And who can reach an object was asked of the states it had stored, which lack those of joined steps.
 * What images of a step touch beside, as one that asks CPUs in their order does, was not noted either.
 */
import {
  alloc,
  atomic_xchg,
  type Builder,
  bool,
  type Check,
  check,
  cpu,
  cpu_id,
  explore,
  heap,
  machine,
  model,
  NONE,
  type Nodes,
  per_cpu,
  record,
  ref,
  type StateOf,
  spin_lock,
  spin_lock_init,
  spin_unlock,
  spinlock,
  uint,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { REDUCTIONS, type Reduction } from '../../src/search/reduce/choice.ts';
import { rowOf } from '../outcome.ts';

const shared = machine({
  page: heap(2, record('page', { lock: spinlock(), x: uint(1), y: uint(1) })),
  first: ref('page'),
  second: ref('page'),
  done: uint(1),
});
type Write = Builder<StateOf<typeof shared>, Record<never, never>>;

function checkOf(...bodies: readonly ((b: Write) => Nodes)[]): Check {
  const all = bodies.map((body, at) => cpu({ task: shared.fn(`task ${at}`, body) }));
  return check(model({ machine: shared, cpus: all, source: 'test' }), {
    facilities: { leak: 'off' },
  });
}

const take = (name: 'first' | 'second') => (b: Write) =>
  b.step(`${name} = alloc()`, (s) => {
    s[name] = alloc(s.page, { x: 0, y: 0 });
    spin_lock_init(s.page[s[name]].lock);
  });

const nested = checkOf((b) => [
  take('first')(b),
  take('second')(b),
  b.call(spin_lock, (s) => s.page[s.first].lock, 'first'),
  b.call(spin_lock, (s) => s.page[s.second].lock, 'second'),
  b.step('first->x = 1', (s) => {
    s.page[s.first].x = 1;
  }),
  b.call(spin_unlock, (s) => s.page[s.second].lock, 'second'),
  b.call(spin_unlock, (s) => s.page[s.first].lock, 'first'),
]);

/** Whoever comes first changes two words at once: in no schedule do both. */
const m = machine({ turn: uint(1), a: uint(1), b: uint(1) });
const racer = m.fn('racer', { locals: { seen: uint(1) } }, (b) => [
  b.step('seen = xchg(turn, 1)', (s, l) => {
    l.seen = atomic_xchg(s, 'turn', 1);
  }),
  b.when('!seen', (l) => l.seen === 0, [
    b.step('a = b = 1', (s) => {
      s.a = 1;
      s.b = 1;
    }),
  ]),
]);
const either = check(model({ machine: m, cpus: [cpu({ count: 2, task: racer })], source: 'test' }));

/** One after the other, so that all can be joined to the first step. */
const inTurn = checkOf(
  (b) => [
    take('first')(b),
    b.step('x = y = 1', (s) => {
      s.page[s.first].x = 1;
      s.page[s.first].y = 1;
    }),
    b.step('done', (s) => {
      s.done = 1;
    }),
  ],
  (b) => [
    b.until('done', (s) => s.done === 1),
    b.step('x = 0', (s) => {
      if (s.first !== NONE) s.page[s.first].x = 0;
    }),
  ],
);

const take_two = (b: Write) =>
  ['one', 'another'].map((which) =>
    b.step(`${which} page = alloc(), or none`, (s) => {
      const page = alloc(s.page, { x: 0, y: 0 });
      if (page !== NONE) s.first = page;
    }),
  );
const short = checkOf(take_two, take_two);

const crowd = machine({
  turn: cpu_id(),
  here: per_cpu(bool()),
});
type Crowd = StateOf<typeof crowd>;

/** Whichever of three CPUs comes first is here alone, and asks all in their order until one that `isFound` answers. */
function asking(isFound: (s: Crowd, one: number) => boolean): Check {
  const task = crowd.fn('task', { locals: { seen: bool() } }, (b) => [
    b.until(
      'my turn',
      (s) => s.turn === NONE,
      (s, _l, ctx) => {
        s.turn = ctx.cpu;
      },
    ),
    b.step('here', (s, _l, ctx) => {
      s.here[ctx.cpu] = true;
    }),
    b.step('ask', (s, l) => {
      l.seen = [0, 1, 2].some((one) => isFound(s, one));
    }),
  ]);
  return check(model({ machine: crowd, cpus: [cpu({ count: 3, task })], source: 'test' }));
}
const untilHere = asking((s, one) => s.here[one] === true);
const untilNotHere = asking((s, one) => s.here[one] === false);

const choices: readonly (readonly Reduction[])[] = [...REDUCTIONS.map((one) => [one]), REDUCTIONS];

describe.each(choices.map((reduce) => ({ reduce })))('reduced by $reduce', ({ reduce }) => {
  test('locks of exchanged objects taken in any order are a circle', () => {
    const outcomes = explore(nested, { reduce });
    expect(rowOf(outcomes, 'LOCKDEP')).toMatchObject({
      verdict: 'violated',
      schedule: rowOf(explore(nested), 'LOCKDEP').schedule,
    });
  });

  test('the same words are always under the same lock', () => {
    const protection = (lines: readonly string[]) =>
      lines.filter((line) => line.startsWith('always under'));
    expect(protection(explore(nested, { reduce }).verdict.scope)).toEqual(
      protection(explore(nested).verdict.scope),
    );
  });

  test('an allocation that finds no free object is told', () => {
    expect(explore(short).verdict.allocationsRefused).toBeGreaterThan(0);
    const { verdict } = explore(short, { reduce });
    expect(verdict.allocationsRefused).toBeGreaterThan(0);
    expect(verdict.scope).toContainEqual(expect.stringContaining('found no free object'));
  });

  test.each([
    ['either of two CPUs may take', either],
    ['another CPU can reach', inTurn],
    ['asks two CPUs in some images alone', untilHere],
    ['asks two CPUs in other images alone', untilNotHere],
  ])('a step is coarse that %s', (_what, one) => {
    expect(explore(one).verdict.error?.code).toBe('coarse-step');
    expect(explore(one, { reduce }).verdict.error?.code).toBe('coarse-step');
  });
});
