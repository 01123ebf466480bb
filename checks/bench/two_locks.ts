import { at_rest, check } from 'heddle';
import two_locks from '../../models/bench/two_locks.ts';

export default {
  two_locks_4: check(two_locks(4, 2), {
    properties: {
      'L1: no transfer is lost': at_rest(
        (s) => [...s.account].reduce((sum, { funds }) => sum + funds, 0) === 12,
      ),
    },
    size: 'large',
  }),
};
