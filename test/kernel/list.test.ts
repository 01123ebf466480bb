/** list_head operations, pointer by pointer, as one step and as separate stores. */
import {
  address_of,
  type Builder,
  check,
  cpu,
  INIT_LIST_HEAD,
  LIST_POISON1,
  LIST_POISON2,
  list_add,
  list_add_rcu_stores,
  list_add_stores,
  list_add_tail,
  list_add_tail_stores,
  list_contains,
  list_del,
  list_del_init,
  list_del_init_stores,
  list_del_rcu_stores,
  list_del_stores,
  list_empty,
  list_head,
  list_is_well_formed,
  list_move,
  list_move_tail,
  list_walk,
  type Macro,
  machine,
  model,
  type Nodes,
  NULL,
  type StateOf,
  walk,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { counts } from '../outcome.ts';
import { atRest } from './look.ts';

const lists = machine({ head: list_head(), a: list_head(), b: list_head(), c: list_head() });
type Lists = StateOf<typeof lists>;
type ListBuilder = Builder<Lists, object>;

/** The list head, a, b; c stands alone. */
function start(s: Lists): void {
  for (const node of [s.head, s.a, s.b, s.c]) INIT_LIST_HEAD(node);
  list_add(s.b, s.head);
  list_add(s.a, s.head);
}

function nameOf(s: Lists, pointer: number): string {
  const names = new Map([
    [NULL, 'NULL'],
    [LIST_POISON1, 'poison1'],
    [LIST_POISON2, 'poison2'],
    ...(['head', 'a', 'b', 'c'] as const).map((name) => [address_of(s[name]), name] as const),
  ]);
  return names.get(pointer) ?? `0x${pointer.toString(16)}`;
}

/** Each node as 'previous < node > next'. */
function pointers(s: Lists): string[] {
  return (['head', 'a', 'b', 'c'] as const).map(
    (name) => `${nameOf(s, s[name].prev)} < ${name} > ${nameOf(s, s[name].next)}`,
  );
}

function run(body: (b: ListBuilder) => Nodes) {
  return model({
    machine: lists,
    cpus: [cpu({ task: lists.fn('task', body) })],
    initial: start,
  });
}

const step = (effect: (s: Lists) => void) => run((b) => [b.step('operation', effect)]);

test('a list of two, to begin with', () => {
  expect(
    atRest(
      step(() => {}),
      pointers,
    ),
  ).toEqual([['b < head > a', 'head < a > b', 'a < b > head', 'c < c > c']]);
});

type Node = Lists['head'];

/** Name, what the operation leaves, the operation in one step, and as its loads and stores with their number. */
const operations: [
  string,
  string[],
  (s: Lists) => void,
  (
    | {
        word: Macro<Node> | Macro<{ node: Node; head: Node }>;
        on: (s: Lists) => unknown;
        steps: number;
      }
    | undefined
  ),
][] = [
  [
    'list_add puts it first',
    ['b < head > c', 'c < a > b', 'a < b > head', 'head < c > a'],
    (s) => list_add(s.c, s.head),
    { word: list_add_stores, on: (s) => ({ node: s.c, head: s.head }), steps: 5 },
  ],
  [
    'list_add_rcu puts it first',
    ['b < head > c', 'c < a > b', 'a < b > head', 'head < c > a'],
    (s) => list_add(s.c, s.head),
    { word: list_add_rcu_stores, on: (s) => ({ node: s.c, head: s.head }), steps: 5 },
  ],
  [
    'list_add behind a node in the middle',
    ['b < head > a', 'head < a > c', 'c < b > head', 'a < c > b'],
    (s) => list_add(s.c, s.a),
    { word: list_add_stores, on: (s) => ({ node: s.c, head: s.a }), steps: 5 },
  ],
  [
    'list_add_tail puts it last',
    ['c < head > a', 'head < a > b', 'a < b > c', 'b < c > head'],
    (s) => list_add_tail(s.c, s.head),
    { word: list_add_tail_stores, on: (s) => ({ node: s.c, head: s.head }), steps: 5 },
  ],
  [
    'list_del poisons both pointers',
    ['b < head > b', 'poison2 < a > poison1', 'head < b > head', 'c < c > c'],
    (s) => list_del(s.a),
    { word: list_del_stores, on: (s) => s.a, steps: 6 },
  ],
  [
    'list_del_rcu leaves next for readers under way',
    ['b < head > b', 'poison2 < a > b', 'head < b > head', 'c < c > c'],
    (s) => {
      list_del(s.a);
      s.a.next = address_of(s.b);
    },
    { word: list_del_rcu_stores, on: (s) => s.a, steps: 5 },
  ],
  [
    'list_del_init leaves it alone',
    ['b < head > b', 'a < a > a', 'head < b > head', 'c < c > c'],
    (s) => list_del_init(s.a),
    { word: list_del_init_stores, on: (s) => s.a, steps: 6 },
  ],
  [
    'list_move puts the last first',
    ['a < head > b', 'b < a > head', 'head < b > a', 'c < c > c'],
    (s) => list_move(s.b, s.head),
    undefined,
  ],
  [
    'list_move_tail puts the first last',
    ['a < head > b', 'b < a > head', 'head < b > a', 'c < c > c'],
    (s) => list_move_tail(s.a, s.head),
    undefined,
  ],
];

describe('one step', () => {
  test.each(operations)('%s', (_name, expected, effect) => {
    expect(atRest(step(effect), pointers)).toEqual([expected]);
  });
});

describe('store by store', () => {
  const byStores = operations.filter(([, , , stores]) => stores !== undefined);

  test.each(byStores)('%s', (_name, expected, _effect, stores) => {
    const { word, on, steps } = stores as NonNullable<typeof stores>;
    const design = run((b) => [b.call(word as Macro<unknown>, on)]);
    expect(atRest(design, pointers)).toEqual([expected]);
    // One CPU: a state before each step, and the last.
    expect(counts(check(design)).states).toBe(steps + 1);
  });

  test('the order of the stores of list_add: next->prev, new->next, new->prev, prev->next', () => {
    const design = run((b) => [b.call(list_add_stores, (s) => ({ node: s.c, head: s.head }))]);
    const cursor = walk(check(design), '0x5');
    const stored = cursor.steps.map(({ accesses }) =>
      accesses.filter(({ write }) => write).map(({ path, value }) => `${path} = ${value}`),
    );
    expect(stored).toEqual([
      [],
      ['a.prev = &c'],
      ['c.next = &a'],
      ['c.prev = &head'],
      ['head.next = &c'],
    ]);
  });
});

test('a second list_del_init changes nothing', () => {
  const twice = step((s) => {
    list_del_init(s.a);
    list_del_init(s.a);
  });
  expect(atRest(twice, pointers)).toEqual([
    ['b < head > b', 'a < a > a', 'head < b > head', 'c < c > c'],
  ]);
});

test('the last node leaves an empty list', () => {
  const emptied = step((s) => {
    list_del(s.a);
    list_del(s.b);
  });
  const look = (s: Lists) => [list_empty(s.head), list_is_well_formed(s.head), list_walk(s.head)];
  expect(atRest(emptied, look)).toEqual([[true, true, []]]);
});

test('what properties may ask', () => {
  const look = (s: Lists) => ({
    empty: list_empty(s.head),
    walk: list_walk(s.head).map((node) => nameOf(s, node)),
    a: list_contains(s.head, s.a),
    c: list_contains(s.head, s.c),
    well_formed: list_is_well_formed(s.head),
  });
  expect(
    atRest(
      step(() => {}),
      look,
    ),
  ).toEqual([{ empty: false, walk: ['a', 'b'], a: true, c: false, well_formed: true }]);
  const cut = step((s) => {
    s.a.next = NULL;
  });
  expect(atRest(cut, look)).toEqual([
    { empty: false, walk: ['a'], a: true, c: false, well_formed: false },
  ]);
  const half = step((s) => {
    s.head.prev = address_of(s.a);
  });
  expect(atRest(half, (s) => list_is_well_formed(s.head))).toEqual([false]);
});
