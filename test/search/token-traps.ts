/** Traps for what is said of tokens: bits that say who has what, and words that only their holders touch. */
import {
  alloc,
  atomic_xor_bits,
  type Builder,
  bits,
  type Check,
  type CheckOptions,
  check,
  claim,
  claimed,
  cpu,
  free,
  heap,
  machine,
  model,
  type Nodes,
  record,
  type StateOf,
  uint,
} from 'heddle';
import type { Reduction } from '../../src/search/reduce/choice.ts';
import type { ReductionTrap } from './reduction-traps.ts';

const m = machine({
  x: uint(2),
  y: uint(1),
  z: uint(1),
  w: uint(1),
  page: heap(1, record('page', { flag: bits(1), x: uint(2) })),
});
type State = StateOf<typeof m>;
type B = Builder<State, object>;
type Body = (b: B) => Nodes;

const reduce: readonly (readonly Reduction[])[] = [['stubborn'], ['stubborn', 'transactions']];
const facilities = { leak: 'off', KASAN: 'soft' } as const;

/** The first CPUs' moves are taken before those of others. */
function cpus(
  bodies: Readonly<Record<string, Body>>,
  options: CheckOptions<State> = {},
  initial: (s: State) => void = () => {},
): Check {
  const all = Object.entries(bodies).map(([name, body]) => cpu({ task: m.fn(name, body) }));
  const properties = { 'C: what is looked at is 0': claimed() };
  return check(model({ machine: m, cpus: all, initial }), { properties, facilities, ...options });
}

/** Waits until nobody has y, and takes it. */
const take = (b: B) =>
  b.until(
    'y = 1 where it is 0',
    (s) => s.y === 0,
    (s) => {
      s.y = 1;
    },
  );
const give = (b: B, again = '') =>
  b.step(`y = 0${again}`, (s) => {
    s.y = 0;
  });
const x = (b: B, value: number) =>
  b.step(`x = ${value}`, (s) => {
    s.x = value;
  });
const blip = (b: B): Nodes => [x(b, 1), x(b, 0)];
const look = (b: B) => b.step('look', (s) => claim('C', s.x === 0));

/** Somebody else goes on from here. */
const call = (b: B) =>
  b.step('w = 1', (s) => {
    s.w = 1;
  });
const called = (b: B) => b.until('w', (s) => s.w === 1);

/** The same of the only page, whoever has it. */
const flip = (b: B, again = '') =>
  b.step(`page[0].flag ^= 1${again}`, (s) => {
    atomic_xor_bits(s.page[0], 'flag', 1);
  });
const ofPage = (b: B, value: number) =>
  b.step(`page[0].x = ${value}`, (s) => {
    s.page[0].x = value;
  });
const lookAtPage = (b: B) => b.step('look at the page', (s) => claim('C', s.page[0].x === 0));
const make = (b: B) =>
  b.step('alloc', (s) => {
    alloc(s.page, { flag: 0, x: 0 });
  });

export const tokenTraps: Readonly<Record<string, ReductionTrap>> = {
  'a word touched by somebody who does not hold its token': {
    rule: 'holders',
    reduce,
    id: 'C',
    check: cpus({
      holder: (b) => [take(b), call(b), blip(b), give(b)],
      other: (b) => [called(b), look(b)],
    }),
  },

  'a token cleared by somebody who does not hold it': {
    rule: 'releases',
    reduce,
    id: 'C',
    check: cpus({
      holder: (b) => [take(b), blip(b), give(b)],
      thief: (b) => [give(b), take(b), look(b), give(b, ' again')],
    }),
  },

  'an object that is touched by whoever has allocated it, and by who holds a token in it': {
    rule: 'unpublished',
    reduce,
    id: 'C',
    check: cpus({
      finder: (b) => [
        b.until('y', (s) => s.y === 1),
        flip(b),
        call(b),
        ofPage(b, 1),
        ofPage(b, 0),
        flip(b, ' again'),
      ],
      owner: (b) => [make(b), take(b), called(b), lookAtPage(b)],
    }),
  },

  'an object that is freed while somebody holds a token elsewhere': {
    rule: 'ofObjects',
    reduce,
    id: 'KASAN',
    check: cpus(
      {
        holder: (b) => [take(b), ofPage(b, 1), give(b)],
        owner: (b) => [
          b.step('free', (s) => {
            free(s.page, 0);
          }),
        ],
      },
      { facilities: { leak: 'off' } },
      (s) => {
        alloc(s.page, { flag: 0, x: 0 });
      },
    ),
  },

  'tokens that keep each other': {
    rule: 'grounds',
    reduce,
    id: 'C',
    check: cpus({
      one: (b) => [both(b), call(b), blip(b), both(b, ' again')],
      other: (b) => [called(b), both(b), look(b), both(b, ' again')],
    }),
  },
};

/** Takes and gives two tokens with one step; who comes second gives what the first has taken. */
function both(b: B, again = '') {
  return b.atomic(
    'both at once',
    b.step(`y ^= 1, z ^= 1${again}`, (s) => {
      atomic_xor_bits(s, 'y', 1);
      atomic_xor_bits(s, 'z', 1);
    }),
  );
}
