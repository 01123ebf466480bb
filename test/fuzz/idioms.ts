/** What reductions stumble over, in a few lines each: bodies of tasks, handlers and callbacks, over the same few words and locks. */
import fc from 'fast-check';
import type { Body, Effect, LockForm, Node, Place, Test, Value } from '../oracle/program.ts';
import { NONE } from '../oracle/program.ts';
import { pick, step } from '../oracle/random-steps.ts';

type Arb<T> = fc.Arbitrary<T>;

const place = pick<Place>({ shared: 'x' }, { shared: 'x' }, { shared: 'y' }, { shared: 'z' });
const form = pick<LockForm>('plain', 'plain', 'bh', 'irqsave');
const lock = fc.nat(1);
const few = fc.nat(2);

const load = (from: Place): Node => step({ op: 'load', from, to: 'a' });
const store = (on: Place, value: Value): Node => step({ op: 'store', on, value });
const add = (on: Place, by = 1): Node => step({ op: 'rmw', how: 'add', on, by, to: 'b' });
const when = (guard: Test, yes: Body, no: Body = []): Node => ({ do: 'when', guard, yes, no });
const isA = (right: number): Test => ({ left: { local: 'a' }, is: 'eq', right });
const ifObject = (name: string, yes: Body): Node =>
  when({ left: { local: name }, is: 'ne', right: NONE }, yes);

/** One access to a word that all know. */
const access: Arb<Node> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(place, few).map(([on, value]) => store(on, value)) },
  { weight: 2, arbitrary: place.map((on) => add(on)) },
  { weight: 2, arbitrary: place.map(load) },
  { weight: 1, arbitrary: place.map((on) => store(on, { local: 'a' })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(place, few, few)
      .map(([on, expected, value]) => step({ op: 'cmpxchg', on, expected, value, to: 'b' })),
  },
  { weight: 1, arbitrary: place.map((on) => step({ op: 'xchg', on, value: 1, to: 'a' })) },
);

/** A step that nobody else can see. */
const own: Arb<Node> = fc.oneof(
  few.map((value) => step({ op: 'set', to: 'a', value })),
  few.map((value) => store({ own: 't' }, value)),
  fc.constant(load({ own: 't' })),
);

/** What is wrong, if it is, ends the path, or is told and goes on. */
const remark: Arb<Node> = fc
  .tuple(pick('BUG_ON', 'WARN_ON', 'claim', 'ghost'), few, place)
  .map(([what, value, from]): Node => {
    const see: Effect = { op: 'load', from, to: 'a' };
    if (what === 'claim')
      return step(see, { op: 'claim', id: 'C', holds: { ...isA(value), is: 'ne' } });
    if (what === 'ghost') return step(see, { op: 'ghost', name: 'g', value });
    return step(see, { op: what, when: isA(value) } as Effect);
  });

const small: Arb<Body> = fc
  .array(fc.oneof({ weight: 3, arbitrary: access }, { weight: 1, arbitrary: own }), {
    minLength: 1,
    maxLength: 2,
  })
  .map((nodes): Body => nodes);

/** Words of a region: z belongs to lock 0 and y to lock 1, if all keep to it. */
const guarded = (which: number): Arb<Body> => {
  const on: Place = { shared: which === 0 ? 'z' : 'y' };
  return fc.oneof(
    { weight: 3, arbitrary: pick<Body>([load(on), store(on, { local: 'a' })], [add(on)]) },
    { weight: 2, arbitrary: few.map((value): Body => [store(on, 1), store(on, value)]) },
    { weight: 1, arbitrary: few.map((value): Body => [load(on), when(isA(value), [add(on)])]) },
    { weight: 1, arbitrary: small },
    { weight: 1, arbitrary: remark.map((one): Body => [store(on, 1), one]) },
  );
};

const region: Arb<Body> = fc
  .tuple(lock, form)
  .chain(([which, how]) =>
    guarded(which).map(
      (body): Body => [
        { do: 'lock', lock: which, form: how },
        ...body,
        { do: 'unlock', lock: which, form: how },
      ],
    ),
  );

const nested: Arb<Body> = fc
  .tuple(lock, form, form, small)
  .map(
    ([first, outer, inner, body]): Body => [
      { do: 'lock', lock: first, form: outer },
      { do: 'lock', lock: 1 - first, form: inner },
      ...body,
      { do: 'unlock', lock: 1 - first, form: inner },
      { do: 'unlock', lock: first, form: outer },
    ],
  );

/** A lock made of a word, for which a CPU waits; another one, or a grace period, inside. */
const waits: Arb<Body> = fc
  .tuple(pick('x', 'y'), pick('lock', 'lock', 'grace period', 'spinlock', 'word'), fc.boolean())
  .map(([outer, inside, reads]): Body => {
    const inner = outer === 'x' ? 'y' : 'x';
    const take = (name: string): Node => ({
      do: 'until',
      guard: { place: { shared: name }, is: 'eq', right: 0 },
      effects: [{ op: 'store', on: { shared: name }, value: 1 }],
    });
    const give = (name: string): Node => store({ shared: name }, 0);
    const between: Record<string, Body> = {
      lock: [take(inner), give(inner)],
      'grace period': [{ do: 'synchronize_rcu' }],
      spinlock: [
        { do: 'lock', lock: 0, form: 'plain' },
        { do: 'unlock', lock: 0, form: 'plain' },
      ],
      word: [add({ shared: 'z' })],
    };
    const body: Body = [take(outer), ...between[inside], give(outer)];
    if (!reads || inside === 'grace period') return body;
    return [{ do: 'mask', what: 'rcu', on: true }, ...body, { do: 'mask', what: 'rcu', on: false }];
  });

/** A bit of a word that only whoever has set it clears, mostly, and a word that only its holder touches, mostly. */
const owned: Arb<Body> = fc
  .tuple(
    pick('until', 'until', 'cmpxchg', 'xchg'),
    pick('x', 'y'),
    pick(1, 1, 2),
    fc.nat(7),
    pick('z', 'z', 'z', 'object'),
    fc.nat(2),
  )
  .map(([how, flag, value, luck, word, last]): Body => {
    const on: Place = { shared: flag };
    const touched: Place = { shared: word === 'object' ? (flag === 'x' ? 'y' : 'x') : word };
    const inside: Body = [store(touched, 1), store(touched, last)];
    const look: Body = [
      step({ op: 'load', from: touched, to: 'a' }, { op: 'WARN_ON', when: isA(1) }),
    ];
    const give = luck === 0 ? [] : [store(on, 0)];
    const body: Body = luck < 5 ? [...inside, ...give] : [...look, ...give];
    // Now and then somebody does not ask, or clears what is another's.
    if (luck === 1) return [store(on, 0)];
    if (luck === 2) return look;
    if (how === 'until')
      return [
        {
          do: 'until',
          guard: { place: on, is: 'eq', right: 0 },
          effects: [{ op: 'store', on, value }],
        },
        ...body,
      ];
    const take: Effect =
      how === 'cmpxchg'
        ? { op: 'cmpxchg', on, expected: 0, value, to: 'a' }
        : { op: 'xchg', on, value, to: 'a' };
    return [step(take), when(isA(0), body)];
  });

/** One at a time, each in its own word: whoever is there is told by name. */
const turns: Arb<Body> = fc
  .tuple(lock, form, pick(1, 2))
  .map(
    ([which, how, value]): Body => [
      { do: 'lock', lock: which, form: how },
      store({ own: 't' }, value),
      store({ own: 't' }, 0),
      { do: 'unlock', lock: which, form: how },
    ],
  );

/** One CPU is not like the others: its word is named. */
const favoured: Arb<Body> = fc.tuple(fc.nat(1), few, place).map(
  ([of, value, on]): Body => [
    {
      do: 'test',
      guard: { place: { own: 't', of }, is: 'eq', right: value },
      yes: [add(on)],
      no: [store({ own: 't', of }, value)],
    },
  ],
);

const tried: Arb<Body> = lock.chain((which) =>
  fc
    .tuple(guarded(which), fc.nat(5))
    .map(
      ([body, luck]): Body => [
        step({ op: 'trylock', lock: which, to: 'ok' }),
        when(
          { left: { local: 'ok' }, is: 'eq', right: 1 },
          [...body, ...(luck === 0 ? [] : [{ do: 'unlock', lock: which, form: 'plain' } as Node])],
          luck === 1 ? [add({ shared: 'x' })] : [],
        ),
      ],
    ),
);

/** The lock lies where a word says. */
const pointed: Arb<Body> = fc
  .tuple(form, small, fc.boolean())
  .map(
    ([how, body, points]): Body => [
      load({ shared: 'x' }),
      { do: 'local', to: 'b', value: { op: 'and', of: [{ local: 'a' }, 1] } },
      { do: 'lock', lock: { local: 'b' }, form: how },
      ...(points ? [store({ shared: 'z' }, 1), store({ shared: 'z' }, 0)] : without(body, 'b')),
      { do: 'unlock', lock: { local: 'b' }, form: how },
    ],
  );

/** A body that leaves a local as it is. */
function without(body: Body, local: string): Body {
  return JSON.parse(JSON.stringify(body).replaceAll(`"to":"${local}"`, '"to":"a"'));
}

/** Taken here and released by whoever comes. */
const handedOver: Arb<Body> = fc
  .tuple(lock, pick('takes', 'gives', 'snatches', 'snatches'))
  .chain(([which, how]) => {
    const taking: Node = { do: 'lock', lock: which, form: 'plain' };
    const giving: Node = { do: 'unlock', lock: which, form: 'plain' };
    const word: Place = { shared: which === 0 ? 'z' : 'y' };
    return pick<Body>(
      [store(word, 1), store(word, 0)],
      [step({ op: 'load', from: word, to: 'a' }, { op: 'WARN_ON', when: isA(1) })],
    ).map((body): Body => {
      if (how === 'takes') return [taking, ...body];
      return how === 'gives' ? [...body, giving] : [giving, taking, ...body, giving];
    });
  });

const waiting: Arb<Body> = fc
  .tuple(pick('until', 'until', 'spin_until'), place, few, pick('eq', 'ne', 'lt'), fc.boolean())
  .map(
    ([how, on, right, is, stores]): Body => [
      {
        do: how,
        guard: { place: on, is, right },
        effects: stores ? [{ op: 'store', on, value: 1 }] : [],
      },
    ],
  );

const seen: Arb<Body> = fc
  .tuple(place, few, small, small)
  .map(
    ([on, right, yes, no]): Body => [
      { do: 'test', guard: { place: on, is: 'eq', right }, yes, no },
    ],
  );

/** There and back: only a property over states between sees it. */
const blip: Arb<Body> = fc
  .tuple(place, few, few)
  .map(([on, up, down]): Body => [store(on, up), store(on, down)]);

/** Comes back to the same state; or to it every other time. */
const idle: Node = step({ op: 'set', to: 'a', value: 0 });
const turn: Node = step({ op: 'rmw', how: 'xor', on: { own: 't' }, by: 1 });

/** For ever, with nobody's business; now and then without getting anywhere. */
const round: Arb<Body> = pick<Body>(
  [{ do: 'loop', body: [store({ own: 't' }, 1), store({ own: 't' }, 0)] }],
  [{ do: 'loop', body: [{ do: 'choose', alternatives: [[idle], [turn]] }] }],
  [{ do: 'loop', body: [{ do: 'choose', alternatives: [[turn], [idle]] }] }],
);

/** Repeats: for ever or not; on words of its own or not; what comes to the same state, and what gets nowhere. */
const loop: Arb<Body> = fc.oneof(
  pick<Body>(
    [{ do: 'loop', body: [step({ op: 'set', to: 'a', value: 1 })] }],
    [{ do: 'loop', body: [store({ own: 't' }, 1), store({ own: 't' }, 0)] }],
    [{ do: 'loop', body: [{ do: 'choose', alternatives: [[idle], [turn]] }] }],
    [{ do: 'loop', body: [{ do: 'choose', alternatives: [[turn], [idle]] }] }],
    [{ do: 'loop', body: [load({ shared: 'y' })] }],
    [{ do: 'loop', body: [store({ shared: 'y' }, 1)] }],
    [
      {
        do: 'loop',
        body: [
          {
            do: 'until',
            guard: { place: { shared: 'y' }, is: 'eq', right: 0 },
            effects: [{ op: 'store', on: { shared: 'y' }, value: 1 }],
          },
        ],
      },
    ],
    [
      {
        do: 'loop',
        body: [
          {
            do: 'until',
            guard: { place: { shared: 'y' }, is: 'eq', right: 1 },
            effects: [{ op: 'store', on: { shared: 'y' }, value: 0 }],
          },
        ],
      },
    ],
  ),
  fc
    .tuple(small, small)
    .map(
      ([again, last]): Body => [
        { do: 'loop', body: [{ do: 'choose', alternatives: [again, [...last, { do: 'leave' }]] }] },
      ],
    ),
  fc.tuple(small, few).map(
    ([body, value]): Body => [
      {
        do: 'loop',
        body: [...body, load({ shared: 'x' }), when(isA(value), [{ do: 'leave' }])],
      },
    ],
  ),
  region.map((body): Body => [{ do: 'client', operations: [body] }]),
);

/** Objects made, used, published, unlinked, freed and used again. */
const heap: Arb<Body> = fc.oneof(
  pick<Body>(
    [
      step({ op: 'alloc', to: 'p', value: 1 }),
      ifObject('p', [add({ object: 'p' }), step({ op: 'free', object: 'p' })]),
    ],
    [
      step({ op: 'alloc', to: 'p', value: 0 }),
      ifObject('p', [
        store({ object: 'p' }, 2),
        step({ op: 'xchg', on: { shared: 'r' }, value: { local: 'p' }, to: 'q' }),
        ifObject('q', [step({ op: 'free', object: 'q' })]),
      ]),
    ],
    [
      step({ op: 'alloc', to: 'p' }),
      ifObject('p', [step({ op: 'free', object: 'p' })]),
      step({ op: 'alloc', to: 'q' }),
      ifObject('q', [load({ object: 'q' })]),
    ],
  ),
  pick<Body>(
    [step({ op: 'load', from: { shared: 'r' }, to: 'p' }), ifObject('p', [load({ object: 'p' })])],
    [
      { do: 'mask', what: 'rcu', on: true },
      step({ op: 'load', from: { shared: 'r' }, to: 'p' }),
      ifObject('p', [load({ object: 'p' })]),
      { do: 'mask', what: 'rcu', on: false },
    ],
  ),
  pick<Body>(
    [step({ op: 'free', object: 'q' })],
    [step({ op: 'call_rcu', object: 'q', callback: 'callback0' })],
    [step({ op: 'call_rcu', object: 'q', callback: 'callback1' })],
    [{ do: 'synchronize_rcu' }, step({ op: 'free', object: 'q' })],
  ).map(
    (dispose): Body => [
      step({ op: 'xchg', on: { shared: 'r' }, value: NONE, to: 'q' }),
      ifObject('q', dispose),
    ],
  ),
);

const masked: Arb<Body> = fc
  .tuple(pick('bh', 'irq', 'preempt', 'rcu'), small)
  .map(
    ([what, body]): Body => [
      { do: 'mask', what, on: true },
      ...body,
      { do: 'mask', what, on: false },
    ],
  );

/** What ends a path, with something behind it. */
const behind: Arb<Body> = fc
  .tuple(place, few, remark, access)
  .map(([on, value, one, last]): Body => [store(on, value), one, last]);

const idioms = {
  access: access.map((one): Body => [one]),
  own: own.map((one): Body => [one]),
  remark: remark.map((one): Body => [one]),
  region,
  nested,
  waits,
  owned,
  turns,
  favoured,
  tried,
  pointed,
  handedOver,
  waiting,
  seen,
  blip,
  loop,
  heap,
  masked,
  behind,
} as const;
export type Idiom = keyof typeof idioms;
const names = Object.keys(idioms) as Idiom[];

/** What a program is about: a few idioms, so that its parts have something to do with each other. */
export const themes: Arb<readonly Idiom[]> = fc.oneof(
  { weight: 3, arbitrary: fc.subarray(names, { minLength: 2, maxLength: 4 }) },
  {
    weight: 3,
    arbitrary: pick<readonly Idiom[]>(
      ['region', 'access', 'own'],
      ['region', 'tried', 'remark'],
      ['loop', 'access', 'blip'],
      ['loop', 'waiting', 'own'],
      ['behind', 'own', 'access'],
      ['nested'],
      ['nested', 'own'],
      ['nested', 'tried'],
      ['waits'],
      ['waits', 'region'],
      ['waits', 'heap'],
      ['heap', 'own'],
      ['heap', 'region'],
      ['region', 'masked', 'heap'],
      ['handedOver', 'region', 'waiting'],
      ['handedOver'],
      ['handedOver'],
      ['pointed', 'region', 'handedOver'],
      ['waiting', 'blip', 'own'],
      ['remark', 'blip', 'own'],
      ['access'],
      ['turns'],
      ['turns', 'own'],
      ['favoured', 'own'],
      ['owned'],
      ['owned'],
      ['owned', 'own'],
      ['owned', 'heap'],
    ),
  },
);

/** A body of so many idioms at most. */
export function bodyOf(theme: readonly Idiom[], most: number): Arb<Body> {
  const one = fc.oneof(
    { weight: 1, arbitrary: idioms.own },
    { weight: 1, arbitrary: idioms.access },
    ...theme.map((name) => ({ weight: 3, arbitrary: idioms[name] })),
  );
  return fc.array(one, { minLength: 1, maxLength: most }).map((bodies) => bodies.flat());
}

/** Bodies that have nothing to do with each other, each with a word of its own: only a property over both sees in which order they run. */
export function apart(cpus: number): Arb<readonly Body[]> {
  const words: readonly Place[] = [{ shared: 'x' }, { shared: 'y' }, { shared: 'z' }];
  const bodies = Array.from({ length: cpus }, (_, cpu) => {
    const on = words[cpu % words.length];
    const one = fc.oneof(
      { weight: 3, arbitrary: pick(1, 2).map((value) => store(on, value)) },
      { weight: 1, arbitrary: fc.constant(add(on)) },
      { weight: 1, arbitrary: own },
    );
    const few = fc.array(one, { minLength: 1, maxLength: 3 });
    return cpu > 0 ? few : fc.oneof({ weight: 2, arbitrary: few }, { weight: 1, arbitrary: round });
  });
  return fc.tuple(...bodies);
}

/** What runs on top of a task: a word or two, or a lock that the task may hold. */
export const handler: Arb<Body> = fc.oneof(
  access.map((one): Body => [one]),
  fc
    .tuple(lock, pick<LockForm>('plain', 'irqsave'), access)
    .map(
      ([which, how, one]): Body => [
        { do: 'lock', lock: which, form: how },
        one,
        { do: 'unlock', lock: which, form: how },
      ],
    ),
  lock.map(
    (which): Body => [
      step({ op: 'trylock', lock: which, to: 'ok' }),
      when({ left: { local: 'ok' }, is: 'eq', right: 1 }, [
        add({ shared: 'z' }),
        { do: 'unlock', lock: which, form: 'plain' },
      ]),
    ],
  ),
  remark.map((one): Body => [one]),
);

/** What is called with an object after a grace period. */
export const callback: Arb<Body> = fc
  .tuple(
    fc.oneof(fc.constant<Body>([]), handler),
    pick<Effect>(
      { op: 'free', object: 'head' },
      { op: 'free', object: 'head' },
      { op: 'store', on: { object: 'head' }, value: 2 },
    ),
  )
  .map(
    ([before, last]): Body =>
      JSON.parse(
        JSON.stringify([...before, step(last)]).replaceAll('{"own":"t"}', '{"shared":"x"}'),
      ),
  );
