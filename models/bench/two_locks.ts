/** Transfers between accounts, each under a lock of its own; whoever needs two locks takes the lower one first. */
import {
  array,
  cpu,
  machine,
  model,
  range,
  record,
  spin_lock,
  spin_unlock,
  spinlock,
} from 'heddle';

/** What each account holds at first: enough for all that is taken from it. */
const FUNDS = 2;

/**
 * `cpus` CPUs, each of which makes `rounds` transfers: the one in round r goes from account cpu + r to the next, so that the CPUs
 * touch cpus + rounds accounts.
 */
export default function two_locks(cpus: number, rounds: number) {
  const accounts = cpus + rounds;
  const sum = range(2 * FUNDS + rounds);
  const m = machine({ account: array(accounts, record({ lock: spinlock(), funds: sum })) });
  const transfer = m.fn(
    'transfer',
    { params: { from: range(accounts - 2) }, locals: { r: sum } },
    (b) => [
      b.call(spin_lock, (s, l) => s.account[l.from].lock, 'from->lock'),
      b.call(spin_lock, (s, l) => s.account[l.from + 1].lock, 'to->lock'),
      b.step('r = from->funds', (s, l) => {
        l.r = s.account[l.from].funds;
      }),
      b.step('from->funds = r - 1', (s, l) => {
        s.account[l.from].funds = l.r - 1;
        l.r = 0;
      }),
      b.step('r = to->funds', (s, l) => {
        l.r = s.account[l.from + 1].funds;
      }),
      b.step('to->funds = r + 1', (s, l) => {
        s.account[l.from + 1].funds = l.r + 1;
        l.r = 0;
      }),
      b.call(spin_unlock, (s, l) => s.account[l.from + 1].lock, 'to->lock'),
      b.call(spin_unlock, (s, l) => s.account[l.from].lock, 'from->lock'),
    ],
  );
  const task = (index: number) =>
    m.fn(`task ${index}`, (b) =>
      Array.from({ length: rounds }, (_, round) =>
        b.call(transfer, () => ({ from: index + round })),
      ),
    );
  return model({
    machine: m,
    cpus: Array.from({ length: cpus }, (_, index) => cpu({ task: task(index) })),
    initial: (s) => {
      for (let index = 0; index < accounts; index += 1) s.account[index].funds = FUNDS;
    },
    source:
      'two spinlocks in the order of their numbers; Documentation/locking/lockdep-design.rst (Linux 6.1)',
  });
}
