import { always, check } from 'heddle';
import mcs from '../../models/classic/mcs.ts';

const of = (threads: number) =>
  check(mcs(threads), {
    properties: {
      'M1: at most one thread is inside': always(
        (s) => [...s.inside].filter((inside) => inside).length <= 1,
      ),
    },
  });

export default { mcs_2: of(2), mcs_3: of(3) };
