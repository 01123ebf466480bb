/**
 * The life of an mm (kernel/fork.c, mm/mmap.c, Linux 6.1): each task holds one mm_users and all of
 * them one mm_count. The last mmput() runs exit_mmap(), which unlinks the VMAs from their files and
 * then frees the tables that are still linked; the last mmdrop() frees the mm, at once. khugepaged
 * comes to retract_page_tables() by the file's i_mmap and holds no reference at all. Left out:
 * mmap_lock, which a task that uses the mm need not take against exit_mmap(); uprobes, aio, ksm;
 * unmap_vmas(), for all ptes are none; whoever else could hold mm_users.
 */
import {
  atomic_dec_and_test,
  call_rcu,
  claim,
  free,
  list_empty,
  NONE,
  spin_is_locked,
  word,
} from 'heddle';
import type { Operation, TableFn } from '../pgtable/functions.ts';
import { collapse, type Reach } from './client.ts';
import { lock, MM, pgtable_list, type State, s390, TABLE } from './page.ts';

const BY_NOBODY_ELSE = 'the mm belongs to whoever dropped its last reference';

/** `__mmdrop()`: destroy_context(), which looks at nothing, and free_mm(), which waits for nobody. */
const __mmdrop = s390.fn('__mmdrop', (b) => [
  b.atomic(
    BY_NOBODY_ELSE,
    b.step('destroy_context(mm); free_mm(mm)', (s, _l, { context }) => {
      claim('C4', context === 'task');
      claim('free_mm', list_empty(pgtable_list(s)) && !spin_is_locked(lock(s)));
      free(s.mm, MM);
    }),
  ),
]);

/** `mmdrop(mm)`, where __mmdrop() may be called. */
const mmdrop_calling = (__mmdrop: Operation): Operation =>
  s390.fn('mmdrop', (b) => [
    b.test('atomic_dec_and_test(&mm->mm_count)', (s) => atomic_dec_and_test(s.mm[MM], 'mm_count'), [
      b.call(__mmdrop),
    ]),
  ]);

export const mmdrop = mmdrop_calling(__mmdrop);

/** What was proposed and never done: free_mm() after a grace period, by an rcu_head of the mm's. */
export const mmdrop_by_rcu = mmdrop_calling(
  s390.fn('__mmdrop', (b) => [
    b.step('call_rcu(&mm->rcu, free_mm_rcu)', (s) => call_rcu(s.mm[MM].rcu, 'free_mm_rcu')),
  ]),
);

/** The callback of mmdrop_by_rcu(). */
export const free_mm_rcu = s390.fn('free_mm_rcu', { params: { head: word() } }, (b) => [
  b.atomic(
    BY_NOBODY_ELSE,
    b.step('free_mm(mm)', (s) => {
      claim('free_mm', list_empty(pgtable_list(s)) && !spin_is_locked(lock(s)));
      free(s.mm, MM);
    }),
  ),
]);

/** What mmdrop_async() queues: __mmdrop() on a kworker. */
export const mmdrop_async_fn = s390.fn('mmdrop_async_fn', { params: { work: word() } }, (b) => [
  b.call(__mmdrop),
]);

/** do_exit() of a task: its mmput(), and with the last one all of exit_mmap(). */
export function exit_mm(free_all: Operation, last_drop = mmdrop): Operation {
  return s390.fn('exit_mm', (b) => [
    b.test('atomic_dec_and_test(&mm->mm_users)', (s) => atomic_dec_and_test(s.mm[MM], 'mm_users'), [
      b.until(
        'unlink_file_vma(vma)',
        (s) => s.i_mmap.readers === 0,
        (s) => {
          s.i_mmap.linked = false;
        },
      ),
      b.loop([
        b.choose([b.call(free_all)], [b.until('no table is left', none_is_left), b.leave()]),
      ]),
      b.step('mmdrop(mm) of all mm_users', (s) => {
        s.current_mm = NONE;
      }),
      b.call(last_drop),
    ]),
  ]);
}

function none_is_left(s: State): boolean {
  return [0, 1].every((h) => s.owned[h] === 0 && s.kept[h] === 0);
}

/** khugepaged: as retract_page_tables() of client.ts, under i_mmap_lock_read(). */
export function khugepaged(pte_free_defer: TableFn, reach: Reach): Operation {
  const { pages } = reach;
  return s390.fn('retract_page_tables', { locals: TABLE }, (b) => [
    b.until(
      'i_mmap_lock_read(mapping)',
      (s) => s.i_mmap.linked,
      (s) => {
        s.i_mmap.readers += 1;
      },
    ),
    b.pick('pmdp_collapse_flush(vma, addr, pmd)', 2 * pages + 1, (s, l, k) => {
      // The last choice is a pmd that cannot be collapsed.
      return k === 2 * pages || collapse(s, l, k, reach);
    }),
    b.when('a table was taken', (l) => l.page !== NONE, [
      b.call(pte_free_defer, (l) => ({ page: l.page, h: l.h })),
    ]),
    b.step('i_mmap_unlock_read(mapping)', (s) => {
      s.i_mmap.readers -= 1;
    }),
  ]);
}
