import { check, claimed } from 'heddle';
import fragment_allocator from '../../models/bench/fragment_allocator.ts';

const of = (cpus: number, rounds: number) =>
  check(fragment_allocator(cpus, rounds), {
    properties: {
      'P1: a table has one user': claimed(),
      'P2: a page that is freed is in use by nobody': claimed(),
    },
    bounds: { maxStates: 100_000_000 },
    size: 'large',
  });

export default {
  fragment_allocator_3x2: of(3, 2),
  fragment_allocator_3x4: of(3, 4),
  fragment_allocator_4x2: of(4, 2),
};
