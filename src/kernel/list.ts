/**
 * `struct list_head` operations (include/linux/list.h, lib/list_debug.c, Linux 6.1). As functions
 * they are one step, which is honest only where lockless readers cannot look; as `..._stores` they
 * are kernel words whose stores are steps. As there, stores of `prev->next` and those of
 * `INIT_LIST_HEAD` are marked, the load of `list_empty` too, and all others are plain.
 */
import type { Builder, Macro } from '../design/builder.ts';
import { LIST_POISON1, LIST_POISON2, NULL, processor } from '../design/processor.ts';
import { type ListHead, type ViewOf, word } from '../design/schema.ts';
import { READ_ONCE, rcu_assign_pointer, WRITE_ONCE } from './access.ts';
import { address_of, deref } from './word.ts';

type Node = ViewOf<ListHead>;

const at = (address: number): Node => deref(address, 'list_head');

function corrupt(kind: string, node: Node, text: string): boolean {
  processor().report('DEBUG_LIST', kind, node.$path, text);
  return false;
}

/**
 * `__list_add_valid()`: what CONFIG_DEBUG_LIST looks at before linking. False: the stores are
 * skipped, where the facility is on.
 */
function addIsValid(node: Node, previous: Node, next: Node): boolean {
  const cpu = processor();
  const self = address_of(node);
  if (next.prev !== address_of(previous)) {
    return refuse(
      node,
      `list_add corruption. next->prev should be prev (${previous.$path}), but was ` +
        `${cpu.describeWord(next.prev)}. (next=${next.$path})`,
    );
  }
  if (previous.next !== address_of(next)) {
    return refuse(
      node,
      `list_add corruption. prev->next should be next (${next.$path}), but was ` +
        `${cpu.describeWord(previous.next)}. (prev=${previous.$path})`,
    );
  }
  if (self === address_of(previous) || self === address_of(next)) {
    return refuse(
      node,
      `list_add double add: new=${node.$path}, prev=${previous.$path}, next=${next.$path}`,
    );
  }
  return true;
}

function refuse(node: Node, text: string): boolean {
  return !debugList() || corrupt('list-add-corruption', node, text);
}

/** `__list_del_entry_valid()`. */
function delIsValid(node: Node, next: number, previous: number): boolean {
  if (!debugList()) return true;
  const cpu = processor();
  if (next === NULL || previous === NULL)
    return corrupt(
      'list-del-corruption',
      node,
      `list_del corruption, ${node.$path}->${next === NULL ? 'next' : 'prev'} is NULL`,
    );
  if (next === LIST_POISON1 || previous === LIST_POISON2) {
    return corrupt(
      'list-del-corruption',
      node,
      `list_del corruption, ${node.$path}->${next === LIST_POISON1 ? 'next is LIST_POISON1' : 'prev is LIST_POISON2'}`,
    );
  }
  const self = address_of(node);
  const before = at(previous);
  if (before.next !== self) {
    return corrupt(
      'list-del-corruption',
      node,
      `list_del corruption. prev->next should be ${node.$path}, but was ${cpu.describeWord(before.next)}. (prev=${before.$path})`,
    );
  }
  const after = at(next);
  if (after.prev !== self) {
    return corrupt(
      'list-del-corruption',
      node,
      `list_del corruption. next->prev should be ${node.$path}, but was ${cpu.describeWord(after.prev)}. (next=${after.$path})`,
    );
  }
  return true;
}

function debugList(): boolean {
  return processor().isOn('DEBUG_LIST');
}

/** `INIT_LIST_HEAD()`: both pointers to itself, by marked stores. */
export function INIT_LIST_HEAD(node: Node): void {
  const self = address_of(node);
  WRITE_ONCE(node, 'next', self);
  WRITE_ONCE(node, 'prev', self);
}

function link(node: Node, previous: Node, next: Node): void {
  if (!addIsValid(node, previous, next)) return;
  next.prev = address_of(node);
  node.next = address_of(next);
  node.prev = address_of(previous);
  WRITE_ONCE(previous, 'next', address_of(node));
}

/** `list_add()`: right after `head`, the LIFO end. */
export function list_add(node: Node, head: Node): void {
  link(node, head, at(head.next));
}

/** `list_add_tail()`: right before `head`, the FIFO end. */
export function list_add_tail(node: Node, head: Node): void {
  link(node, at(head.prev), head);
}

function unlink(node: Node): void {
  const next = node.next;
  const previous = node.prev;
  if (!delIsValid(node, next, previous)) return;
  at(next).prev = previous;
  WRITE_ONCE(at(previous), 'next', next);
}

/** `list_del()`: unlinks and poisons; a second one dereferences the poison. */
export function list_del(node: Node): void {
  unlink(node);
  node.next = LIST_POISON1;
  node.prev = LIST_POISON2;
}

/** `list_del_init()`: unlinks and points to itself; safe to repeat. */
export function list_del_init(node: Node): void {
  unlink(node);
  INIT_LIST_HEAD(node);
}

/** `list_move()`: off its list and right after `head`. */
export function list_move(node: Node, head: Node): void {
  unlink(node);
  list_add(node, head);
}

/** `list_move_tail()`: off its list and right before `head`. */
export function list_move_tail(node: Node, head: Node): void {
  unlink(node);
  list_add_tail(node, head);
}

/** `list_empty()`: one marked load. */
export function list_empty(head: Node): boolean {
  return READ_ONCE(head, 'next') === address_of(head);
}

/**
 * Whether `node` is on the list of `head`, following next pointers; for properties. Stops where the
 * list is broken.
 */
export function list_contains(head: Node, node: Node): boolean {
  const target = address_of(node);
  return list_walk(head).includes(target);
}

/**
 * The node addresses on a list from its first, at most `limit` (default 64); ends early where a
 * word is no list_head. For properties.
 */
export function list_walk(head: Node, limit = 64): number[] {
  const found: number[] = [];
  const end = address_of(head);
  let here = head.next;
  while (here !== end && found.length < limit) {
    const node = processor().viewAt(here, 'list_head') as Node | undefined;
    if (node === undefined || !processor().isLive(node)) break;
    found.push(here);
    here = node.next;
  }
  return found;
}

/** Whether every pointer of the list of `head` and its neighbour agree; for properties. */
export function list_is_well_formed(head: Node, limit = 64): boolean {
  const end = address_of(head);
  let previous = head;
  for (let count = 0; count <= limit; count += 1) {
    const next = processor().viewAt(previous.next, 'list_head') as Node | undefined;
    if (next === undefined || !processor().isLive(next) || next.prev !== address_of(previous))
      return false;
    if (address_of(next) === end) return true;
    previous = next;
  }
  return false;
}

interface Pair {
  readonly node: Node;
  readonly head: Node;
}

// biome-ignore lint/suspicious/noExplicitAny: kernel words are written for every state.
type AnyBuilder = Builder<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: kernel words are written for every state.
type Target<V> = (s: any, l: any, ctx: any) => V;

function addByStores(name: string, after: boolean): Macro<Pair> {
  return {
    kind: 'macro',
    name,
    expand: (b: AnyBuilder, target: Target<Pair>) => [
      b.scope({ $prev: word(), $next: word() }, (inner) => [
        inner.step('read neighbour', (s, l, ctx) => {
          const { head } = target(s, l, ctx);
          l.$prev = after ? address_of(head) : head.prev;
          l.$next = after ? head.next : address_of(head);
        }),
        inner.step('next->prev = new', (s, l, ctx) => {
          at(l.$next).prev = address_of(target(s, l, ctx).node);
        }),
        inner.step('new->next = next', (s, l, ctx) => {
          target(s, l, ctx).node.next = l.$next;
        }),
        inner.step('new->prev = prev', (s, l, ctx) => {
          target(s, l, ctx).node.prev = l.$prev;
        }),
        inner.step('prev->next = new', (s, l, ctx) => {
          WRITE_ONCE(at(l.$prev), 'next', address_of(target(s, l, ctx).node));
        }),
      ]),
    ],
  };
}

/**
 * `list_add()` as a load and its four stores, each a step, for lists that lockless readers see. No
 * DEBUG_LIST check.
 */
export const list_add_stores = addByStores('list_add', true);
/** `list_add_tail()` as a load and its four stores. */
export const list_add_tail_stores = addByStores('list_add_tail', false);

function delByStores(
  name: string,
  afterwards: (b: AnyBuilder, target: Target<Node>) => readonly unknown[],
): Macro<Node> {
  return {
    kind: 'macro',
    name,
    expand: (b: AnyBuilder, target: Target<Node>) => [
      b.scope({ $prev: word(), $next: word() }, (inner) => [
        inner.step('read next', (s, l, ctx) => {
          l.$next = target(s, l, ctx).next;
        }),
        inner.step('read prev', (s, l, ctx) => {
          l.$prev = target(s, l, ctx).prev;
        }),
        inner.step('next->prev = prev', (_s, l) => {
          at(l.$next).prev = l.$prev;
        }),
        inner.step('prev->next = next', (_s, l) => {
          WRITE_ONCE(at(l.$prev), 'next', l.$next);
        }),
      ]),
      ...(afterwards(b, target) as never[]),
    ],
  };
}

/** `list_del()` as its loads and stores: unlink in two stores, then the two poisons. */
export const list_del_stores = delByStores('list_del', (b, target) => [
  b.step('entry->next = LIST_POISON1', (s, l, ctx) => {
    target(s, l, ctx).next = LIST_POISON1;
  }),
  b.step('entry->prev = LIST_POISON2', (s, l, ctx) => {
    target(s, l, ctx).prev = LIST_POISON2;
  }),
]);

/** `list_del_rcu()` (include/linux/rculist.h): next stays for readers under way; prev is poisoned. */
export const list_del_rcu_stores = delByStores('list_del_rcu', (b, target) => [
  b.step('entry->prev = LIST_POISON2', (s, l, ctx) => {
    target(s, l, ctx).prev = LIST_POISON2;
  }),
]);

/** `list_del_init()` as its loads and stores. */
export const list_del_init_stores = delByStores('list_del_init', (b, target) => [
  b.step('entry->next = entry', (s, l, ctx) => {
    const node = target(s, l, ctx);
    WRITE_ONCE(node, 'next', address_of(node));
  }),
  b.step('entry->prev = entry', (s, l, ctx) => {
    const node = target(s, l, ctx);
    WRITE_ONCE(node, 'prev', address_of(node));
  }),
]);

/**
 * `list_add_rcu()` (include/linux/rculist.h): links backwards first, then publishes with one store
 * of prev->next.
 */
export const list_add_rcu_stores: Macro<Pair> = {
  kind: 'macro',
  name: 'list_add_rcu',
  expand: (b: AnyBuilder, target: Target<Pair>) => [
    b.scope({ $next: word() }, (inner) => [
      inner.step('read head->next', (s, l, ctx) => {
        l.$next = target(s, l, ctx).head.next;
      }),
      inner.step('new->next = next', (s, l, ctx) => {
        target(s, l, ctx).node.next = l.$next;
      }),
      inner.step('new->prev = head', (s, l, ctx) => {
        const { node, head } = target(s, l, ctx);
        node.prev = address_of(head);
      }),
      inner.step('rcu_assign_pointer(head->next, new)', (s, l, ctx) => {
        const { node, head } = target(s, l, ctx);
        rcu_assign_pointer(head, 'next', address_of(node));
      }),
      inner.step('next->prev = new', (s, l, ctx) => {
        at(l.$next).prev = address_of(target(s, l, ctx).node);
      }),
    ]),
  ],
};
