/** A reference count on every CPU until it is killed (lib/percpu-refcount.c, Linux 6.1), simplified. */
import {
  alloc,
  array,
  atomic_add,
  atomic_dec,
  atomic_dec_and_test,
  atomic_inc,
  bool,
  cpu,
  free,
  heap,
  machine,
  model,
  READ_ONCE,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  type StateOf,
  synchronize_rcu,
  uint,
  WRITE_ONCE,
} from 'heddle';

/** The kernel's longs wrap, and so do these: a reference may be got on one CPU and put on another. */
const long = uint(3, { wraps: true });
const m = machine({
  dead: bool(),
  count: long,
  percpu_count: array(2, long),
  obj: heap(1, record('obj', { data: uint(1) })),
});
export type State = StateOf<typeof m>;

const put_atomic = (s: State) => atomic_dec_and_test(s, 'count');

/** Gets a reference, uses the object, puts it: on any CPU, for the task may be moved in between. */
const user = m.fn('user', { locals: { data: uint(1) } }, (b) => {
  const release = [b.step('ref->release(): kfree(obj)', (s) => free(s.obj, 0))];
  return [
    b.call(rcu_read_lock),
    b.test(
      '__ref_is_percpu() /* to get */',
      (s) => !READ_ONCE(s, 'dead'),
      [b.pick('this_cpu_inc(*percpu_count)', 2, (s, _l, k) => atomic_inc(s.percpu_count, k))],
      [b.call(rcu_read_unlock), b.return()],
    ),
    b.call(rcu_read_unlock),
    b.step('use obj', (s, l) => {
      l.data = s.obj[0].data;
    }),
    b.call(rcu_read_lock),
    b.test(
      '__ref_is_percpu() /* to put */',
      (s) => !READ_ONCE(s, 'dead'),
      [b.pick('this_cpu_dec(*percpu_count)', 2, (s, _l, k) => atomic_dec(s.percpu_count, k))],
      [b.test('atomic_long_sub_and_test(1, &ref->count)', put_atomic, release)],
    ),
    b.call(rcu_read_unlock),
  ];
});

/** Two users and a killer. `bias`: PERCPU_COUNT_BIAS. `wait`: for a grace period, before the sum. */
export default function percpu_refcount({ bias, wait }: { bias: number; wait: boolean }) {
  const kill = m.fn('percpu_ref_kill', { locals: { sum: long } }, (b) => [
    b.step('ref->percpu_count_ptr |= __PERCPU_REF_ATOMIC_DEAD', (s) => WRITE_ONCE(s, 'dead', true)),
    wait ? b.call(synchronize_rcu) : [],
    [0, 1].map((k) =>
      b.step(`sum += *per_cpu_ptr(percpu_count, ${k})`, (s, l) => {
        l.sum += s.percpu_count[k];
      }),
    ),
    b.step('atomic_long_add(sum - PERCPU_COUNT_BIAS, &ref->count)', (s, l) => {
      atomic_add(s, 'count', l.sum - bias);
    }),
    b.test('percpu_ref_put(ref)', put_atomic, [
      b.step('ref->release(): kfree(obj)', (s) => free(s.obj, 0)),
    ]),
  ]);
  return model({
    machine: m,
    cpus: [cpu({ task: user, count: 2, name: 'user' }), cpu({ task: kill, name: 'killer' })],
    initial: (s) => {
      alloc(s.obj, { data: 1 });
      s.count = 1 + bias;
    },
    source: 'lib/percpu-refcount.c: percpu_ref_tryget_live, percpu_ref_put, percpu_ref_kill',
  });
}
