/** Sleeping and waking (the comment at set_current_state(), include/linux/sched.h, Linux 6.1). */
import {
  bool,
  cmpxchg,
  cpu,
  enumeration,
  machine,
  model,
  READ_ONCE,
  type StateOf,
  WRITE_ONCE,
} from 'heddle';

const m = machine({ condition: bool(), task: enumeration('running', 'uninterruptible') });
export type State = StateOf<typeof m>;

const wake = m.fn('wake', (b) => [
  b.step('condition = true', (s) => WRITE_ONCE(s, 'condition', true)),
  b.step('try_to_wake_up(task)', (s) => {
    cmpxchg(s, 'task', 'uninterruptible', 'running');
  }),
]);

/** A sleeper and a waker. `order`: which of the two the sleeper does first. */
export default function lost_wakeup(order: 'state, condition' | 'condition, state') {
  const sleep = m.fn('sleep', (b) => {
    const set_state = b.step('set_current_state(TASK_UNINTERRUPTIBLE)', (s) =>
      WRITE_ONCE(s, 'task', 'uninterruptible'),
    );
    const schedule = b.until('schedule() returns', (s) => READ_ONCE(s, 'task') === 'running');
    const test = b.test('condition', (s) => READ_ONCE(s, 'condition'), [b.leave()]);
    return [
      b.loop(
        order === 'state, condition' ? [set_state, test, schedule] : [test, set_state, schedule],
      ),
      b.step('__set_current_state(TASK_RUNNING)', (s) => WRITE_ONCE(s, 'task', 'running')),
    ];
  });
  return model({
    machine: m,
    cpus: [cpu({ task: sleep, name: 'sleeper' }), cpu({ task: wake, name: 'waker' })],
    source: 'include/linux/sched.h: set_current_state; Documentation/memory-barriers.txt',
  });
}
