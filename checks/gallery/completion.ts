import { at_rest, check, is_live, no_report, reachable, spin_is_locked } from 'heddle';
import completion, { type State } from '../../models/gallery/completion.ts';

const properties = {
  'C1: nobody touches the freed request': no_report<State>('KASAN'),
  'C2: the request is freed': at_rest((s: State) => !is_live(s.request[0])),
  'done while complete() still holds the lock': reachable(
    (s: State) =>
      is_live(s.request[0]) && s.request[0].done === 1 && spin_is_locked(s.request[0].lock),
  ),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  completion: check(completion('wait_for_completion'), { facilities, properties }),
  completion_done: check(completion('completion_done_locked'), {
    facilities,
    properties,
    expected: {
      KCSAN: {
        verdict: 'violated',
        object: 'request[0].done',
        known:
          'completion_done() reads beside a plain done++; it is 0 or not, whatever a torn store leaves',
      },
    },
  }),
  completion_broken: check(completion('completion_done'), {
    facilities,
    properties,
    expected: {
      C1: {
        verdict: 'violated',
        object: /^request\[0\]\.lock/,
        steps: ['x->done++', 'READ_ONCE(x->done)', 'kfree(request)'],
      },
      C2: 'masked',
      KCSAN: { verdict: 'violated', object: 'request[0].done' },
    },
  }),
};
