/** Every thread adds one to a shared counter, in two steps: the update that gets lost. */
import { cpu, machine, model, per_cpu, range } from 'heddle';

/** `t` belongs to the CPU, not to the function: what was read stays there after the CPU has finished, and is counted. */
const counter = (threads: number) => machine({ i: range(threads), t: per_cpu(range(threads)) });

/** `threads` identical CPUs, each doing i = i + 1 once, without a lock. */
export default function lost_update(threads: number) {
  const state = counter(threads);
  const increment = state.fn('increment', (b) => [
    b.step('t = i', (s, _l, ctx) => {
      s.t[ctx.cpu] = s.i;
    }),
    b.step('i = t + 1', (s, _l, ctx) => {
      s.i = s.t[ctx.cpu] + 1;
    }),
  ]);
  return model({
    machine: state,
    cpus: [cpu({ count: threads, task: increment })],
    source:
      'increment (stateright): read into a thread-local t, then write t + 1; nothing left out',
  });
}
