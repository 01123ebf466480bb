import { check, claimed, reachable, spin_is_locked } from 'heddle';
import seqlock, { type State } from '../../models/gallery/seqlock.ts';

const properties = {
  'S1: what is read belongs together': claimed(),
  'a write is half done': reachable((s: State) => s.a !== s.b && spin_is_locked(s.lock)),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  seqlock: check(seqlock(true), { facilities, properties }),
  seqlock_broken: check(seqlock(false), {
    facilities,
    properties,
    expected: {
      S1: {
        verdict: 'violated',
        steps: ['a = 1', 'sequence = smp_load_acquire(&s->sequence)', 'use a and b'],
      },
    },
  }),
};
