/** Every thread adds one to a shared counter under a lock: nothing gets lost. */
import { cpu, machine, model, per_cpu, range, spin_lock, spin_unlock, spinlock } from 'heddle';

/** `threads` identical CPUs, each doing acquire, read, write, release once. */
export default function lost_update_locked(threads: number) {
  const state = machine({ lock: spinlock(), i: range(threads), t: per_cpu(range(threads)) });
  const increment = state.fn('increment', (b) => [
    b.call(spin_lock, (s) => s.lock),
    b.step('t = i', (s, _l, ctx) => {
      s.t[ctx.cpu] = s.i;
    }),
    b.step('i = t + 1', (s, _l, ctx) => {
      s.i = s.t[ctx.cpu] + 1;
    }),
    b.call(spin_unlock, (s) => s.lock),
  ]);
  return model({
    machine: state,
    cpus: [cpu({ count: threads, task: increment })],
    source: 'increment_lock (stateright): acquire, read, write, release; nothing left out',
  });
}
