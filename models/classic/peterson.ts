/** Peterson's lock for N threads (Information Processing Letters 12(3), 1981), rule by rule as Murphi's n_peterson.m. */
import { array, bool, cpu, cpu_id, ghost, machine, model, per_cpu, range } from 'heddle';

/** `threads` identical CPUs that enter and leave for ever. */
export default function peterson(threads: number) {
  const state = machine({
    /** The level a CPU has reached. */
    Q: per_cpu(range(threads)),
    /** Who came last to a level; undefined (NONE) at first. Level 0 is never used. */
    turn: array(threads, cpu_id()),
    inside: ghost(per_cpu(bool())),
  });
  const enter_and_leave = state.fn('enter_and_leave', (b) => [
    b.loop([
      b.scope({ j: range(threads) }, (c) => [
        c.step('j = 1', (_s, l) => {
          l.j = 1;
        }),
        c.loop([
          c.step('Q[i] = j', (s, l, ctx) => {
            s.Q[ctx.cpu] = l.j;
          }),
          c.step('turn[j] = i', (s, l, ctx) => {
            s.turn[l.j] = ctx.cpu;
          }),
          c.atomic(
            'the published model reads all levels and the turn in one rule',
            c.spin_until(
              'wait until all others are lower or turn[j] != i; j = j + 1',
              (s, l, ctx) =>
                s.turn[l.j] !== ctx.cpu ||
                [...s.Q].every((level, other) => other === ctx.cpu || level < l.j),
              (s, l, ctx) => {
                l.j += 1;
                if (l.j === threads) s.inside[ctx.cpu] = true;
              },
            ),
          ),
          c.when('j = N', (l) => l.j === threads, [c.leave()]),
        ]),
        // Back to 1 and not 0: see README.md, "Peterson".
        c.step('leave: Q[i] = 1', (s, _l, ctx) => {
          s.inside[ctx.cpu] = false;
          s.Q[ctx.cpu] = 1;
        }),
      ]),
    ]),
  ]);
  return model({
    machine: state,
    cpus: [cpu({ count: threads, task: enter_and_leave })],
    source:
      'n_peterson.m (Murphi): five labels a thread, a failed wait leads back to the same state',
  });
}
