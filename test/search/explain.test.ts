/** Why a violation happens: on random programs against every schedule there is, and on small designs in exact words. */
import fc from 'fast-check';
import {
  alloc,
  always,
  at_rest,
  type Check,
  check,
  cpu,
  explain,
  explore,
  free,
  heap,
  machine,
  model,
  NONE,
  parseSchedule,
  per_cpu,
  READ_ONCE,
  record,
  ref,
  replay,
  type Trace,
  uint,
  xchg,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import {
  checkOf,
  ended,
  fineStates,
  key,
  next,
  ordersOf,
  type State,
  start,
  type Tiny,
  violates,
} from './tiny.ts';
import { tiny } from './tiny-programs.ts';

const runs = Number(process.env.HEDDLE_RUNS ?? 50);
function statesOf(program: Tiny, schedule: readonly number[]): State[] {
  const states = [start(program)];
  for (const cpu of schedule)
    states.push((next(program, states.at(-1) as State, cpu) as { to: State }).to);
  return states;
}

function eachViolation(
  program: Tiny,
  body: (trace: Trace, schedule: readonly number[], property: string) => void,
): void {
  const checked = checkOf(program);
  for (const trace of explore(checked).traces) {
    const property = trace.property === 'deadlock' ? 'deadlock' : 'B';
    if (trace.finding.kind === 'wait-cycle') continue;
    const explained = { ...trace, explanation: explain(checked, trace) };
    body(
      explained,
      parseSchedule(trace.schedule).map((move) => move.cpu),
      property,
    );
  }
}

describe('on random programs', () => {
  test('the critical switch is the step before which something went well, and after which nothing does', () => {
    fc.assert(
      fc.property(tiny, (program) =>
        eachViolation(program, (trace, schedule, property) => {
          const fine = fineStates(program, property);
          const isFine = statesOf(program, schedule).map((state) => fine.has(key(state)));
          const last = isFine.lastIndexOf(true);
          const critical = trace.explanation?.critical;
          expect(critical?.step ?? -1).toBe(last);
          if (critical?.fine === undefined) return;
          const states = statesOf(
            program,
            parseSchedule(critical.fine).map((move) => move.cpu),
          );
          expect(ended(program, states.at(-1) as State)).toBe(true);
          expect(states.some((state) => violates(program, state, property))).toBe(false);
          expect(replay(checkOf(program), critical.fine).property).not.toBe(trace.property);
        }),
      ),
      { numRuns: runs },
    );
  });

  test('the pairs that must keep their order are those that no violating order turns round', () => {
    fc.assert(
      fc.property(tiny, (program) =>
        eachViolation(program, (trace, schedule, property) => {
          const orders = ordersOf(program, schedule, property);
          const explanation = trace.explanation as NonNullable<Trace['explanation']>;
          expect(explanation.counted).toEqual({
            all: orders.length,
            violating: orders.filter((one) => one.violates).length,
          });
          const relation = relationOf(
            schedule,
            orders.filter((one) => one.violates),
          );
          const possible = relationOf(schedule, orders);
          const pairs = [...relation].filter((pair) => {
            const [a, b] = pair.split(' ').map(Number) as [number, number];
            if (schedule[a] === schedule[b] || possible.has(pair)) return false;
            return !schedule.some((_, c) => relation.has(`${a} ${c}`) && relation.has(`${c} ${b}`));
          });
          const told = explanation.orders.map(({ before, after }) => `${before} ${after}`);
          expect([...told].sort()).toEqual(pairs.sort());
        }),
      ),
      { numRuns: runs },
    );
  });
});

const m = machine({
  current: ref('obj'),
  x: uint(2),
  obj: heap(1, record('obj', { value: uint(2) })),
});

function explainedBy(checked: Check, property: string) {
  const trace = explore(checked).traces.find((one) => one.property === property) as Trace;
  return explain(checked, trace) as NonNullable<Trace['explanation']>;
}

const reader = m.fn('reader', { locals: { o: ref('obj') } }, (b) => [
  b.step('o = READ_ONCE(current)', (s, l) => {
    l.o = READ_ONCE(s, 'current');
  }),
  b.when('o', (l) => l.o !== NONE, [
    b.step('x = o->value', (s, l) => {
      s.x = s.obj[l.o].value;
    }),
  ]),
]);
const remover = m.fn('remover', { locals: { o: ref('obj') } }, (b) => [
  b.step('o = xchg(&current, NULL)', (s, l) => {
    l.o = xchg(s, 'current', NONE);
  }),
  b.step('kfree(o)', (s, l) => free(s.obj, l.o)),
]);

test('a use after free is the removal between the reading of a pointer and its use', () => {
  const unsafe = check(
    model({
      machine: m,
      cpus: [cpu({ task: reader }), cpu({ task: remover })],
      initial: (s) => {
        s.current = alloc(s.obj, { value: 2 });
      },
    }),
  );
  expect(explainedBy(unsafe, 'KASAN')).toEqual({
    critical: {
      step: 2,
      words: "After CPU1's 'kfree(o)' (step 3) nothing goes well any more.",
      fine: '0.1.0.1',
    },
    orders: [
      {
        before: 0,
        after: 1,
        words: "CPU0's 'o = READ_ONCE(current)' before CPU1's 'o = xchg(&current, NULL)'",
      },
      { before: 2, after: 3, words: "CPU1's 'kfree(o)' before CPU0's 'x = o->value'" },
    ],
    counted: { all: 6, violating: 1 },
    beliefs: [
      {
        cpu: 0,
        local: 'o',
        believed: 'obj[0]',
        place: 'current',
        truth: 'NONE, and obj[0] is free',
        step: 0,
      },
    ],
    words:
      "It takes CPU1's 'o = xchg(&current, NULL)' to 'kfree(o)' between CPU0's " +
      "'o = READ_ONCE(current)' and 'x = o->value'. " +
      "After CPU1's 'kfree(o)' (step 3) nothing goes well any more.",
  });
});

test('a value that was 0 when it was read is believed too, also by a function that ends with its last use', () => {
  const increment = m.fn('increment', { locals: { t: uint(2) } }, (b) => [
    b.step('t = x', (s, l) => {
      l.t = s.x;
    }),
    b.step('x = t + 1', (s, l) => {
      s.x = l.t + 1;
    }),
  ]);
  const lost = check(
    model({ machine: m, cpus: [cpu({ task: increment }), cpu({ task: increment })] }),
    { properties: { 'L: both count': at_rest((s) => s.x === 2) } },
  );
  const { beliefs, critical, counted } = explainedBy(lost, 'L: both count');
  expect(beliefs).toEqual([{ cpu: 0, local: 't', believed: '0', place: 'x', truth: '1', step: 0 }]);
  expect(critical).toMatchObject({ step: 1, fine: '0x2.1x2' });
  expect(counted).toEqual({ all: 6, violating: 4 });
});

test('a field of a CPU is believed as a local is, until it was used; what others store there is not', () => {
  const owned = machine({ x: uint(2), t: per_cpu(uint(2)), u: per_cpu(uint(2)) });
  const increment = owned.fn('increment', (b) => [
    b.step('this_cpu(t) = x', (s, _l, ctx) => {
      s.t[ctx.cpu] = s.x;
    }),
    b.step('x = this_cpu(t) + 1', (s, _l, ctx) => {
      s.x = s.t[ctx.cpu] + 1;
    }),
  ]);
  const lost = check(
    model({
      machine: owned,
      cpus: [cpu({ task: increment }), cpu({ task: increment })],
    }),
    { properties: { 'L: both count': at_rest((s) => s.x === 2) } },
  );
  expect(explainedBy(lost, 'L: both count').beliefs).toEqual([
    { cpu: 0, local: 't[0]', believed: '0', place: 'x', truth: '1', step: 0 },
  ]);
  const other = owned.fn('other', (b) => [
    b.step('per_cpu(u, 0) = x', (s) => {
      s.u[0] = s.x;
    }),
    b.step('x = 1', (s) => {
      s.x = 1;
    }),
  ]);
  const reader = owned.fn('reader', (b) => [
    b.step('BUG_ON(x)', (s) => {
      s.t[0] = s.x;
    }),
  ]);
  const told = check(
    model({ machine: owned, cpus: [cpu({ task: reader }), cpu({ task: other })] }),
    { properties: { 'X: x stays 0': always((s) => s.x === 0 || s.t[0] === 1) } },
  );
  expect(explainedBy(told, 'X: x stays 0').beliefs).toEqual([]);
});

test('a value that is there again is no false belief, nor is a pointer that no place held', () => {
  const taker = m.fn('taker', { locals: { v: uint(2), o: ref('obj') } }, (b) => [
    b.step('v = xchg(&x, 1)', (s, l) => {
      l.v = xchg(s, 'x', 1);
      l.o = 0;
    }),
    b.until(
      'o->value = v',
      (s) => s.x === 0,
      (s, l) => {
        s.obj[l.o].value = l.v;
      },
    ),
  ]);
  const giver = m.fn('giver', (b) => [
    b.until('x == 1', (s) => s.x === 1),
    b.step('x = 0', (s) => {
      s.x = 0;
    }),
  ]);
  const one = check(
    model({
      machine: m,
      cpus: [cpu({ task: taker }), cpu({ task: giver })],
      initial: (s) => {
        s.current = alloc(s.obj, { value: 2 });
      },
    }),
    { properties: { 'V: the value stays': always((s) => s.obj[0].value !== 0 || s.x !== 0) } },
  );
  const trace = explore(one).traces.find(({ property }) => property.startsWith('V')) as Trace;
  expect(trace.steps.at(-2)?.label).toBe('x = 0');
  expect(explain(one, trace)?.beliefs).toEqual([]);
});

test('what a call was given is believed as what it was copied from', () => {
  const use = m.fn('use', { params: { p: ref('obj') } }, (b) => [
    b.step('x = p->value', (s, l) => {
      s.x = s.obj[l.p].value;
    }),
  ]);
  const caller = m.fn('caller', { locals: { o: ref('obj') } }, (b) => [
    b.step('o = READ_ONCE(current)', (s, l) => {
      l.o = READ_ONCE(s, 'current');
    }),
    b.when('o', (l) => l.o !== NONE, [b.call(use, (l) => ({ p: l.o }))]),
  ]);
  const unsafe = check(
    model({
      machine: m,
      cpus: [cpu({ task: caller }), cpu({ task: remover })],
      initial: (s) => {
        s.current = alloc(s.obj, { value: 2 });
      },
    }),
  );
  const { beliefs } = explainedBy(unsafe, 'KASAN');
  expect(beliefs.map(({ local, place }) => `${local} from ${place}`)).toEqual([
    'o from current',
    'p from current',
  ]);
});

test('what no schedule avoids, what one CPU does alone, and what is too large, is said', () => {
  const alone = m.fn('alone', (b) => [
    b.step('x = 1', (s) => {
      s.x = 1;
    }),
  ]);
  const one = check(model({ machine: m, cpus: [cpu({ task: alone })] }), {
    properties: { 'Z: x is 0': always((s) => s.x === 0) },
  });
  const explanation = explainedBy(one, 'Z: x is 0');
  expect(explanation.critical).toBeUndefined();
  expect(explanation.words).toBe(
    'CPU0 does it alone. Every schedule from this initial state does it.',
  );
  const { traces } = explore(one);
  expect(explain(one, traces[0], { maxStates: 0 })?.undecided).toEqual([
    'the critical switch: more than 0 states to look at',
    'the order of steps: more than 0 points to look at',
  ]);
});

test('a schedule that violates nothing has no explanation', () => {
  const fine = check(model({ machine: m, cpus: [cpu({ task: reader })] }));
  expect(explain(fine, replay(fine, '0'))).toBeUndefined();
});

/** Pairs of steps of a schedule of which no order, as far as it is taken, has the second without having the first. */
function relationOf(schedule: readonly number[], orders: ReturnType<typeof ordersOf>): Set<string> {
  const steps = (cpu: number): number[] => schedule.flatMap((one, at) => (one === cpu ? [at] : []));
  const relation = new Set<string>();
  schedule.forEach((_, a) => {
    schedule.forEach((_, b) => {
      if (a !== b) relation.add(`${a} ${b}`);
    });
  });
  for (const { cpus, taken } of orders) {
    const done = new Set<number>();
    const counts = new Map<number, number>();
    for (const cpu of cpus.slice(0, taken)) {
      const count = counts.get(cpu) ?? 0;
      const step = steps(cpu)[count] as number;
      counts.set(cpu, count + 1);
      schedule.forEach((_, a) => {
        if (a !== step && !done.has(a)) relation.delete(`${a} ${step}`);
      });
      done.add(step);
    }
  }
  return relation;
}
