/** What kernel code is made of, right or nearly so: regions, published pointers, lists. */
import fc from 'fast-check';
import type { Body, Effect, LockForm, MaskForm, Node, Test } from './program.ts';
import { NONE } from './program.ts';
import { object, pick, step } from './random-steps.ts';

type Arb<T> = fc.Arbitrary<T>;

export const lockForm: Arb<LockForm> = pick('plain', 'bh', 'irqsave');
const maskForm: Arb<MaskForm> = pick('rcu', 'irq', 'bh', 'preempt');

/** How a region is closed: as it was opened, and now and then not at all, otherwise, or without having been opened. */
const closed = fc.oneof(
  { weight: 9, arbitrary: pick('well') },
  { weight: 1, arbitrary: pick('not', 'otherwise', 'only') },
);

export const region = (inner: Arb<Body>): Arb<Body> =>
  fc.oneof(
    fc.tuple(fc.nat(1), lockForm, inner, closed).map(([lock, form, body, how]): Body => {
      const open: Node = { do: 'lock', lock, form };
      const close: Node = { do: 'unlock', lock, form: how === 'otherwise' ? 'plain' : form };
      return [...(how === 'only' ? [] : [open]), ...body, ...(how === 'not' ? [] : [close])];
    }),
    fc.tuple(maskForm, inner, closed).map(([what, body, how]): Body => {
      const open: Node = { do: 'mask', what, on: true };
      const close: Node = { do: 'mask', what, on: false };
      return [...(how === 'only' ? [] : [open]), ...body, ...(how === 'not' ? [] : [close])];
    }),
    fc.tuple(fc.nat(1), inner).map(([lock, body]): Body => {
      const held: Test = { left: { local: 'ok' }, is: 'eq', right: 1 };
      const close: Node = { do: 'unlock', lock, form: 'plain' };
      return [
        step({ op: 'trylock', lock, to: 'ok' }),
        { do: 'when', guard: held, yes: [...body, close], no: [] },
      ];
    }),
  );

const ifObject = (name: string, yes: Body): Node => ({
  do: 'when',
  guard: { left: { local: name }, is: 'ne', right: NONE },
  yes,
  no: [],
});

const readSectionOf = (what: MaskForm): Body => [
  { do: 'mask', what, on: true },
  step({ op: 'load', from: { shared: 'r' }, to: 'p' }),
  ifObject('p', [step({ op: 'load', from: { object: 'p' }, to: 'a' })]),
  { do: 'mask', what, on: false },
];
const readSection: Arb<Body> = pick<MaskForm>('rcu', 'rcu', 'irq', 'preempt').map(readSectionOf);

/** Objects that are published, read, unlinked and freed, by the rules or nearly so. */
export const objects: Arb<Body> = fc.oneof(
  fc.tuple(fc.boolean(), fc.boolean()).map(([reads, initialised]): Body => {
    const alloc: Effect = initialised
      ? { op: 'alloc', to: 'p', value: 1 }
      : { op: 'alloc', to: 'p' };
    const publish: Effect = { op: 'xchg', on: { shared: 'r' }, value: { local: 'p' }, to: 'q' };
    const touch: Effect = reads
      ? { op: 'load', from: { object: 'p' }, to: 'a' }
      : { op: 'store', on: { object: 'p' }, value: 2 };
    return [step(alloc), ifObject('p', [step(touch), step(publish)])];
  }),
  readSection,
  pick<Body>(
    [step({ op: 'free', object: 'q' })],
    [step({ op: 'call_rcu', object: 'q', callback: 'callback0' })],
    [step({ op: 'call_rcu', object: 'q', callback: 'callback0' })],
    [step({ op: 'call_rcu', object: 'q', callback: 'callback1' })],
    [{ do: 'synchronize_rcu' }, step({ op: 'free', object: 'q' })],
    [{ do: 'rcu_barrier' }, step({ op: 'free', object: 'q' })],
    [{ do: 'ipi_sync' }, step({ op: 'free', object: 'q' })],
  ).map(
    (dispose): Body => [
      step({ op: 'xchg', on: { shared: 'r' }, value: NONE, to: 'q' }),
      ifObject('q', dispose),
    ],
  ),
  fc
    .tuple(
      pick<Effect>(
        { op: 'free', object: 'p' },
        { op: 'load', from: { object: 'p' }, to: 'b' },
        { op: 'rmw', how: 'add', on: { object: 'p' }, by: 1 },
        { op: 'call_rcu', object: 'p', callback: 'callback0' },
      ),
      fc.nat(9),
    )
    .map(([one, luck]): Body => (luck === 0 ? [step(one)] : [ifObject('p', [step(one)])])),
  pick<Body>(
    [step({ op: 'load', from: { shared: 'r' }, to: 'q' })],
    [{ do: 'synchronize_rcu' }],
    [{ do: 'rcu_barrier' }],
    [{ do: 'ipi_sync' }],
    [step({ op: 'queue_work', work: 0, callback: 'work' })],
    [step({ op: 'queue_work', work: 1, callback: 'work' })],
  ),
);

export const lists: Arb<Body> = fc.oneof(
  pick<Effect[]>([{ op: 'alloc', to: 'p', value: 0 }], [{ op: 'alloc', to: 'p' }]).map(
    (alloc): Body => [
      step(...alloc),
      ifObject('p', [step({ op: 'list', word: 'list_add', object: 'p', list: 0 })]),
    ],
  ),
  pick<Body>(
    [step({ op: 'list', word: 'list_del', object: 'q', list: 0 })],
    [step({ op: 'list', word: 'list_del_init', object: 'q', list: 0 })],
    [
      step({ op: 'list', word: 'list_del', object: 'q', list: 0 }),
      step({ op: 'free', object: 'q' }),
    ],
    [
      step({ op: 'list', word: 'list_del', object: 'q', list: 0 }),
      step({ op: 'call_rcu', object: 'q', callback: 'callback0' }),
    ],
    [step({ op: 'call_rcu', object: 'q', callback: 'callback1' })],
  ).map((use): Body => [step({ op: 'list_first', list: 0, to: 'q' }), ifObject('q', use)]),
  fc
    .record({
      op: fc.constant('list' as const),
      word: pick('list_add', 'list_add_tail', 'list_del', 'list_del_init', 'INIT_LIST_HEAD'),
      object,
      list: fc.constant(0),
    })
    .map((one): Body => [ifObject(one.object, [step(one)])]),
);

const replace: Arb<Body> = fc
  .tuple(
    pick<Body>(
      [step({ op: 'call_rcu', object: 'q', callback: 'callback0' })],
      [step({ op: 'call_rcu', object: 'q', callback: 'callback1' })],
      [{ do: 'synchronize_rcu' }, step({ op: 'free', object: 'q' })],
      [{ do: 'ipi_sync' }, step({ op: 'free', object: 'q' })],
      [step({ op: 'free', object: 'q' })],
    ),
    fc.boolean(),
  )
  .map(
    ([retire, withNew]): Body => [
      withNew ? step({ op: 'alloc', to: 'p', value: 2 }) : step({ op: 'set', to: 'a', value: 0 }),
      step({ op: 'xchg', on: { shared: 'r' }, value: withNew ? { local: 'p' } : NONE, to: 'q' }),
      ifObject('q', retire),
    ],
  );

const listUser: Arb<Body> = fc
  .tuple(
    lockForm,
    pick('list_add', 'list_add_tail'),
    pick('list_del', 'list_del_init'),
    pick<Effect>(
      { op: 'free', object: 'q' },
      { op: 'call_rcu', object: 'q', callback: 'callback0' },
    ),
    fc.boolean(),
  )
  .map(
    ([form, add, del, retire, adds]): Body => [
      { do: 'lock', lock: 0, form },
      ...(adds
        ? [
            step({ op: 'alloc', to: 'p', value: 1 }),
            ifObject('p', [step({ op: 'list', word: add, object: 'p', list: 0 })]),
          ]
        : [
            step({ op: 'list_first', list: 0, to: 'q' }),
            ifObject('q', [step({ op: 'list', word: del, object: 'q', list: 0 }), step(retire)]),
          ]),
      { do: 'unlock', lock: 0, form },
    ],
  );

/** Code that means well: readers and updaters of one pointer, or users of one locked list, once or for ever. */
export const wellMeaning: Arb<Body> = fc
  .tuple(pick('pointer', 'list'), fc.boolean())
  .chain(([subject, forEver]) => {
    const operation = subject === 'list' ? listUser : fc.oneof(readSection, replace);
    return fc
      .array(operation, { minLength: 1, maxLength: 2 })
      .map((operations): Body => (forEver ? [{ do: 'client', operations }] : operations.flat()));
  });
