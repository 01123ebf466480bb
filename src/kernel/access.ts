/** Marked accesses and ordering words (include/asm-generic/rwonce.h, barrier.h, Linux 6.1). */
import {
  ACCESS_MASK,
  ACCESS_SHIFT,
  accesses,
  given,
  markSince,
  processor,
  UNWATCHED,
} from '../design/processor.ts';
import { load, store } from './field.ts';

/**
 * `READ_ONCE(view.field)`: one marked load. Left out: nothing; under sequential consistency a load
 * is a load.
 * @example const x = READ_ONCE(s, 'x');
 */
export function READ_ONCE<V, K extends keyof V>(view: V, field: K): V[K] {
  const mark = accesses.count;
  const value = load(view, field);
  markSince(mark);
  return value;
}

/** `WRITE_ONCE(view.field, value)`: one marked store. */
export function WRITE_ONCE<V, K extends keyof V>(view: V, field: K, value: V[K]): void {
  const mark = accesses.count;
  store(view, field, given(value, 'value'));
  markSince(mark);
}

/**
 * `data_race(expr)` (include/linux/compiler.h): plain accesses that are meant to race; KCSAN does not look at them. They are
 * accesses of the step all the same.
 * @example const hint = data_race(() => s.x);
 */
export function data_race<T>(body: () => T): T {
  const mark = accesses.count;
  const value = body();
  markSince(mark, UNWATCHED);
  return value;
}

/** `smp_load_acquire()`: a marked load; its ordering is implied under sequential consistency. */
export const smp_load_acquire = READ_ONCE;
/** `smp_store_release()`: a marked store; its ordering is implied under sequential consistency. */
export const smp_store_release = WRITE_ONCE;
/**
 * `rcu_dereference()` (include/linux/rcupdate.h): a marked load. The object that it leads to may be used inside of the section
 * only, or with a reference: RCU reports a use after it. Left out: the sparse and lockdep annotations.
 */
export function rcu_dereference<V, K extends keyof V>(view: V, field: K): V[K] {
  const mark = accesses.count;
  const value = READ_ONCE(view, field);
  if (accesses.count > mark) {
    processor().dereferenced((accesses.entries[mark & ACCESS_MASK] as number) >>> ACCESS_SHIFT);
  }
  return value;
}
/** `rcu_assign_pointer()`: a marked store with release order, implied under sequential consistency. */
export const rcu_assign_pointer = WRITE_ONCE;

/**
 * `smp_mb()`: nothing to do under sequential consistency; kept so that models stay valid for weaker
 * memory.
 */
export function smp_mb(): void {}
/** `smp_rmb()`: see `smp_mb`. */
export function smp_rmb(): void {}
/** `smp_wmb()`: see `smp_mb`. */
export function smp_wmb(): void {}

/** Whether the running step has touched shared memory so far; for tests of the words themselves. */
export function accessCount(): number {
  return accesses.count;
}
