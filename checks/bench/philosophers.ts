import { check } from 'heddle';
import philosophers from '../../models/classic/philosophers.ts';

const of = (seats: number) =>
  check(philosophers(seats), { expected: { deadlock: 'violated' }, size: 'large' });

export default {
  philosophers_12: of(12),
  philosophers_14: of(14),
};
