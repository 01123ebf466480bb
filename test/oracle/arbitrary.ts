/**
 * Random programs: small, wild, and close enough to what kernel code looks like that locks, callbacks and lists meet. What a
 * program never names is pruned away.
 */
import fc from 'fast-check';
import type {
  Body,
  Cpu,
  Effect,
  Func,
  Node,
  Program,
  Property,
  Rcu,
  SharedTest,
  Variables,
} from './program.ts';
import { stepKinds } from './program.ts';
import { bodyOf, type Ingredients, ingredients, withStep } from './random-bodies.ts';
import { wellMeaning } from './random-idioms.ts';
import { locals, perCpu, pick, shared, small, step } from './random-steps.ts';

type Arb<T> = fc.Arbitrary<T>;

const func = (body: Body, params: Variables = {}): Func => ({ params, locals, body });

/** A function copies its parameters first, which is code before any step. */
function functionOf(of: Ingredients, calls: readonly string[]): Arb<Func> {
  const withObjects = of.objects || of.lists;
  const params: Variables = withObjects ? { n: small, o: { type: 'ref' } } : { n: small };
  const copies: Node[] = [
    { do: 'local', to: 'a', value: { local: 'n' } },
    ...(withObjects ? [{ do: 'local', to: 'p', value: { local: 'o' } } as const] : []),
  ];
  return fc
    .tuple(bodyOf(of, 1, 2, calls), fc.boolean())
    .map(([body, balanced]) => ({ ...func([...copies, ...body], params), balanced }));
}

/** A callback is short: it puts its object somewhere, frees it, or queues it again. */
function callbackOf(of: Ingredients): Arb<Func> {
  const use = pick<Effect>(
    { op: 'free', object: 'head' },
    { op: 'free', object: 'head' },
    { op: 'list', word: 'list_add', object: 'head', list: 0 },
    { op: 'store', on: { object: 'head' }, value: 2 },
    { op: 'call_rcu', object: 'head', callback: 'callback0' },
  );
  const body = fc.tuple(bodyOf({ ...of, objects: false, lists: false }, 0, 1, []), use);
  const plain = body.map(([before, last]): Body => [...before, step(last)]);
  const locked = fc
    .tuple(pick('plain' as const, 'bh' as const), use)
    .map(
      ([form, last]): Body => [
        { do: 'lock', lock: 0, form },
        step(last),
        { do: 'unlock', lock: 0, form },
      ],
    );
  return fc.oneof(plain, locked).map((one) => ({ ...func(onThread(one)), callback: 'rcu' }));
}

function workOf(of: Ingredients): Arb<Func> {
  const simple = { ...of, calls: false };
  return bodyOf(simple, 1, 2, []).map((one) => ({ ...func(onThread(one)), callback: 'work' }));
}

/** Kernel threads have no element of the per-CPU variables. */
function onThread(body: Body): Body {
  return JSON.parse(JSON.stringify(body).replaceAll('{"own":"t"}', '{"shared":"x"}'));
}

const rcu: Arb<Rcu> = fc
  .record({
    callbacks: pick('softirq', 'softirq', 'both', 'offloaded'),
    order: pick('any', 'any', 'fifo'),
    doubleQueue: pick('debug', 'real'),
    consolidated: pick(false, false, false, true),
  })
  .map((one) => ({ ...one, doubleQueue: one.order === 'fifo' ? one.doubleQueue : 'debug' }));

function clientOf(of: Ingredients, calls: readonly string[]): Arb<Body> {
  return fc
    .array(withStep(bodyOf(of, 1, 1, calls)), { minLength: 1, maxLength: 2 })
    .map((operations): Body => [{ do: 'client', operations }]);
}

function handlerOf(of: Ingredients): Arb<Body> {
  const simple = { ...of, objects: false, lists: false };
  return withStep(bodyOf(simple, 1, 1, []));
}

const sharedTest: Arb<SharedTest> = fc.record({
  left: pick('x', 'x', 'y', 'g'),
  is: pick('eq', 'eq', 'eq', 'ne', 'lt'),
  right: fc.nat(3),
});

const possibly: Arb<Property> = fc.record({
  kind: fc.constant('possibly' as const),
  each: pick(1, 1, 2),
  from: sharedTest,
  to: sharedTest,
  without: fc.oneof(fc.constant([]), fc.subarray([...stepKinds])),
});

const properties: Arb<Record<string, Property>> = fc
  .tuple(fc.nat(3), fc.nat(3), fc.nat(2), possibly, possibly)
  .map(([most, rest, ghost, F, G]) => ({
    A: { kind: 'always', test: { left: 'x', is: 'ne', right: most } },
    B: { kind: 'at_rest', test: { left: 'y', is: 'ne', right: rest } },
    C: { kind: 'claimed' },
    D: { kind: 'whenever', freeLock: 0, test: { left: 'g', is: 'ne', right: ghost } },
    E: { kind: 'at_rest', test: { left: 'x', is: 'lt', right: most } },
    F,
    G,
  }));

/** Random programs of two or three CPUs. */
export const program: Arb<Program> = ingredients.chain((of) => {
  const calls = ['function0', 'function1'];
  const task = fc.oneof(
    { weight: 3, arbitrary: withStep(bodyOf(of, 2, 4, calls)) },
    { weight: 1, arbitrary: bodyOf(of, 2, 4, calls) },
    { weight: 1, arbitrary: clientOf(of, calls) },
    { weight: 2, arbitrary: wellMeaning },
  );
  const handlers = { weight: 1, arbitrary: handlerOf(of) };
  const none = (weight: number) => ({ weight, arbitrary: fc.constant(undefined) });
  return fc
    .record({
      task0: task,
      task1: task,
      shape: pick('twins', 'pair', 'pair', 'pair', 'three'),
      softirq: fc.oneof(none(8), handlers),
      hardirq: fc.oneof(none(12), handlers),
      function0: functionOf(of, []),
      function1: functionOf(of, ['function0']),
      callback0: callbackOf(of),
      callback1: callbackOf(of),
      overlay: fc.boolean(),
      rcu,
      work: workOf(of),
      objects: pick(1, 2, 2),
      firstObject: pick('free', 'published', 'published', 'listed'),
      properties,
    })
    .map((parts) => prune(assemble(parts)));
});

interface Parts {
  readonly task0: Body;
  readonly task1: Body;
  readonly shape: 'twins' | 'pair' | 'three';
  readonly softirq: Body | undefined;
  readonly hardirq: Body | undefined;
  readonly function0: Func;
  readonly function1: Func;
  readonly callback0: Func;
  readonly callback1: Func;
  readonly overlay: boolean;
  readonly rcu: Rcu;
  readonly work: Func;
  readonly objects: number;
  readonly firstObject: Program['firstObject'];
  readonly properties: Record<string, Property>;
}

function assemble(parts: Parts): Program {
  const handlers = {
    ...(parts.softirq ? { softirq: 'softirq' } : {}),
    ...(parts.hardirq ? { hardirq: 'hardirq' } : {}),
  };
  const cpus: Cpu[] =
    parts.shape === 'twins'
      ? [{ count: 2, task: 'task0', ...handlers }]
      : [
          { count: parts.shape === 'three' ? 2 : 1, task: 'task0' },
          { count: 1, task: 'task1', ...handlers },
        ];
  return {
    shared,
    perCpu,
    ghosts: { g: small },
    initial: {},
    locks: 2,
    lists: 1,
    objects: parts.objects,
    maxValue: 3,
    firstValue: 1,
    firstObject: parts.firstObject,
    overlay: parts.overlay,
    functions: {
      task0: func(parts.task0),
      task1: func(parts.task1),
      ...(parts.softirq ? { softirq: func(parts.softirq) } : {}),
      ...(parts.hardirq ? { hardirq: func(parts.hardirq) } : {}),
      function0: parts.function0,
      function1: parts.function1,
      callback0: parts.callback0,
      callback1: parts.callback1,
      work: parts.work,
    },
    cpus,
    works: 2,
    rcu: parts.rcu,
    properties: parts.properties,
  };
}

/** Without what nothing names: the functions first, then the state. */
export function prune(whole: Program): Program {
  const roots = whole.cpus.flatMap((one) =>
    [one.task, one.softirq, one.hardirq].filter((name) => name !== undefined),
  );
  const kept = new Set(roots);
  for (const name of kept) {
    const text = JSON.stringify(whole.functions[name]);
    for (const other of Object.keys(whole.functions))
      if (text.includes(`"${other}"`)) kept.add(other);
  }
  const functions = Object.fromEntries(
    [...kept].map((name) => [name, pruneLocals(whole.functions[name])]),
  );
  const text = JSON.stringify(functions);
  const names = (name: string) => text.includes(`"${name}"`);
  const hasLocks = text.includes('"lock":');
  const { D, ...others } = whole.properties;
  const lists = names('list') ? whole.lists : 0;
  const objects = names('ref') || names('call_rcu') || names('list') ? whole.objects : 0;
  const shared = only(whole.shared, (name) => names(name) || name === 'x' || name === 'y');
  const canStart = {
    free: true,
    published: objects > 0 && 'r' in shared,
    listed: objects > 0 && lists > 0,
  };
  return {
    ...whole,
    functions,
    shared,
    perCpu: only(whole.perCpu, names),
    works: names('queue_work') ? whole.works : 0,
    initial: only(whole.initial, names),
    locks: hasLocks ? whole.locks : 0,
    lists,
    objects,
    firstObject: canStart[whole.firstObject] ? whole.firstObject : 'free',
    properties: hasLocks ? whole.properties : others,
  };
}

function pruneLocals(one: Func): Func {
  const text = JSON.stringify(one.body);
  // A caller may ask for `a` or `b`, whether they are used here or not.
  return {
    ...one,
    locals: only(one.locals, (name) => /^[ab]$/.test(name) || text.includes(`"${name}"`)),
  };
}

function only<T>(
  all: Readonly<Record<string, T>>,
  keeps: (name: string) => boolean,
): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => keeps(name)));
}
