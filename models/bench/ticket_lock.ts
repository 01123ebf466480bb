/** A ticket lock (include/asm-generic/spinlock.h, Linux 6.1) and what it protects, for a number of rounds; models/gallery has one for any number. */
import { atomic_fetch_add, cpu, machine, model, READ_ONCE, range, smp_store_release } from 'heddle';

/** Each of `cpus` CPUs takes the lock, increments `x` and releases, `rounds` times. Who waits is blocked: polling adds no states. */
export default function ticket_lock(cpus: number, rounds: number) {
  const tickets = range(cpus * rounds);
  const m = machine({ next: tickets, owner: tickets, x: tickets });
  const lock_and_unlock = m.fn(
    'lock_and_unlock',
    { locals: { ticket: tickets, r: tickets } },
    (b) => [
      b.step('ticket = atomic_fetch_add(1, &lock->next)', (s, l) => {
        l.ticket = atomic_fetch_add(s, 'next', 1);
      }),
      b.until(
        'atomic_cond_read_acquire(&lock->owner, VAL == ticket)',
        (s, l) => READ_ONCE(s, 'owner') === l.ticket,
      ),
      b.step('r = x', (s, l) => {
        l.r = s.x;
      }),
      b.step('x = r + 1', (s, l) => {
        s.x = l.r + 1;
        l.r = 0;
      }),
      b.step('smp_store_release(&lock->owner, ticket + 1)', (s, l) => {
        smp_store_release(s, 'owner', l.ticket + 1);
      }),
    ],
  );
  const task = m.fn('task', { locals: { round: range(rounds) } }, (b) => [
    b.loop([
      b.when('done', (l) => l.round === rounds, [b.return()]),
      b.call(lock_and_unlock),
      b.local((l) => {
        l.round += 1;
      }),
    ]),
  ]);
  return model({
    machine: m,
    cpus: [cpu({ count: cpus, task })],
    source: 'include/asm-generic/spinlock.h (Linux 6.1): arch_spin_lock, arch_spin_unlock',
  });
}
