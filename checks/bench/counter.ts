import { at_rest, check } from 'heddle';
import counter from '../../models/bench/counter.ts';

export default {
  counter: check(counter(4, 4), {
    // However many CPUs and rounds, from two of each on: who is first and last with the store of a 2 read a 1 at the end.
    properties: { 'C1: the counter ends at 2 or more': at_rest((s) => s.x >= 2) },
    size: 'large',
  }),
};
