import { at_rest, check } from 'heddle';
import lost_update_locked from '../../models/classic/lost_update_locked.ts';

const of = (threads: number) =>
  check(lost_update_locked(threads), {
    properties: {
      'L1: every increment is counted': at_rest((s) => s.i === threads),
      'L2: no two threads read the same value': at_rest((s) => new Set(s.t).size === threads),
    },
  });

export default {
  lost_update_locked_2: of(2),
  lost_update_locked_3: of(3),
  lost_update_locked_4: of(4),
};
