import { check } from 'heddle';
import philosophers from '../../models/classic/philosophers.ts';

export default {
  philosophers_14: check(philosophers(14), { expected: { deadlock: 'violated' }, size: 'large' }),
};
