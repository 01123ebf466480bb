/**
 * Random programs about who has what: words and objects that CPUs take by a bit, hand on and free, mostly as they should; now and then
 * somebody touches, clears or frees what is not its own.
 */
import fc from 'fast-check';
import {
  alloc,
  type Builder,
  bits,
  bool,
  type Check,
  check,
  claim,
  claimed,
  cpu,
  free,
  heap,
  machine,
  model,
  NONE,
  type Nodes,
  never,
  record,
  ref,
  type StateOf,
  uint,
  xchg,
} from 'heddle';

const PAGES = 2;
/** Bits of `busy` say who has which of the others. */
const words = { busy: bits(2), a: uint(2), b: uint(2) };
const m = machine({
  word: record('words', words),
  slot: ref('page'),
  page: heap(PAGES, record('page', words)),
});
type State = StateOf<typeof m>;
interface Locals {
  page: number;
  has: boolean;
}

/** What lies in an object, or beside all of them. */
type Where = 'page' | 'shared';
type Which = 'a' | 'b';

export type Op =
  | { readonly op: 'touch'; readonly where: Where; readonly which: Which; readonly value: number }
  | { readonly op: 'look'; readonly where: Where; readonly which: Which; readonly not: number }
  | { readonly op: 'has'; readonly where: Where; readonly which: Which; readonly body: Body }
  | { readonly op: 'give'; readonly where: Where; readonly which: Which }
  | { readonly op: 'make' | 'publish' | 'swap' | 'find' | 'grab' | 'free' | 'forget' };
export type Body = readonly Op[];

export interface Handed {
  /** How many CPUs run each body. */
  readonly cpus: readonly { readonly count: number; readonly body: Body }[];
  /** Whether a page is published at the start. */
  readonly published: boolean;
  readonly fatal: boolean;
  /** A word never has this value; undefined for no such property. */
  readonly never: number | undefined;
}

const where = fc.constantFrom<Where>('page', 'page', 'shared');
const which = fc.constantFrom<Which>('a', 'a', 'b');
const value = fc.nat(2);
const touch = (at: Where, one: Which): fc.Arbitrary<Op> =>
  fc.oneof(
    value.map((v): Op => ({ op: 'touch', where: at, which: one, value: v })),
    fc.integer({ min: 1, max: 2 }).map((not): Op => ({ op: 'look', where: at, which: one, not })),
  );

/** As it should be: taken, touched, given. */
const held: fc.Arbitrary<Body> = fc
  .tuple(where, which)
  .chain(([at, one]) =>
    fc
      .array(touch(at, one), { minLength: 1, maxLength: 2 })
      .map((body): Body => [{ op: 'has', where: at, which: one, body }]),
  );
const careless: fc.Arbitrary<Body> = fc
  .tuple(where, which, fc.boolean())
  .chain(([at, one, gives]) =>
    gives
      ? fc.constant<Body>([{ op: 'give', where: at, which: one }])
      : touch(at, one).map((op): Body => [op]),
  );
const objects = fc.constantFrom<Body>(
  [{ op: 'make' }, { op: 'publish' }],
  [{ op: 'make' }, { op: 'touch', where: 'page', which: 'a', value: 1 }, { op: 'publish' }],
  [{ op: 'make' }, { op: 'swap' }, { op: 'free' }],
  [{ op: 'find' }],
  [{ op: 'find' }],
  [{ op: 'grab' }],
  [{ op: 'grab' }, { op: 'free' }],
  [{ op: 'free' }],
  [{ op: 'forget' }],
);
const body: fc.Arbitrary<Body> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: held },
      { weight: 4, arbitrary: objects },
      { weight: 1, arbitrary: careless },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.flat());

export const handed: fc.Arbitrary<Handed> = fc.record({
  cpus: fc.oneof(
    body.map((one) => [{ count: 2, body: one }]),
    fc.tuple(body, body).map((both) => both.map((one) => ({ count: 1, body: one }))),
    fc.tuple(body, body, body).map((all) => all.map((one) => ({ count: 1, body: one }))),
    fc.tuple(body, body).map(([one, other]) => [
      { count: 2, body: one },
      { count: 1, body: other },
    ]),
  ),
  published: fc.boolean(),
  fatal: fc.boolean(),
  never: fc.option(fc.constantFrom(1, 2), { freq: 3, nil: undefined }),
});

type B = Builder<State, Locals>;
interface Words {
  busy: number;
  a: number;
  b: number;
}

const bitOf = (one: Which): number => (one === 'a' ? 1 : 2);

/** Steps have names of their own. */
class Writer {
  private steps = 0;
  private readonly b: B;

  constructor(b: B) {
    this.b = b;
  }

  body(ops: Body): Nodes {
    return ops.map((op) => this.op(op));
  }

  private step(name: string, does: (s: State, l: Locals) => void): Nodes {
    this.steps += 1;
    return [this.b.atomic('as one', this.b.step(`${name} ${this.steps}`, does))];
  }

  /** Nothing is done to a page that one has not. */
  private on(at: Where, name: string, does: (words: Words, l: Locals) => void): Nodes {
    if (at === 'page') {
      const one = this.step(`page ${name}`, (s, l) => does(s.page[l.page], l));
      return [this.b.when(`a page for ${name} ${this.steps}`, (l) => l.page !== NONE, [one])];
    }
    return this.step(name, (s, l) => does(s.word, l));
  }

  private op(op: Op): Nodes {
    const { b } = this;
    switch (op.op) {
      case 'touch':
        return this.on(op.where, `${op.which} = ${op.value}`, (words) => {
          words[op.which] = op.value;
        });
      case 'look':
        return this.on(op.where, `look at ${op.which}`, (words) => {
          claim('C', words[op.which] !== op.not);
        });
      case 'has': {
        const bit = bitOf(op.which);
        const taken = this.on(op.where, `take ${op.which}`, (words, l) => {
          const { busy } = words;
          l.has = (busy & bit) === 0;
          if (l.has) words.busy = busy | bit;
        });
        const mine = b.when(`has ${this.steps}`, (l) => l.has, [
          this.body(op.body),
          this.op({ op: 'give', where: op.where, which: op.which }),
        ]);
        const none = b.local((l) => {
          l.has = false;
        });
        return [none, taken, mine, none];
      }
      case 'give':
        return this.on(op.where, `give ${op.which}`, (words) => {
          words.busy &= ~bitOf(op.which);
        });
      case 'make':
        return [
          b.when(`no page ${this.steps}`, (l) => l.page === NONE, [
            this.step('alloc', (s, l) => {
              l.page = alloc(s.page, { busy: 0, a: 0, b: 0 });
            }),
          ]),
        ];
      case 'publish':
        return this.step('publish', (s, l) => {
          s.slot = l.page;
        });
      case 'swap':
        return this.step('swap', (s, l) => {
          l.page = xchg(s, 'slot', l.page);
        });
      case 'find':
        return this.step('find', (s, l) => {
          l.page = s.slot;
        });
      case 'grab':
        return this.step('grab', (s, l) => {
          l.page = xchg(s, 'slot', NONE);
        });
      case 'free':
        return [
          b.when(`a page to free ${this.steps}`, (l) => l.page !== NONE, [
            this.step('free', (s, l) => free(s.page, l.page)),
          ]),
        ];
      case 'forget':
        return [
          b.local((l) => {
            l.page = NONE;
          }),
        ];
    }
  }
}

export function checkOfHanded(one: Handed): Check {
  const cpus = one.cpus.map(({ count, body: ops }, at) =>
    cpu({
      count,
      task: m.fn(`task${at}`, { locals: { page: ref('page'), has: bool() } }, (b) =>
        new Writer(b).body(ops),
      ),
    }),
  );
  return check(
    model({
      machine: m,
      cpus,
      initial: (s) => {
        s.slot = one.published ? alloc(s.page, { busy: 0, a: 0, b: 0 }) : NONE;
      },
    }),
    {
      properties: {
        'C: what is looked at is not that': claimed(),
        ...(one.never === undefined
          ? {}
          : { 'N: a word is not that': never((s: State) => s.word.a === one.never) }),
      },
      facilities: { leak: 'off', KASAN: one.fatal ? 'fatal' : 'soft' },
    },
  );
}
