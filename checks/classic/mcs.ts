import { always, check, NONE, possibly } from 'heddle';
import mcs from '../../models/classic/mcs.ts';

const of = (threads: number) =>
  check(mcs(threads), {
    properties: {
      'M1: at most one thread is inside': always(
        (s) => [...s.inside].filter((inside) => inside).length <= 1,
      ),
      'M2: whoever has the lock, it can be free again': possibly({
        from: (s) => s.L !== NONE,
        to: (s) => s.L === NONE,
      }),
    },
    equivalent: {
      'acquire_and_release: loop once': 'that they come again and again shows nothing new',
      'release: L6: R->next = nil always true':
        'L6 saves the atomic operation: where somebody has queued, L7 fails and L8 does not wait',
    },
  });

export default { mcs_2: of(2), mcs_3: of(3) };
