/**
 * References on an mm (include/linux/sched/mm.h, kernel/fork.c, Linux 6.1) and the workqueue word
 * behind `mmdrop_async`.
 */
import { processor } from '../design/processor.ts';
import type { View, ViewOf, Work } from '../design/schema.ts';
import { atomic_dec_and_test, atomic_inc } from './atomic.ts';

type Mm = View & { mm_count: number };

/** `mmgrab()`: one more user of the struct. The record needs `mm_count: atomic()`. */
export function mmgrab(mm: Mm): void {
  atomic_inc(mm, 'mm_count');
}

/**
 * The decrement of `mmdrop()`: true iff it was the last, and the caller must do what `__mmdrop`
 * does (not in softirq).
 */
export function mmdrop(mm: Mm): boolean {
  return atomic_dec_and_test(mm, 'mm_count');
}

/**
 * `mmdrop_async()`: as `mmdrop`, but the last one only queues `work`, whose function runs in task
 * context on a kworker. One step: the work is private to the last user.
 */
export function mmdrop_async(mm: Mm & { async_put_work: ViewOf<Work> }, func: string): void {
  if (mmdrop(mm)) queue_work(mm.async_put_work, func);
}

/**
 * `schedule_work()`: queues `func`, the name of a callback of the machine, which gets the word of
 * the work; runs on a kworker, any queued one first. False iff it was queued already.
 */
export function queue_work(work: ViewOf<Work>, func: string): boolean {
  return processor().queueWork(work, processor().functionWord(func));
}
