/** Among the schedules as short and with as few switches as can be: the fewest CPUs, then the fewest objects. */
import fc from 'fast-check';
import {
  alloc,
  BUG_ON,
  check,
  cpu,
  explore,
  heap,
  machine,
  model,
  parseSchedule,
  record,
  ref,
  uint,
} from 'heddle';
import { expect, test } from 'vitest';
import { checkOf, next, type Op, type State, start, type Tiny, violates } from './tiny.ts';

const field = fc.constantFrom('x' as const, 'y' as const);
const value = fc.integer({ min: 0, max: 2 });
const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ op: fc.constant('set' as const), field, value }),
  fc.record({ op: fc.constant('store' as const), field }),
  fc.record({ op: fc.constant('load' as const), field }),
  fc.record({ op: fc.constant('wait' as const), field, value }),
);
const tiny: fc.Arbitrary<Tiny> = fc.record({
  cpus: fc.array(fc.array(op, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  again: fc.constant([false, false, false]),
  bad: fc.record({
    when: fc.constant('always' as const),
    x: fc.integer({ min: 1, max: 2 }),
    y: fc.integer({ min: 1, max: 2 }),
  }),
});

const switches = (cpus: readonly number[]): number =>
  cpus.filter((one, at) => at > 0 && one !== cpus[at - 1]).length;

/** Every schedule of a length that ends in a violation, as CPUs. */
function violating(program: Tiny, length: number): number[][] {
  let ways: { cpus: number[]; state: State }[] = [{ cpus: [], state: start(program) }];
  for (let step = 0; step < length; step += 1) {
    ways = ways.flatMap(({ cpus, state }) =>
      program.cpus.flatMap((_, one) => {
        const to = next(program, state, one)?.to;
        return to === undefined ? [] : [{ cpus: [...cpus, one], state: to }];
      }),
    );
  }
  return ways.filter(({ state }) => violates(program, state, 'B')).map(({ cpus }) => cpus);
}

test('on random programs no schedule as short, with as few switches, has fewer CPUs', () => {
  fc.assert(
    fc.property(tiny, (program) => {
      const trace = explore(checkOf(program)).traces.find(({ property }) =>
        property.startsWith('B'),
      );
      if (trace === undefined || trace.steps.length > 7) return;
      const cpus = parseSchedule(trace.schedule).map((move) => move.cpu);
      const all = violating(program, cpus.length);
      const least = Math.min(...all.map(switches));
      const counts = all.filter((one) => switches(one) === least).map((one) => new Set(one).size);
      expect(switches(cpus)).toBe(least);
      expect(new Set(cpus).size).toBe(Math.min(...counts));
    }),
    { numRuns: Number(process.env.HEDDLE_RUNS ?? 60) },
  );
});

const there: readonly Op[] = [
  { op: 'set', field: 'x', value: 1 },
  { op: 'set', field: 'x', value: 2 },
];
const between: readonly Op[] = [
  { op: 'wait', field: 'x', value: 1 },
  { op: 'set', field: 'y', value: 1 },
];
const instead: readonly Op[] = [{ op: 'set', field: 'x', value: 2 }];

test.each([
  [[there, between, instead]],
  [[there, instead, between]],
  [[between, there, instead]],
  [[between, instead, there]],
  [[instead, there, between]],
  [[instead, between, there]],
])('the CPU that came first ends it, not a third one: order %#', (cpus) => {
  const again = [false, false, false];
  const program: Tiny = { cpus, again, bad: { when: 'always', x: 2, y: 1 } };
  const [trace] = explore(checkOf(program)).traces;
  const [one, other] = [cpus.indexOf(there), cpus.indexOf(between)];
  expect(trace?.schedule).toBe(`${one}.${other}x2.${one}`);
});

test('a schedule that can do with one object does', () => {
  const m = machine({
    one: ref('obj'),
    x: uint(2),
    obj: heap(2, record('obj', { value: uint(2) })),
  });
  const task = m.fn('task', { locals: { first: ref('obj'), second: ref('obj') } }, (b) => [
    b.pick('which', 2, (s, l, k) => {
      l.first = k;
      l.second = 0;
      s.x = 1;
    }),
    b.step('second->value = 1', (s, l) => {
      s.obj[l.second].value = 1;
    }),
    b.step('first->value = 1', (s, l) => {
      s.obj[l.first].value = 1;
    }),
    b.step('BUG_ON(x == 1)', (s) => BUG_ON(s.x === 1, 'x == 1')),
  ]);
  const later = m.fn('later', { locals: { first: ref('obj') } }, (b) => [
    b.pick('which', 2, (s, l, k) => {
      l.first = 1 - k;
      s.x = 1;
    }),
    b.step('first->value = 1', (s, l) => {
      s.obj[l.first].value = 1;
    }),
    b.step('obj[0].value = 1', (s) => {
      s.obj[0].value = 1;
    }),
    b.step('BUG_ON(x == 1)', (s) => BUG_ON(s.x === 1, 'x == 1')),
  ]);
  for (const one of [task, later]) {
    const checked = check(
      model({
        machine: m,
        cpus: [cpu({ task: one })],
        initial: (s) => {
          alloc(s.obj, { value: 0 });
          alloc(s.obj, { value: 0 });
        },
      }),
      { facilities: { leak: 'off' } },
    );
    const { traces, verdict } = explore(checked);
    expect(verdict.error).toBeUndefined();
    const trace = traces.find(({ property }) => property === 'BUG_ON');
    const touched = trace?.steps.flatMap(({ accesses }) =>
      accesses.map(({ path }) => path.replace(/\..*/, '')),
    );
    expect(new Set(touched?.filter((path) => path.startsWith('obj')))).toEqual(new Set(['obj[0]']));
  }
});
