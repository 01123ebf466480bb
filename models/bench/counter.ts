/** A shared counter that CPUs increment by a load and a store, for a number of rounds: models/classic/lost_update.ts, again and again. */
import { cpu, machine, model, READ_ONCE, range, WRITE_ONCE } from 'heddle';

/** Each of `cpus` CPUs increments `x`, `rounds` times. */
export default function counter(cpus: number, rounds: number) {
  const value = range(cpus * rounds);
  const m = machine({ x: value });
  const increment = m.fn('increment', { locals: { r: value } }, (b) => [
    b.step('r = READ_ONCE(x)', (s, l) => {
      l.r = READ_ONCE(s, 'x');
    }),
    b.step('WRITE_ONCE(x, r + 1)', (s, l) => {
      WRITE_ONCE(s, 'x', l.r + 1);
    }),
  ]);
  const task = m.fn('task', { locals: { round: range(rounds) } }, (b) => [
    b.loop([
      b.when('done', (l) => l.round === rounds, [b.return()]),
      b.call(increment),
      b.local((l) => {
        l.round += 1;
      }),
    ]),
  ]);
  return model({
    machine: m,
    cpus: [cpu({ count: cpus, task })],
    source: 'the lost update (increment, stateright), repeated',
  });
}
