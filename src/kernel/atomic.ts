/**
 * Atomic read-modify-writes (include/linux/atomic/, Linux 6.1). Each is one access:
 * `atomic_xor_bits(s.page[p], 'refcount', 0x11)`. All take the record that holds the counter and
 * the name of its field.
 */
import { accesses, foldAtomic, given, markSince } from '../design/processor.ts';
import { loadNumber, loadNumberToModify, loadToModify, store, storeNumber } from './field.ts';

type NumberKeys<V> = { [K in keyof V]: V[K] extends number ? K : never }[keyof V];
type Counter<V> = NumberKeys<V> & (string | number);

function modify<V>(view: V, field: Counter<V>, change: (old: number) => number): number {
  const mark = accesses.count;
  const old = loadNumberToModify(view, field);
  const value = change(old);
  storeNumber(view, field, value);
  foldAtomic(mark);
  return old;
}

/**
 * As `modify`, but returns the new value: what was stored, which in a counter that wraps is not
 * what was computed.
 */
function modified<V>(view: V, field: Counter<V>, change: (old: number) => number): number {
  const mark = accesses.count;
  storeNumber(view, field, change(loadNumberToModify(view, field)));
  const value = loadNumber(view, field);
  foldAtomic(mark);
  return value;
}

/** `atomic_read()`. */
export function atomic_read<V>(view: V, field: Counter<V>): number {
  const mark = accesses.count;
  const value = loadNumber(view, field);
  markSince(mark);
  return value;
}

/** `atomic_set()`. */
export function atomic_set<V>(view: V, field: Counter<V>, value: number): void {
  const mark = accesses.count;
  storeNumber(view, field, given(value, 'value'));
  markSince(mark);
}

/** `atomic_add()`. */
export function atomic_add<V>(view: V, field: Counter<V>, by: number): void {
  const amount = given(by, 'amount');
  modify(view, field, (old) => old + amount);
}

/** `atomic_sub()`. */
export function atomic_sub<V>(view: V, field: Counter<V>, by: number): void {
  const amount = given(by, 'amount');
  modify(view, field, (old) => old - amount);
}

/** `atomic_inc()`. */
export function atomic_inc<V>(view: V, field: Counter<V>): void {
  atomic_add(view, field, 1);
}

/** `atomic_dec()`. */
export function atomic_dec<V>(view: V, field: Counter<V>): void {
  atomic_add(view, field, -1);
}

/** `atomic_add_return()`: the new value. */
export function atomic_add_return<V>(view: V, field: Counter<V>, by: number): number {
  const amount = given(by, 'amount');
  return modified(view, field, (old) => old + amount);
}

/** `atomic_sub_return()`: the new value. */
export function atomic_sub_return<V>(view: V, field: Counter<V>, by: number): number {
  const amount = given(by, 'amount');
  return modified(view, field, (old) => old - amount);
}

/** `atomic_fetch_add()`: the old value. */
export function atomic_fetch_add<V>(view: V, field: Counter<V>, by: number): number {
  const amount = given(by, 'amount');
  return modify(view, field, (old) => old + amount);
}

/** `atomic_dec_and_test()`: true iff the new value is 0. */
export function atomic_dec_and_test<V>(view: V, field: Counter<V>): boolean {
  const amount = given(1, 'amount');
  return modify(view, field, (old) => old - amount) === amount;
}

/** `atomic_inc_not_zero()`: increments unless 0; true iff it did. */
export function atomic_inc_not_zero<V>(view: V, field: Counter<V>): boolean {
  const mark = accesses.count;
  const old = loadNumberToModify(view, field);
  if (old !== 0) storeNumber(view, field, old + given(1, 'amount'));
  foldAtomic(mark);
  return old !== 0;
}

/** `atomic_cmpxchg()`: stores `value` iff the old value is `expected`; returns the old value. */
export function atomic_cmpxchg<V, K extends keyof V>(
  view: V,
  field: K,
  expected: V[K],
  value: V[K],
): V[K] {
  const mark = accesses.count;
  const old = loadToModify(view, field);
  if (old === expected) store(view, field, given(value, 'value'));
  foldAtomic(mark);
  return old;
}

/** `cmpxchg()` (include/linux/atomic.h) on any field, words included. */
export const cmpxchg = atomic_cmpxchg;

/** `atomic_xchg()`: stores `value`, returns the old one. */
export function atomic_xchg<V, K extends keyof V>(view: V, field: K, value: V[K]): V[K] {
  const mark = accesses.count;
  const old = loadToModify(view, field);
  store(view, field, given(value, 'value'));
  foldAtomic(mark);
  return old;
}

/** `xchg()` on any field, words included. */
export const xchg = atomic_xchg;

/**
 * `atomic_xor_bits()` (arch/s390/mm/pgalloc.c, 6.1): one atomic read-modify-write, returns the
 * **new** value. Left out: the shift by 24, for the tracking byte is a field of its own here.
 */
export function atomic_xor_bits<V>(view: V, field: Counter<V>, mask: number): number {
  const bits = given(mask, 'mask');
  return modified(view, field, (old) => (old ^ bits) >>> 0);
}

/** `atomic_fetch_or()`: the old value. */
export function atomic_fetch_or<V>(view: V, field: Counter<V>, mask: number): number {
  const bits = given(mask, 'mask');
  return modify(view, field, (old) => (old | bits) >>> 0);
}

/** `atomic_fetch_and()`: the old value. */
export function atomic_fetch_and<V>(view: V, field: Counter<V>, mask: number): number {
  const bits = given(mask, 'mask');
  return modify(view, field, (old) => (old & bits) >>> 0);
}

/** `atomic_fetch_andnot()`: the old value. */
export function atomic_fetch_andnot<V>(view: V, field: Counter<V>, mask: number): number {
  const bits = given(mask, 'mask');
  return modify(view, field, (old) => (old & ~bits) >>> 0);
}
