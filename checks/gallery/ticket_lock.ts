import { always, check, reachable } from 'heddle';
import ticket_lock, { type State } from '../../models/gallery/ticket_lock.ts';

const properties = {
  'M1: at most one CPU is inside': always((s: State) => s.inside <= 1),
  'all three want it at once': reachable((s: State) => s.inside === 1 && waiting(s) === 2),
};

function waiting(s: State): number {
  return ((s.next - s.owner) & 3) - s.inside;
}

const facilities = { KCSAN: 'soft' } as const;

export default {
  ticket_lock: check(ticket_lock('atomic'), { facilities, properties }),
  ticket_lock_broken: check(ticket_lock('racy'), {
    facilities,
    properties: { ...properties, 'all three want it at once': reachable((s) => s.inside === 3) },
    expected: {
      M1: {
        verdict: 'violated',
        steps: ['ticket = READ_ONCE(lock->next)', 'WRITE_ONCE(lock->next, ticket + 1)'],
      },
      deadlock: 'violated',
    },
  }),
  // A ticket of one bit is the same for the first and the third CPU.
  ticket_lock_narrow_broken: check(ticket_lock('atomic', 1), {
    facilities,
    properties: { 'M1: at most one CPU is inside': properties['M1: at most one CPU is inside'] },
    expected: { M1: 'violated', deadlock: 'violated' },
  }),
};
