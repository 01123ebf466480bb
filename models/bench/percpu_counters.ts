/** A counter in parts, one for each CPU, and somebody who adds them up (lib/percpu_counter.c, Linux 6.1). */
import { cpu, machine, model, per_cpu, range } from 'heddle';

/** `cpus` CPUs that increment their own part `rounds` times, by a load and a store, and one CPU that sums. */
export default function percpu_counters(cpus: number, rounds: number) {
  const m = machine({ count: per_cpu(range(rounds)), sum: range(cpus * rounds) });
  const add = m.fn('percpu_counter_add', { locals: { r: range(rounds) } }, (b) => [
    b.step('r = this_cpu_read(*count)', (s, l, { cpu }) => {
      l.r = s.count[cpu];
    }),
    b.step('this_cpu_write(*count, r + 1)', (s, l, { cpu }) => {
      s.count[cpu] = l.r + 1;
    }),
  ]);
  const task = m.fn('task', { locals: { round: range(rounds) } }, (b) => [
    b.loop([
      b.when('done', (l) => l.round === rounds, [b.return()]),
      b.call(add),
      b.local((l) => {
        l.round += 1;
      }),
    ]),
  ]);
  const sum = m.fn('percpu_counter_sum', (b) =>
    Array.from({ length: cpus }, (_, part) =>
      b.step(`sum += *per_cpu_ptr(count, ${part})`, (s) => {
        s.sum += s.count[part];
      }),
    ),
  );
  return model({
    machine: m,
    cpus: [cpu({ count: cpus, task }), cpu({ task: sum, name: 'reader' })],
    source: 'lib/percpu_counter.c (Linux 6.1): percpu_counter_add, __percpu_counter_sum',
  });
}
