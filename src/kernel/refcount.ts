/**
 * `refcount_t` (include/linux/refcount.h, lib/refcount.c, Linux 6.1): counters that report what can
 * only be a bug. Left out: saturation as a value.
 */
import { accesses, foldAtomic, given, markSince, processor } from '../design/processor.ts';
import { loadNumber, loadNumberToModify, storeNumber } from './field.ts';

type Counter<V> = { [K in keyof V]: V[K] extends number ? K : never }[keyof V] & string;

function report(view: unknown, field: string, kind: string, text: string): void {
  const { $path } = view as { readonly $path: string };
  const object = $path === '' ? field : `${$path}.${field}`;
  processor().report('refcount_t', kind, object, `refcount_t: ${text}`);
}

function change<V>(view: V, field: Counter<V>, by: number): number {
  const mark = accesses.count;
  const amount = given(by, 'amount');
  const old = loadNumberToModify(view, field);
  if (by > 0 && old === 0) report(view, field, 'inc-from-zero', 'increment from 0; use-after-free');
  if (old + amount < 0) report(view, field, 'underflow', 'underflow; use-after-free');
  const value = Math.max(0, old + amount);
  storeNumber(view, field, value);
  foldAtomic(mark);
  return value;
}

/** `refcount_set()`. */
export function refcount_set<V>(view: V, field: Counter<V>, value: number): void {
  const mark = accesses.count;
  storeNumber(view, field, given(value, 'value'));
  markSince(mark);
}

/** `refcount_read()`. */
export function refcount_read<V>(view: V, field: Counter<V>): number {
  const mark = accesses.count;
  const value = loadNumber(view, field);
  markSince(mark);
  return value;
}

/** `refcount_inc()`: from 0 is a report. */
export function refcount_inc<V>(view: V, field: Counter<V>): void {
  change(view, field, 1);
}

/** `refcount_inc_not_zero()`: true iff it incremented. */
export function refcount_inc_not_zero<V>(view: V, field: Counter<V>): boolean {
  const mark = accesses.count;
  const old = loadNumberToModify(view, field);
  if (old !== 0) storeNumber(view, field, old + given(1, 'amount'));
  foldAtomic(mark);
  return old !== 0;
}

/** `refcount_dec_and_test()`: true iff the new value is 0; below 0 is a report. */
export function refcount_dec_and_test<V>(view: V, field: Counter<V>): boolean {
  return change(view, field, -1) === 0;
}

/** `refcount_dec()`: to 0 is a report, for the object would leak. */
export function refcount_dec<V>(view: V, field: Counter<V>): void {
  if (change(view, field, -1) === 0)
    report(view, field, 'dec-to-zero', 'decrement hit 0; leaking memory');
}
