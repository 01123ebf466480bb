import { always, check, reachable } from 'heddle';
import pending_bit, { type State } from '../../models/gallery/pending_bit.ts';

const properties = {
  'M1: at most one CPU is inside': always((s: State) => s.inside <= 1),
  'M2: at most one CPU waits with the pending bit': always((s: State) => s.pending <= 1),
  'one holds, one is pending': reachable((s: State) => s.inside === 1 && s.pending === 1),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  pending_bit: check(pending_bit('one store'), { facilities, properties }),
  pending_bit_broken: check(pending_bit('two stores'), {
    facilities,
    properties,
    expected: {
      M1: { verdict: 'violated', steps: ['clear_pending(lock)', 'set_locked(lock)', 'enter'] },
    },
  }),
};
