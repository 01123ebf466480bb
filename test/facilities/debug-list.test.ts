/** DEBUG_LIST: a list operation on a node whose neighbours do not point back. */
import {
  check,
  cpu,
  INIT_LIST_HEAD,
  list_add,
  list_del,
  list_del_init,
  list_empty,
  list_head,
  machine,
  model,
  type StateOf,
  spin_lock,
  spin_unlock,
  spinlock,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const lists = machine({ lock: spinlock(), head: list_head(), node: list_head() });
type Lists = StateOf<typeof lists>;
const whole = 'this test is about what the operation meets, not about its stores';

const off_the_list = (s: Lists) => {
  INIT_LIST_HEAD(s.head);
  INIT_LIST_HEAD(s.node);
};
const on_the_list = (s: Lists) => {
  INIT_LIST_HEAD(s.head);
  list_add(s.node, s.head);
};

describe('list_add', () => {
  test('two CPUs see a free node and both add it', () => {
    const add = lists.fn('add', (b) => [
      b.test('list_empty(node)', (s) => list_empty(s.node), [
        b.atomic(
          whole,
          b.step('list_add(node, head)', (s) => list_add(s.node, s.head)),
        ),
      ]),
    ]);
    const twice = check(
      model({ machine: lists, cpus: [cpu({ count: 2, task: add })], initial: off_the_list }),
      { expected: { DEBUG_LIST: 'violated' } },
    );
    expect(found(twice, 'DEBUG_LIST')).toEqual({
      facility: 'DEBUG_LIST',
      kind: 'list-add-corruption',
      object: 'node',
      steps: 4,
      switches: 2,
    });
  });

  test('not when they look and add under the lock', () => {
    const add = lists.fn('add', (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.test('list_empty(node)', (s) => list_empty(s.node), [
        b.step('list_add(node, head)', (s) => list_add(s.node, s.head)),
      ]),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    const once = check(
      model({ machine: lists, cpus: [cpu({ count: 2, task: add })], initial: off_the_list }),
    );
    expect(counts(once)).toEqual(clean(14, 15));
  });

  test('behind a node that was deleted: the next node is a poison', () => {
    const stale = machine({ head: list_head(), node: list_head(), other: list_head() });
    const add = (by: typeof list_del, bad: boolean) =>
      check(
        model({
          machine: stale,
          cpus: [
            cpu({
              task: stale.fn('add_behind', (b) => [
                b.step('remove(node)', (s) => by(s.node)),
                b.step('list_add(other, node)', (s) => list_add(s.other, s.node)),
              ]),
            }),
          ],
          initial: (s) => {
            INIT_LIST_HEAD(s.head);
            list_add(s.node, s.head);
          },
        }),
        bad ? { expected: { KASAN: 'violated' } } : {},
      );
    expect(found(add(list_del, true), 'KASAN')).toMatchObject({
      kind: 'poison-dereference',
      object: 'LIST_POISON1',
      steps: 2,
    });
    // A node that was initialised again is the head of a list of its own.
    expect(counts(add(list_del_init, false))).toEqual(clean(3, 3));
  });

  test('a deleted node may be added again: its poison is overwritten', () => {
    const again = lists.fn('again', (b) => [
      b.step('list_del(node)', (s) => list_del(s.node)),
      b.step('list_add(node, head)', (s) => list_add(s.node, s.head)),
    ]);
    const relinked = check(
      model({ machine: lists, cpus: [cpu({ task: again })], initial: on_the_list }),
    );
    expect(counts(relinked)).toEqual(clean(3, 3));
  });

  test('a neighbour whose pointer was overwritten', () => {
    const overwritten = lists.fn('overwritten', (b) => [
      b.step('head->prev = node', (s) => {
        s.head.prev = s.node.next;
      }),
      b.step('list_add(node, head)', (s) => list_add(s.node, s.head)),
    ]);
    const broken = check(
      model({ machine: lists, cpus: [cpu({ task: overwritten })], initial: off_the_list }),
      { expected: { DEBUG_LIST: 'violated' } },
    );
    expect(found(broken, 'DEBUG_LIST')).toMatchObject({ kind: 'list-add-corruption', steps: 2 });
  });
});

describe('list_del', () => {
  const removed = (by: typeof list_del, bad: boolean) => {
    const remove = lists.fn('remove', (b) => [
      b.test('!list_empty(head)', (s) => !list_empty(s.head), [
        b.atomic(
          whole,
          b.step('remove(node)', (s) => by(s.node)),
        ),
      ]),
    ]);
    return check(
      model({ machine: lists, cpus: [cpu({ count: 2, task: remove })], initial: on_the_list }),
      bad ? { expected: { DEBUG_LIST: 'violated' } } : {},
    );
  };

  test('two CPUs see the node and both delete it', () => {
    expect(found(removed(list_del, true), 'DEBUG_LIST')).toEqual({
      facility: 'DEBUG_LIST',
      kind: 'list-del-corruption',
      object: 'node',
      steps: 4,
      switches: 2,
    });
  });

  test('not with list_del_init, which may be repeated', () => {
    expect(counts(removed(list_del_init, false))).toEqual(clean(9, 13));
  });

  test('a refused list_del poisons the node and leaves its neighbours alone', () => {
    const stores = check(
      model({
        machine: lists,
        cpus: [
          cpu({
            task: lists.fn('remove', (b) => [
              b.step('list_del(node)', (s) => list_del(s.node)),
              b.step('list_del(node) again', (s) => list_del(s.node)),
            ]),
          }),
        ],
        initial: on_the_list,
      }),
      { expected: { DEBUG_LIST: 'violated' } },
    );
    expect(counts(stores)).toEqual({
      verdict: 'violated',
      violated: ['DEBUG_LIST'],
      states: 3,
      generated: 3,
      dead: 1,
    });
  });

  test('with DEBUG_LIST off a second list_del follows the poison', () => {
    const unchecked = check(
      model({
        machine: lists,
        cpus: [
          cpu({
            task: lists.fn('remove', (b) => [
              b.step('list_del(node)', (s) => list_del(s.node)),
              b.step('list_del(node) again', (s) => list_del(s.node)),
            ]),
          }),
        ],
        initial: on_the_list,
      }),
      { facilities: { DEBUG_LIST: 'off' }, expected: { KASAN: 'violated' } },
    );
    expect(found(unchecked, 'KASAN')).toMatchObject({ kind: 'poison-dereference', steps: 2 });
  });
});
