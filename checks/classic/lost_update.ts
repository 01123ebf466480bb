import { at_rest, check } from 'heddle';
import lost_update from '../../models/classic/lost_update.ts';

const of = (threads: number) =>
  check(lost_update(threads), {
    properties: { 'L1: every increment is counted': at_rest((s) => s.i === threads) },
    expected: { L1: 'violated' },
  });

export default {
  lost_update_2: of(2),
  lost_update_3: of(3),
  lost_update_4: of(4),
  lost_update_5: of(5),
};
