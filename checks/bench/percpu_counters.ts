import { at_rest, check } from 'heddle';
import percpu_counters from '../../models/bench/percpu_counters.ts';

export default {
  percpu_counters_4: check(percpu_counters(4, 3), {
    properties: {
      'U1: no increment of a part is lost': at_rest((s) =>
        [...s.count].slice(0, 4).every((n) => n === 3),
      ),
    },
    size: 'large',
  }),
};
