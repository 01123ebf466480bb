/** Marked accesses and ordering words (include/asm-generic/rwonce.h, barrier.h, Linux 6.1). */
import { accesses, markLast } from '../design/processor.ts';
import { load, store } from './field.ts';

/**
 * `READ_ONCE(view.field)`: one marked load. Left out: nothing; under sequential consistency a load
 * is a load.
 * @example const x = READ_ONCE(s, 'x');
 */
export function READ_ONCE<V, K extends keyof V>(view: V, field: K): V[K] {
  const value = load(view, field);
  markLast();
  return value;
}

/** `WRITE_ONCE(view.field, value)`: one marked store. */
export function WRITE_ONCE<V, K extends keyof V>(view: V, field: K, value: V[K]): void {
  store(view, field, value);
  markLast();
}

/** `smp_load_acquire()`: a marked load; its ordering is implied under sequential consistency. */
export const smp_load_acquire = READ_ONCE;
/** `smp_store_release()`: a marked store; its ordering is implied under sequential consistency. */
export const smp_store_release = WRITE_ONCE;
/**
 * `rcu_dereference()` (include/linux/rcupdate.h): a marked load. Left out: the sparse and lockdep
 * annotations.
 */
export const rcu_dereference = READ_ONCE;
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
