/** The queue lock of Mellor-Crummey and Scott (ACM TOCS 9(1), 1991) with compare-and-swap, rule by rule as Murphi's mcslock1.m. */
import { bool, cmpxchg, cpu, cpu_id, ghost, machine, model, NONE, per_cpu, xchg } from 'heddle';

/** `threads` identical CPUs that acquire and release for ever; each owns one queue node. */
export default function mcs(threads: number) {
  const state = machine({
    L: cpu_id(),
    next: per_cpu(cpu_id()),
    locked: per_cpu(bool()),
    /** Belongs to the CPU, not to the function: it keeps its value until the next acquire, and is counted. */
    pred: per_cpu(cpu_id()),
    inside: ghost(per_cpu(bool())),
  });

  const acquire = state.fn('acquire', (b) => [
    b.step('L0: R->next = nil', (s, _l, ctx) => {
      s.next[ctx.cpu] = NONE;
    }),
    b.step('L1: pred = fetch_and_store(L, R)', (s, _l, ctx) => {
      s.pred[ctx.cpu] = xchg(s, 'L', ctx.cpu);
    }),
    b.test(
      'L2: pred != nil',
      (s, _l, ctx) => {
        const queued = s.pred[ctx.cpu] !== NONE;
        s.inside[ctx.cpu] = !queued;
        return queued;
      },
      [
        b.step('L3: R->locked = true', (s, _l, ctx) => {
          s.locked[ctx.cpu] = true;
        }),
        b.step('L4: pred->next = R', (s, _l, ctx) => {
          s.next[s.pred[ctx.cpu]] = ctx.cpu;
        }),
        b.spin_until(
          'L5: while R->locked',
          (s, _l, ctx) => !s.locked[ctx.cpu],
          (s, _l, ctx) => {
            s.inside[ctx.cpu] = true;
          },
        ),
      ],
    ),
  ]);

  const release = state.fn('release', (b) => [
    b.test(
      'L6: R->next = nil',
      (s, _l, ctx) => {
        s.inside[ctx.cpu] = false;
        return s.next[ctx.cpu] === NONE;
      },
      [
        b.test(
          'L7: compare_and_swap(L, R, nil)',
          (s, _l, ctx) => cmpxchg(s, 'L', ctx.cpu, NONE) === ctx.cpu,
          [b.return()],
        ),
        b.spin_until('L8: while R->next = nil', (s, _l, ctx) => s.next[ctx.cpu] !== NONE),
      ],
    ),
    b.atomic(
      'the published model reads the pointer and clears the flag in one rule',
      b.step('L9: R->next->locked = false', (s, _l, ctx) => {
        s.locked[s.next[ctx.cpu]] = false;
      }),
    ),
  ]);

  const acquire_and_release = state.fn('acquire_and_release', (b) => [
    b.loop([b.call(acquire), b.call(release)]),
  ]);
  return model({
    machine: state,
    cpus: [cpu({ count: threads, task: acquire_and_release })],
    source: 'mcslock1.m (Murphi): ten labels a thread, spinning leads back to the same state',
  });
}
