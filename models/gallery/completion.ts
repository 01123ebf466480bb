/** A completion that lies in the object its waiter frees (kernel/sched/completion.c, Linux 6.1). */
import {
  alloc,
  cpu,
  data_race,
  free,
  heap,
  machine,
  model,
  READ_ONCE,
  record,
  type StateOf,
  spin_lock,
  spin_lock_init,
  spin_unlock,
  spinlock,
  uint,
} from 'heddle';

const m = machine({ request: heap(1, record('request', { lock: spinlock(), done: uint(1) })) });
export type State = StateOf<typeof m>;

/** The waker: what it does after `done++` is the point. */
const complete = m.fn('complete', (b) => [
  b.call(spin_lock, (s) => s.request[0].lock, 'x->wait.lock'),
  b.atomic(
    'only who holds x->wait.lock stores it',
    b.step('x->done++', (s) => {
      s.request[0].done += 1;
    }),
  ),
  b.call(spin_unlock, (s) => s.request[0].lock, 'x->wait.lock'),
]);

const completion_done = m.fn('completion_done', (b) => [
  b.until('READ_ONCE(x->done)', (s) => READ_ONCE(s.request[0], 'done') > 0),
]);

/** With the lock taken once more, for complete() to be over. */
const completion_done_locked = m.fn('completion_done', (b) => [
  b.call(completion_done),
  b.call(spin_lock, (s) => s.request[0].lock, 'x->wait.lock'),
  b.call(spin_unlock, (s) => s.request[0].lock, 'x->wait.lock'),
]);

const wait_for_completion = m.fn('wait_for_completion', (b) => [
  b.call(spin_lock, (s) => s.request[0].lock, 'x->wait.lock'),
  b.loop([
    b.test('x->done', (s) => s.request[0].done > 0, [b.leave()]),
    b.call(spin_unlock, (s) => s.request[0].lock, 'x->wait.lock, to sleep'),
    // Being woken is no access of the sleeper's.
    b.until('woken: x->done', (s) => data_race(() => s.request[0].done > 0)),
    b.call(spin_lock, (s) => s.request[0].lock, 'x->wait.lock, woken'),
  ]),
  b.atomic(
    'only who holds x->wait.lock stores it',
    b.step('x->done--', (s) => {
      s.request[0].done -= 1;
    }),
  ),
  b.call(spin_unlock, (s) => s.request[0].lock, 'x->wait.lock'),
]);

const waits = { wait_for_completion, completion_done, completion_done_locked };

/** The waiter polls or sleeps until done, then frees the object with the completion in it. */
export default function completion(how: keyof typeof waits) {
  const wait_and_free = m.fn('wait_and_free', (b) => [
    b.call(waits[how]),
    b.step('kfree(request)', (s) => free(s.request, 0)),
  ]);
  return model({
    machine: m,
    cpus: [cpu({ task: wait_and_free, name: 'waiter' }), cpu({ task: complete, name: 'waker' })],
    initial: (s) => {
      spin_lock_init(s.request[alloc(s.request, { done: 0 })].lock);
    },
    source: 'kernel/sched/completion.c: complete, wait_for_completion, completion_done',
  });
}
