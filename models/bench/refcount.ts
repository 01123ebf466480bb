/** Lookups that get a reference, and an owner that gives the first one up (Documentation/RCU/rcuref.rst, Linux 6.1). */
import {
  atomic_dec_and_test,
  atomic_inc_not_zero,
  bool,
  claim,
  cpu,
  machine,
  model,
  READ_ONCE,
  range,
  WRITE_ONCE,
} from 'heddle';

/** `users` CPUs that look the object up once each, and its owner. */
export default function refcount(users: number) {
  // The object stays where it is, so that a lookup that comes too late may look at its count.
  const m = machine({ published: bool(), count: range(users + 1), released: bool() });
  const put = m.fn('put', (b) => [
    b.test('atomic_dec_and_test(&obj->refcount)', (s) => atomic_dec_and_test(s, 'count'), [
      b.step('release(obj)', (s) => {
        s.released = true;
      }),
    ]),
  ]);
  const lookup = m.fn('lookup', (b) => [
    b.test('READ_ONCE(slot)', (s) => !READ_ONCE(s, 'published'), [b.return()]),
    b.test('atomic_inc_not_zero(&obj->refcount)', (s) => !atomic_inc_not_zero(s, 'count'), [
      b.return(),
    ]),
    b.step('use obj', (s) => claim('R1', !s.released)),
    b.call(put),
  ]);
  const remove = m.fn('remove', (b) => [
    b.step('WRITE_ONCE(slot, NULL)', (s) => WRITE_ONCE(s, 'published', false)),
    b.call(put),
  ]);
  return model({
    machine: m,
    cpus: [cpu({ count: users, task: lookup }), cpu({ task: remove, name: 'owner' })],
    initial: (s) => {
      s.published = true;
      s.count = 1;
    },
    source: 'Documentation/RCU/rcuref.rst (Linux 6.1)',
  });
}
