import { check, reachable } from 'heddle';
import philosophers from '../../models/classic/philosophers.ts';

export default {
  philosophers_4: check(philosophers(4), {
    properties: { 'P1: every fork is in use': reachable((s) => [...s.fork].every(Boolean)) },
    expected: { deadlock: 'violated' },
  }),
};
