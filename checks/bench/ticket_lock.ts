import { at_rest, check } from 'heddle';
import ticket_lock from '../../models/bench/ticket_lock.ts';

const of = (cpus: number, rounds: number) =>
  check(ticket_lock(cpus, rounds), {
    properties: { 'T1: every increment is counted': at_rest((s) => s.x === cpus * rounds) },
    size: 'large',
  });

export default {
  ticket_lock: of(6, 3),
  ticket_lock_4: of(4, 2),
  ticket_lock_5x3: of(5, 3),
};
