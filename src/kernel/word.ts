/** Machine words as values: addresses, `container_of`, dereferencing. */
import { ADDRESS_BASE, FUNCTION_BASE, NULL, processor } from '../design/processor.ts';
import type { ListHead, RcuHead, Spinlock, View, ViewOf, Work } from '../design/schema.ts';

export { LIST_POISON1, LIST_POISON2, NULL } from '../design/processor.ts';

interface Pointees {
  list_head: ViewOf<ListHead>;
  rcu_head: ViewOf<RcuHead>;
  spinlock: ViewOf<Spinlock>;
  work_struct: ViewOf<Work>;
}

/** The address of a record, or of one of its fields: `&page->lru`, `&head->next`. No access. */
export function address_of<V extends View>(view: V, field?: keyof V & string): number {
  return processor().address(view, field);
}

/**
 * The record of type `name` a word points to: fatal for NULL, a poison, a constant, a function or
 * the address of something else. Whether its object is live is checked when a field is accessed.
 */
export function deref<N extends keyof Pointees>(word: number, name: N): Pointees[N];
export function deref<V = View>(word: number, name: string): V;
export function deref(word: number, name: string): unknown {
  const cpu = processor();
  const view = cpu.viewAt(word, name);
  if (view === undefined) {
    const what =
      word === NULL
        ? 'null-dereference'
        : word < FUNCTION_BASE
          ? 'poison-dereference'
          : 'wild-dereference';
    const text = `${cpu.describeWord(word)} is dereferenced as a ${name}`;
    cpu.report('KASAN', what, cpu.describeWord(word), text);
    throw new Error(text);
  }
  return view;
}

/**
 * `container_of(word, type, member)`: the index of the object of `container` whose `member` is at
 * this address; fatal for any other word.
 */
export function container_of(word: number, container: string, member: string): number {
  const cpu = processor();
  const index = cpu.containerOf(word, container, member);
  if (index < 0) {
    const text = `${cpu.describeWord(word)} is not the ${member} of a ${container}`;
    cpu.report('KASAN', 'wild-dereference', cpu.describeWord(word), text);
    throw new Error(text);
  }
  return index;
}

/** The word of a callback the machine declares: what `head->func` holds. */
export function function_word(name: string): number {
  return processor().functionWord(name);
}

/**
 * The bits of a word under `mask`. A constant has all of them; an address only those that its
 * alignment, or the place of its array, fixes: any other is tried as 0 and as 1. In a property it
 * is taken as 0: ask for known bits there.
 */
export function word_bits(word: number, mask: number): number {
  return processor().wordBits(word, mask);
}

/** Whether a word is the address of something. */
export function is_address(word: number): boolean {
  return word >= ADDRESS_BASE;
}

/** `*p`: loads the word at an address; fatal unless it is the address of a word. */
export function load_word(address: number): number {
  return processor().loadWord(address);
}

/** `*p = value`: stores a word at an address; fatal unless it is the address of a word. */
export function store_word(address: number, value: number): void {
  processor().storeWord(address, value);
}
