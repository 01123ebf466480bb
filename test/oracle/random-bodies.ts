/** Random function bodies: steps, idioms and control flow around them. */
import fc from 'fast-check';
import type { Body, Node, Value } from './program.ts';
import { lists, objects, region } from './random-idioms.ts';
import {
  pick,
  placeTest,
  result,
  simpleStep,
  small,
  step,
  test,
  value,
  waiting,
} from './random-steps.ts';

type Arb<T> = fc.Arbitrary<T>;

/** What a body may be made of; a program has a few of these, so that its parts have something to do with each other. */
export interface Ingredients {
  readonly regions: boolean;
  readonly objects: boolean;
  readonly lists: boolean;
  readonly calls: boolean;
  readonly control: boolean;
}

export const ingredients: Arb<Ingredients> = fc
  .subarray(['regions', 'objects', 'lists', 'calls', 'control'], { minLength: 2, maxLength: 3 })
  .map((names) => ({
    regions: names.includes('regions'),
    objects: names.includes('objects'),
    lists: names.includes('lists'),
    calls: names.includes('calls'),
    control: names.includes('control'),
  }));

/** A path through a loop, or through an operation of a client, must make a step. */
export const withStep = (body: Arb<Body>): Arb<Body> =>
  fc.tuple(simpleStep, body).map(([one, rest]) => [one, ...rest]);

/** Bodies that may contain bodies, down to `depth`. `calls` names functions and the object parameters they take. */
export function bodyOf(
  of: Ingredients,
  depth: number,
  most: number,
  calls: readonly string[],
): Arb<Body> {
  const one = (node: Arb<Node>): Arb<Body> => node.map((only) => [only]);
  const inner = depth === 0 ? undefined : bodyOf(of, depth - 1, 2, calls);
  const parts: fc.WeightedArbitrary<Body>[] = [
    { weight: 3, arbitrary: one(simpleStep) },
    { weight: of.control ? 1 : 0, arbitrary: one(waiting) },
    { weight: of.objects ? 5 : 0, arbitrary: objects },
    { weight: of.lists ? 4 : 0, arbitrary: lists },
  ];
  if (of.calls && calls.length > 0) {
    parts.push({ weight: 4, arbitrary: one(callOf(calls, of.objects || of.lists)) });
  }
  if (inner !== undefined) {
    parts.push({ weight: of.regions ? 4 : 0, arbitrary: region(inner) });
    parts.push({ weight: of.control ? 2 : 0, arbitrary: control(inner) });
    parts.push({ weight: of.control ? 1 : 0, arbitrary: scope(inner, depth) });
  }
  const used = parts.filter(({ weight }) => weight > 0);
  return fc.array(fc.oneof(...used), { maxLength: most }).map((bodies) => bodies.flat());
}

function callOf(calls: readonly string[], withObjects: boolean): Arb<Node> {
  return fc.record({ name: pick(...calls), n: value, from: result }).map(
    ({ name, n, from }): Node => ({
      do: 'call',
      function: name,
      args: withObjects ? { n, o: { local: 'p' } } : { n },
      results: { b: from },
    }),
  );
}

/** Names differ by depth, for a local may not hide another; scopes side by side share theirs. */
function scope(inner: Arb<Body>, depth: number): Arb<Body> {
  const name = `c${depth}`;
  const use: Node = step({ op: 'store', on: { shared: 'x' }, value: { local: name } });
  return fc.tuple(inner, pick<Value>(1, { local: 'a' })).map(([body, first]): Body => {
    const set: Node = { do: 'local', to: name, value: first };
    return [{ do: 'scope', locals: { [name]: small }, body: [set, ...body, use] }];
  });
}

function control(inner: Arb<Body>): Arb<Body> {
  return fc.oneof(
    fc
      .record({ do: fc.constant('test' as const), guard: placeTest, yes: inner, no: inner })
      .map((node): Body => [node]),
    fc
      .record({ do: fc.constant('when' as const), guard: test, yes: inner, no: inner })
      .map((node): Body => [node]),
    fc
      .array(inner, { minLength: 2, maxLength: 3 })
      .map((alternatives): Body => [{ do: 'choose', alternatives }]),
    fc.tuple(withStep(inner), inner).map(
      ([again, last]): Body => [
        {
          do: 'loop',
          body: [{ do: 'choose', alternatives: [again, [...last, { do: 'leave' }]] }],
        },
      ],
    ),
    fc
      .tuple(withStep(inner), test)
      .map(
        ([body, guard]): Body => [
          { do: 'loop', body: [...body, { do: 'when', guard, yes: [{ do: 'leave' }], no: [] }] },
        ],
      ),
    pick<Body>([{ do: 'return' }], [{ do: 'stop' }]).chain((end) =>
      test.map((guard): Body => [{ do: 'when', guard, yes: end, no: [] }]),
    ),
  );
}
