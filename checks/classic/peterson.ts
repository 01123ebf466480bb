import { always, check } from 'heddle';
import peterson from '../../models/classic/peterson.ts';

export default {
  peterson_3: check(peterson(3), {
    properties: {
      'M1: at most one thread is inside': always(
        (s) => [...s.inside].filter((inside) => inside).length <= 1,
      ),
    },
  }),
};
