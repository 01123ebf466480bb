import { at_rest, check, reachable } from 'heddle';
import lost_wakeup, { type State } from '../../models/gallery/lost_wakeup.ts';

const properties = {
  'W1: in the end the sleeper runs': at_rest((s: State) => s.task === 'running'),
  'the condition comes true while it is about to sleep': reachable(
    (s: State) => s.condition && s.task === 'uninterruptible',
  ),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  lost_wakeup: check(lost_wakeup('state, condition'), { facilities, properties }),
  lost_wakeup_broken: check(lost_wakeup('condition, state'), {
    facilities,
    properties,
    expected: {
      deadlock: {
        verdict: 'violated',
        steps: ['condition', 'try_to_wake_up(task)', 'set_current_state(TASK_UNINTERRUPTIBLE)'],
      },
    },
  }),
};
