import { always, check, NONE, reachable } from 'heddle';
import mcs_spinlock, { type State } from '../../models/gallery/mcs_spinlock.ts';

const properties = {
  'M1: at most one CPU is inside': always((s: State) => s.inside <= 1),
  'a waiter is linked behind the holder': reachable(
    (s: State) => s.inside === 1 && [...s.node].some((node) => node.next !== NONE),
  ),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  mcs_spinlock: check(mcs_spinlock('cmpxchg'), { facilities, properties }),
  mcs_spinlock_broken: check(mcs_spinlock('load and store'), {
    facilities,
    properties,
    expected: {
      deadlock: {
        verdict: 'violated',
        steps: ['*lock == node', 'prev = xchg(lock, node)', '*lock = NULL'],
      },
    },
  }),
};
