/** Random programs for reductions, with what is asked of them: two to five CPUs, small enough that a full search takes no time. */
import fc from 'fast-check';
import { prune, program as wild } from '../oracle/arbitrary.ts';
import type { Body, Cpu, Func, Program, Property, Rcu, SharedTest } from '../oracle/program.ts';
import { locals, pick, small } from '../oracle/random-steps.ts';
import { apart, bodyOf, callback, handler, themes } from './idioms.ts';

type Arb<T> = fc.Arbitrary<T>;

/** A program, how facilities react to it, and what the oracle's language has no words for. */
export interface Trial {
  readonly program: Program;
  readonly kcsan: boolean;
  readonly lockdep: 'fatal' | 'soft' | 'off';
  /** Asked after a step: the label is the one of that number, counted round. */
  readonly after: readonly { readonly label: number; readonly test: SharedTest }[];
  /** To be reached. */
  readonly goals: readonly SharedTest[];
  /** Never to be the own word of a CPU that is named, which tells it from others. */
  readonly named: { readonly cpu: number; readonly value: number } | undefined;
  /** Never to be so at once. */
  readonly together: { readonly x: number; readonly y: number } | undefined;
  /** Which way of reducing learns first what the others are told. */
  readonly first: number;
  /** Whether walks go before the search. */
  readonly tour: boolean;
  /** Levels and states at most, of searches that end there. */
  readonly bound: { readonly depth: number; readonly states: number } | undefined;
  /** Whether schedules are compared too. */
  readonly schedules: boolean;
}

/** In one of so many cases. */
const seldom = <T>(times: number, one: Arb<T>): Arb<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });

/** How many CPUs, those of one group being identical, and how many idioms each has at most. */
const shapes: Arb<readonly [counts: readonly number[], most: number]> = pick<
  readonly [readonly number[], number]
>(
  [[2], 3],
  [[2], 2],
  [[1, 1], 3],
  [[1, 1], 3],
  [[1, 1], 2],
  [[3], 1],
  [[2, 1], 2],
  [[2, 1], 1],
  [[1, 1, 1], 2],
  [[1, 1, 1], 1],
  [[4], 1],
  [[3, 1], 1],
  [[2, 1, 1], 1],
  [[5], 1],
);

const sharedTest: Arb<SharedTest> = fc.record({
  left: pick('x', 'x', 'y', 'z', 'g'),
  is: pick('eq', 'ne', 'ne', 'lt'),
  right: fc.oneof({ weight: 2, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: pick('x', 'y') }),
});

const properties: Arb<Record<string, Property>> = fc
  .tuple(
    fc.subarray(['A', 'B', 'D', 'E'], { minLength: 0, maxLength: 2 }),
    fc.array(sharedTest, { minLength: 4, maxLength: 4 }),
  )
  .map(([names, [a, b, d, e]]) => {
    const all: Record<string, Property> = {
      A: { kind: 'always', test: a },
      B: { kind: 'at_rest', test: b },
      D: { kind: 'whenever', freeLock: 0, test: d },
      E: { kind: 'always', test: e },
    };
    const asked = Object.fromEntries(names.map((name) => [name, all[name]]));
    return { ...asked, C: { kind: 'claimed' } };
  });

const rcu: Arb<Rcu> = fc.record({
  callbacks: pick('softirq', 'softirq', 'offloaded', 'both'),
  order: pick('any', 'any', 'fifo'),
  doubleQueue: fc.constant('debug' as const),
  consolidated: pick(false, false, false, true),
});

const func = (body: Body): Func => ({ params: {}, locals, body });

const ofIdioms: Arb<Program> = fc.tuple(themes, shapes).chain(([theme, [counts, most]]) =>
  fc
    .record({
      tasks: fc.oneof(
        { weight: 5, arbitrary: fc.tuple(...counts.map(() => bodyOf(theme, most))) },
        { weight: 1, arbitrary: apart(counts.length) },
      ),
      softirq: seldom(4, handler),
      hardirq: seldom(8, handler),
      callback0: callback,
      callback1: callback,
      rcu,
      objects: pick(1, 1, 2),
      firstObject: pick('free', 'published'),
      properties,
      initial: pick<Program['initial']>({}, {}, { x: 1 }, { y: 1 }, { x: 2, y: 1 }),
    })
    .map((parts) => pruned(assemble(parts, counts))),
);

/** Properties may name what no function does. */
function pruned(program: Program): Program {
  const { shared, ...rest } = prune(program);
  return { ...rest, shared: { ...shared, z: program.shared.z } };
}

interface Parts {
  readonly tasks: readonly Body[];
  readonly softirq: Body | undefined;
  readonly hardirq: Body | undefined;
  readonly callback0: Body;
  readonly callback1: Body;
  readonly rcu: Rcu;
  readonly objects: number;
  readonly firstObject: Program['firstObject'];
  readonly properties: Record<string, Property>;
  readonly initial: Program['initial'];
}

function assemble(parts: Parts, counts: readonly number[]): Program {
  const tasks = parts.tasks.map((body, at) => [`task${at}`, func(body)] as const);
  const total = counts.reduce((sum, one) => sum + one, 0);
  const { softirq, hardirq } = total > 3 ? { softirq: undefined, hardirq: undefined } : parts;
  const cpus = counts.map(
    (count, at): Cpu => ({
      count,
      task: `task${at}`,
      ...(at === 0 && softirq ? { softirq: 'softirq' } : {}),
      ...(at === 0 && hardirq ? { hardirq: 'hardirq' } : {}),
    }),
  );
  return {
    shared: {
      x: small,
      y: { type: 'uint', max: 2, wraps: true },
      z: { type: 'uint', max: 2, wraps: true },
      r: { type: 'ref' },
    },
    perCpu: { t: small },
    ghosts: { g: small },
    initial: parts.initial,
    locks: 2,
    lists: 0,
    objects: parts.objects,
    maxValue: 3,
    firstValue: 1,
    firstObject: parts.firstObject,
    overlay: false,
    functions: {
      ...Object.fromEntries(tasks),
      ...(softirq ? { softirq: func(softirq) } : {}),
      ...(hardirq ? { hardirq: func(hardirq) } : {}),
      callback0: { ...func(parts.callback0), callback: 'rcu' },
      callback1: { ...func(parts.callback1), callback: 'rcu' },
    },
    cpus,
    works: 0,
    rcu: parts.rcu,
    properties: parts.properties,
  };
}

/** Those of the oracle, without what the reduced search leaves to the full one. */
const ofOracle: Arb<Program> = wild.map((one) => ({
  ...one,
  properties: Object.fromEntries(
    Object.entries(one.properties).filter(([, { kind }]) => kind !== 'possibly'),
  ),
}));

export const trial: Arb<Trial> = fc
  .record({
    program: fc.oneof({ weight: 9, arbitrary: ofIdioms }, { weight: 1, arbitrary: ofOracle }),
    kcsan: pick(false, false, false, true),
    lockdep: pick('fatal', 'soft', 'off'),
    after: fc.array(fc.record({ label: fc.nat(20), test: sharedTest }), { maxLength: 1 }),
    goals: fc.array(sharedTest, { maxLength: 1 }),
    named: seldom(4, fc.record({ cpu: fc.nat(1), value: fc.nat(2) })),
    together: seldom(2, fc.record({ x: fc.nat(2), y: fc.nat(2) })),
    first: fc.nat(4),
    tour: pick(false, false, false, true),
    bound: seldom(10, fc.record({ depth: fc.nat(11), states: fc.nat(200) })),
    schedules: seldom(20, fc.constant(true)).map((one) => one === true),
  })
  .map((one) => ('z' in one.program.shared ? one : { ...one, after: [], goals: [] }));
