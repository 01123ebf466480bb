/** The pending bit of kernel/locking/qspinlock.c (Linux 6.1): the first waiter needs no queue. */
import {
  atomic_fetch_andnot,
  atomic_fetch_or,
  bits,
  cmpxchg,
  cpu,
  ghost,
  machine,
  model,
  READ_ONCE,
  type StateOf,
  uint,
  WRITE_ONCE,
} from 'heddle';

const LOCKED = 1;
const PENDING = 2;
const m = machine({ val: bits(2), inside: ghost(uint(2)), pending: ghost(uint(2)) });
export type State = StateOf<typeof m>;

/**
 * Three CPUs that take and release for ever: one holds, one waits with the pending bit, one finds both.
 * `take_over`: clear_pending_set_locked() as the one store that it is, or as two.
 */
export default function pending_bit(take_over: 'one store' | 'two stores') {
  const lock = m.fn('queued_spin_lock', { locals: { val: bits(2) } }, (b) => [
    b.test('cmpxchg(&lock->val, 0, LOCKED)', (s) => cmpxchg(s, 'val', 0, LOCKED) === 0, [
      b.return(),
    ]),
    b.step('val = queued_fetch_set_pending_acquire(lock)', (s, l) => {
      l.val = atomic_fetch_or(s, 'val', PENDING);
      if ((l.val & PENDING) === 0) s.pending += 1;
    }),
    // The third and later ones; the kernel queues them, here whoever comes first wins.
    b.when('val & PENDING', (l) => (l.val & PENDING) !== 0, [
      b.until(
        'wait for 0, then cmpxchg(&lock->val, 0, LOCKED)',
        (s) => READ_ONCE(s, 'val') === 0,
        (s) => {
          cmpxchg(s, 'val', 0, LOCKED);
        },
      ),
      b.return(),
    ]),
    b.until(
      'atomic_cond_read_acquire(&lock->val, !(VAL & LOCKED))',
      (s) => (READ_ONCE(s, 'val') & LOCKED) === 0,
    ),
    take_over === 'one store'
      ? b.step('clear_pending_set_locked(lock)', (s) => {
          s.pending -= 1;
          WRITE_ONCE(s, 'val', LOCKED);
        })
      : [
          b.step('clear_pending(lock)', (s) => {
            s.pending -= 1;
            atomic_fetch_andnot(s, 'val', PENDING);
          }),
          b.step('set_locked(lock)', (s) => {
            atomic_fetch_or(s, 'val', LOCKED);
          }),
        ],
  ]);
  const lock_and_unlock = m.fn('lock_and_unlock', (b) => [
    b.call(lock),
    b.step('enter', (s) => {
      s.inside += 1;
    }),
    b.step('smp_store_release(&lock->locked, 0)', (s) => {
      s.inside -= 1;
      atomic_fetch_andnot(s, 'val', LOCKED);
    }),
  ]);
  const forever = m.fn('forever', (b) => [b.client(b.call(lock_and_unlock))]);
  return model({
    machine: m,
    cpus: [cpu({ count: 3, task: forever })],
    source: 'kernel/locking/qspinlock.c (Linux 6.1) without its queue',
  });
}
