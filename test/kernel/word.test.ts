/** Machine words: addresses, what they point to, and what happens where they point to nothing. */
import {
  address_of,
  alloc,
  array,
  type Builder,
  type CheckOptions,
  check,
  container_of,
  cpu,
  deref,
  free,
  function_word,
  heap,
  is_address,
  LIST_POISON1,
  list_head,
  load_word,
  machine,
  model,
  type Nodes,
  NULL,
  overlay,
  rcu_head,
  record,
  type StateOf,
  store_word,
  uint,
  word,
  word_bits,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { found, refusal } from '../outcome.ts';
import { anywhere, atRest } from './look.ts';

const state = machine(
  {
    page: heap(
      2,
      record('page', {
        count: uint(2),
        ...overlay({ lru: list_head(), rcu_head: rcu_head() }),
        table: array(
          2,
          record('table', {
            ...overlay({ pte: array(2, word()), node: list_head() }),
            more: word(),
          }),
          { bytes: 0x800, aligned: 0x1000 },
        ),
      }),
    ),
    head: list_head(),
    pointer: word(),
    n: uint(13),
  },
  { callbacks: ['first', 'second'], constants: { PTE_EMPTY: 0x400 } },
);
type State = StateOf<typeof state>;
const nothing = state.fn('nothing', (b) => [b.step('nothing', () => {})]);

function run(body: (b: Builder<State, object>) => Nodes) {
  return model({
    machine: state,
    cpus: [cpu({ task: state.fn('task', body) })],
    callbacks: { first: nothing, second: nothing },
    initial: (s) => {
      alloc(s.page, { count: 0 });
      alloc(s.page, { count: 0 });
    },
  });
}
const step = (effect: (s: State) => void) => run((b) => [b.step('operation', effect)]);
const violated = (
  effect: (s: State) => void,
  options: CheckOptions<State> = { expected: { KASAN: 'violated' } },
) => found(check(step(effect), options), 'KASAN');

describe('addresses', () => {
  test('every word has its own, 8 bytes from the next', () => {
    const look = (s: State) => [
      address_of(s.page[0].lru, 'prev') - address_of(s.page[0].lru, 'next'),
      address_of(s.page[0].lru) === address_of(s.page[0].lru, 'next'),
      address_of(s.page[0].lru) === address_of(s.page[1].lru),
      address_of(s.page[0].lru) % 8,
    ];
    expect(
      atRest(
        step(() => {}),
        look,
      ),
    ).toEqual([[8, true, false, 0]]);
  });

  test('members of an overlay have one address', () => {
    const look = (s: State) => [
      address_of(s.page[1].lru) === address_of(s.page[1].rcu_head),
      address_of(s.page[1].lru, 'prev') === address_of(s.page[1].rcu_head, 'func'),
    ];
    expect(
      atRest(
        step(() => {}),
        look,
      ),
    ).toEqual([[true, true]]);
  });

  test('is_address', () => {
    const look = (s: State) =>
      [NULL, LIST_POISON1, 0x400, function_word('first'), address_of(s.head)].map(is_address);
    expect(
      atRest(
        step(() => {}),
        look,
      ),
    ).toEqual([[false, false, false, false, true]]);
  });

  test('each callback has a word of its own', () => {
    const look = () => function_word('first') === function_word('second');
    expect(
      atRest(
        step(() => {}),
        look,
      ),
    ).toEqual([false]);
    const third = step((s) => {
      s.pointer = function_word('third');
    });
    expect(refusal(() => check(third))).toMatchObject({ code: 'unknown-callback' });
  });
});

describe('dereferencing', () => {
  test('gives the record at an address, under the name asked for', () => {
    const followed = step((s) => {
      s.pointer = address_of(s.page[1].lru);
      deref(s.pointer, 'list_head').next = LIST_POISON1;
      deref(s.pointer, 'rcu_head').func = function_word('second');
    });
    const look = (s: State) => [
      s.page[1].rcu_head.next,
      s.page[1].lru.prev === function_word('second'),
    ];
    expect(atRest(followed, look)).toEqual([[LIST_POISON1, true]]);
  });

  test.each<[string, string, (s: State) => unknown]>([
    ['NULL', 'null-dereference', () => NULL],
    ['LIST_POISON1', 'poison-dereference', () => LIST_POISON1],
    ['PTE_EMPTY', 'poison-dereference', () => 0x400],
    ['first', 'wild-dereference', () => function_word('first')],
    ['&head.prev', 'wild-dereference', (s) => address_of(s.head, 'prev')],
  ])('%s is none', (object, kind, pointer) => {
    const row = violated((s) => void deref(pointer(s) as number, 'list_head'));
    expect(row).toEqual({ facility: 'KASAN', kind, object, steps: 1, switches: 0 });
  });

  test('a list_head is no rcu_head where the two do not overlap', () => {
    expect(violated((s) => void deref(address_of(s.head), 'rcu_head'))).toMatchObject({
      kind: 'wild-dereference',
      object: '&head',
    });
  });

  test('of a freed object is reported when a word is touched, not before', () => {
    const touched = (touch: boolean) => (s: State) => {
      free(s.page, 0);
      const node = deref(address_of(s.page[0].lru), 'list_head');
      if (touch) node.next = NULL;
    };
    expect(violated(touched(true))).toMatchObject({
      kind: 'use-after-free',
      object: 'page[0].lru.next',
    });
    expect(atRest(step(touched(false)), () => true)).toEqual([true]);
  });
});

describe('container_of', () => {
  test('gives the index of the object', () => {
    const look = (s: State) => [
      container_of(address_of(s.page[0].lru), 'page', 'lru'),
      container_of(address_of(s.page[1].rcu_head), 'page', 'rcu_head'),
      container_of(address_of(s.page[1].lru, 'prev'), 'page', 'lru.prev'),
    ];
    expect(
      atRest(
        step(() => {}),
        look,
      ),
    ).toEqual([[0, 1, 1]]);
  });

  test('is fatal for any other word', () => {
    const of = (pointer: (s: State) => number) => (s: State) => {
      s.n = container_of(pointer(s), 'page', 'lru');
    };
    expect(violated(of((s) => address_of(s.head)))).toMatchObject({
      kind: 'wild-dereference',
      object: '&head',
    });
    expect(violated(of((s) => address_of(s.page[0].lru, 'prev')))).toMatchObject({
      kind: 'wild-dereference',
    });
    expect(violated(of(() => NULL))).toMatchObject({ object: 'NULL' });
  });
});

describe('words by address', () => {
  test('are loaded and stored', () => {
    const swapped = step((s) => {
      store_word(address_of(s.page[0].lru, 'prev'), address_of(s.head));
      s.pointer = load_word(address_of(s.page[0].rcu_head, 'func'));
    });
    expect(atRest(swapped, (s) => s.pointer === address_of(s.head))).toEqual([true]);
  });

  test('only where there is one', () => {
    expect(violated(() => store_word(NULL, NULL))).toMatchObject({
      kind: expect.stringMatching(/dereference/),
    });
    expect(violated((s) => void load_word(address_of(s.page[0].lru, 'next')))).toMatchObject({
      kind: 'uninitialised',
    });
  });
});

describe('word_bits', () => {
  const looked = (value: (s: State) => number, mask: number) =>
    anywhere(
      run((b) => [
        b.step('n = bits', (s) => {
          s.n = word_bits(value(s), mask);
        }),
        b.step('set', (s) => {
          s.pointer = LIST_POISON1;
        }),
      ]),
      (s) => (s.pointer === NULL ? -1 : s.n),
    ).filter((n) => n !== -1);

  test('of a constant are known', () => {
    expect(looked(() => 0x400, 0x601)).toEqual([0x400]);
    expect(looked(() => LIST_POISON1, 0x301)).toEqual([0x100]);
  });

  test('of an address are known as far as its alignment goes', () => {
    expect(looked((s) => address_of(s.head), 0x7)).toEqual([0]);
  });

  test('of an address are tried both ways above that', () => {
    expect(looked((s) => address_of(s.head), 0x201).sort()).toEqual([0, 0x200]);
    expect(looked((s) => address_of(s.head), 0x600).length).toBe(4);
  });

  test('of an address in an array that was placed are known as far as its alignment goes', () => {
    const upper = (s: State) => s.page[1].table[1];
    expect(looked((s) => address_of(s.page[1].table[0].node), 0xfff)).toEqual([0x000]);
    expect(looked((s) => address_of(upper(s).node), 0xfff)).toEqual([0x800]);
    expect(looked((s) => address_of(upper(s).node, 'prev'), 0xfff)).toEqual([0x808]);
    expect(looked((s) => address_of(upper(s), 'more'), 0xfff)).toEqual([0x810]);
    expect(looked((s) => address_of(upper(s).node), 0x1800).sort()).toEqual([0x0800, 0x1800]);
  });
});
