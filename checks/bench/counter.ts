import { at_rest, check } from 'heddle';
import counter from '../../models/bench/counter.ts';

const of = (cpus: number, rounds: number) =>
  check(counter(cpus, rounds), {
    // The last one to store reads a 1, which an earlier store of a 1 has brought back.
    properties: { 'C1: the counter ends at 2 or more': at_rest((s) => s.x >= 2) },
    size: 'large',
  });

export default {
  counter: of(4, 4),
  counter_4x3: of(4, 3),
};
