/** Random steps: all functions have the same locals and all programs the same variables. */
import fc from 'fast-check';
import type { Effect, Node, Place, PlaceTest, Test, Value, Variables } from './program.ts';
import { NONE } from './program.ts';

type Arb<T> = fc.Arbitrary<T>;

export const small = { type: 'uint', max: 3 } as const;
export const shared: Variables = {
  x: small,
  y: { type: 'uint', max: 2, wraps: true },
  f: { type: 'bool' },
  r: { type: 'ref' },
};
/** One for each CPU. */
export const perCpu: Variables = { t: small };
export const locals: Variables = {
  a: small,
  b: small,
  ok: { type: 'bool' },
  p: { type: 'ref' },
  q: { type: 'ref' },
};

export const pick = <const T>(...values: readonly T[]): Arb<T> => fc.constantFrom(...values);
export const step = (...effects: Effect[]): Node => ({ do: 'step', effects });

export const value: Arb<Value> = fc.oneof(
  { weight: 3, arbitrary: fc.nat(3) },
  { weight: 2, arbitrary: pick<Value>({ local: 'a' }, { local: 'b' }) },
  {
    weight: 1,
    arbitrary: pick<Value>(
      { op: 'add', of: [{ local: 'a' }, 1] },
      { op: 'xor', of: [{ local: 'b' }, 1] },
    ),
  },
);
export const test: Arb<Test> = fc.oneof(
  fc.record({
    left: pick<Value>({ local: 'a' }, { local: 'b' }, { local: 'ok' }),
    is: pick('eq', 'ne', 'lt'),
    right: fc.nat(2),
  }),
  fc.record({
    left: pick<Value>({ local: 'p' }, { local: 'q' }),
    is: pick('eq', 'ne'),
    right: fc.constant(NONE),
  }),
);
const counter: Arb<Place> = pick<Place>({ shared: 'x' }, { shared: 'y' });
const place: Arb<Place> = pick<Place>(
  { shared: 'x' },
  { shared: 'x' },
  { shared: 'y' },
  { shared: 'f' },
  { own: 't' },
);
export const placeTest: Arb<PlaceTest> = fc.record({
  place,
  is: pick('eq', 'ne', 'lt'),
  right: fc.nat(2),
});
export const result = pick('a', 'b');
export const object = pick('p', 'q');

const plainEffect: Arb<Effect> = fc.oneof(
  fc.record({ op: fc.constant('load' as const), from: place, to: result }),
  fc.record({ op: fc.constant('store' as const), on: place, value }),
  fc.record({
    op: fc.constant('rmw' as const),
    how: pick('add', 'sub', 'xor', 'inc_not_zero'),
    on: counter,
    by: fc.nat(2),
    to: fc.option(result, { nil: undefined }),
  }),
  fc.record({ op: fc.constant('xchg' as const), on: place, value, to: result }),
  fc.record({
    op: fc.constant('cmpxchg' as const),
    on: counter,
    expected: value,
    value,
    to: result,
  }),
  fc.record({ op: fc.constant('set' as const), to: result, value }),
);
/** What says something about a state and changes nothing that guides a CPU. */
const remark: Arb<Effect> = fc.oneof(
  fc.record({ op: fc.constant('claim' as const), id: fc.constant('C'), holds: test }),
  fc.record({ op: pick('BUG_ON', 'WARN_ON'), when: test }),
  fc.record({ op: fc.constant('ghost' as const), name: fc.constant('g'), value: fc.nat(2) }),
);
export const simpleStep: Arb<Node> = fc.oneof(
  { weight: 6, arbitrary: plainEffect.map((one) => step(one)) },
  { weight: 1, arbitrary: fc.tuple(plainEffect, remark).map((effects) => step(...effects)) },
  { weight: 1, arbitrary: fc.tuple(plainEffect, plainEffect).map((effects) => step(...effects)) },
);
export const waiting: Arb<Node> = fc.oneof(
  fc.tuple(pick('until', 'spin_until'), placeTest, fc.option(value, { nil: undefined })).map(
    ([form, guard, stored]): Node => ({
      do: form,
      guard,
      effects: stored === undefined ? [] : [{ op: 'store', on: guard.place, value: stored }],
    }),
  ),
  fc.record({
    do: fc.constant('pick' as const),
    choices: fc.integer({ min: 1, max: 3 }),
    guard: fc.record({
      left: fc.constant<Value>({ variant: true }),
      is: pick('ne', 'lt'),
      right: fc.nat(2),
    }),
    effects: pick<readonly Effect[]>(
      [{ op: 'set', to: 'a', value: { variant: true } }],
      [{ op: 'store', on: { shared: 'x' }, value: { variant: true } }],
    ),
  }),
);
