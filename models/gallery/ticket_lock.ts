/** A ticket lock (include/asm-generic/spinlock.h, Linux 6.1): who draws a ticket is served in that order. */
import {
  atomic_fetch_add,
  cpu,
  ghost,
  machine,
  model,
  READ_ONCE,
  type StateOf,
  smp_store_release,
  uint,
  WRITE_ONCE,
} from 'heddle';

const lock = (width: number) =>
  machine({
    next: uint(width, { wraps: true }),
    owner: uint(width, { wraps: true }),
    inside: ghost(uint(2)),
  });
export type State = StateOf<ReturnType<typeof lock>>;

/**
 * Three CPUs that take and release for ever.
 * `draw`: how a ticket is drawn, by one atomic_fetch_add or by a load and a store. `width`: bits of a ticket.
 */
export default function ticket_lock(draw: 'atomic' | 'racy', width = 2) {
  const m = lock(width);
  const ticket = { ticket: uint(width, { wraps: true }) };
  const lock_and_unlock = m.fn('lock_and_unlock', { locals: ticket }, (b) => [
    draw === 'atomic'
      ? b.step('ticket = atomic_fetch_add(1, &lock->next)', (s, l) => {
          l.ticket = atomic_fetch_add(s, 'next', 1);
        })
      : [
          b.step('ticket = READ_ONCE(lock->next)', (s, l) => {
            l.ticket = READ_ONCE(s, 'next');
          }),
          b.step('WRITE_ONCE(lock->next, ticket + 1)', (s, l) => {
            WRITE_ONCE(s, 'next', l.ticket + 1);
          }),
        ],
    b.until(
      'atomic_cond_read_acquire(&lock->owner, VAL == ticket)',
      (s, l) => READ_ONCE(s, 'owner') === l.ticket,
      (s) => {
        s.inside += 1;
      },
    ),
    b.step('smp_store_release(&lock->owner, ticket + 1)', (s, l) => {
      s.inside -= 1;
      smp_store_release(s, 'owner', l.ticket + 1);
    }),
  ]);
  const forever = m.fn('forever', (b) => [b.client(b.call(lock_and_unlock))]);
  return model({
    machine: m,
    cpus: [cpu({ count: 3, task: forever })],
    source: 'include/asm-generic/spinlock.h (Linux 6.1): arch_spin_lock, arch_spin_unlock',
  });
}
