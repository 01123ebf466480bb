/** The MCS lock (kernel/locking/mcs_spinlock.h, Linux 6.1): every waiter spins on its own node. */
import {
  bool,
  cmpxchg,
  cpu,
  cpu_id,
  ghost,
  machine,
  model,
  NONE,
  per_cpu,
  READ_ONCE,
  record,
  type StateOf,
  smp_store_release,
  uint,
  WRITE_ONCE,
  xchg,
} from 'heddle';

const m = machine({
  /** The last of the queue. A CPU's node is named by the CPU. */
  lock: cpu_id(),
  node: per_cpu(record({ next: cpu_id(), locked: bool() })),
  inside: ghost(uint(2)),
});
export type State = StateOf<typeof m>;

const mcs_spin_lock = m.fn('mcs_spin_lock', { locals: { prev: cpu_id() } }, (b) => [
  b.step('node->locked = 0', (s, _l, ctx) => WRITE_ONCE(s.node[ctx.cpu], 'locked', false)),
  b.step('node->next = NULL', (s, _l, ctx) => WRITE_ONCE(s.node[ctx.cpu], 'next', NONE)),
  b.step('prev = xchg(lock, node)', (s, l, ctx) => {
    l.prev = xchg(s, 'lock', ctx.cpu);
  }),
  b.when('prev', (l) => l.prev !== NONE, [
    b.step('WRITE_ONCE(prev->next, node)', (s, l, ctx) => {
      WRITE_ONCE(s.node[l.prev], 'next', ctx.cpu);
    }),
    b.until('arch_mcs_spin_lock_contended(&node->locked)', (s, _l, ctx) =>
      READ_ONCE(s.node[ctx.cpu], 'locked'),
    ),
  ]),
]);

/** Two CPUs that take and release for ever. `leave`: how the last of the queue leaves it. */
export default function mcs_spinlock(leave: 'cmpxchg' | 'load and store') {
  const mcs_spin_unlock = m.fn('mcs_spin_unlock', { locals: { next: cpu_id() } }, (b) => {
    const next_is_set = b.step('next = READ_ONCE(node->next), set', (s, l, ctx) => {
      l.next = READ_ONCE(s.node[ctx.cpu], 'next');
    });
    return [
      b.step('next = READ_ONCE(node->next)', (s, l, ctx) => {
        l.next = READ_ONCE(s.node[ctx.cpu], 'next');
      }),
      b.when('!next', (l) => l.next === NONE, [
        leave === 'cmpxchg'
          ? b.test(
              'cmpxchg_release(lock, node, NULL) == node',
              (s, _l, ctx) => cmpxchg(s, 'lock', ctx.cpu, NONE) === ctx.cpu,
              [b.return()],
            )
          : b.test('*lock == node', (s, _l, ctx) => READ_ONCE(s, 'lock') === ctx.cpu, [
              b.step('*lock = NULL', (s) => WRITE_ONCE(s, 'lock', NONE)),
              b.return(),
            ]),
        b.until(
          'while (!READ_ONCE(node->next))',
          (s, _l, ctx) => READ_ONCE(s.node[ctx.cpu], 'next') !== NONE,
        ),
        next_is_set,
      ]),
      b.step('smp_store_release(&next->locked, 1)', (s, l) => {
        smp_store_release(s.node[l.next], 'locked', true);
      }),
    ];
  });
  const lock_and_unlock = m.fn('lock_and_unlock', (b) => [
    b.call(mcs_spin_lock),
    b.step('enter', (s) => {
      s.inside += 1;
    }),
    b.step('leave', (s) => {
      s.inside -= 1;
    }),
    b.call(mcs_spin_unlock),
  ]);
  const forever = m.fn('forever', (b) => [b.client(b.call(lock_and_unlock))]);
  return model({
    machine: m,
    cpus: [cpu({ count: 2, task: forever })],
    source: 'kernel/locking/mcs_spinlock.h: mcs_spin_lock, mcs_spin_unlock',
  });
}
