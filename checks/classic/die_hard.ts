import { check, never, reachable } from 'heddle';
import die_hard from '../../models/classic/die_hard.ts';

export default check(die_hard, {
  properties: {
    'D1: the big jug holds 4': reachable((s) => s.big === 4),
    'D2: nobody measures 4 gallons': never((s) => s.big === 4),
  },
  expected: { D2: 'violated' },
});
