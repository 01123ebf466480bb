import { check, claimed, reachable, spin_is_locked } from 'heddle';
import seqlock, { type State } from '../../models/gallery/seqlock.ts';

const properties = {
  'S1: what is read belongs together': claimed(),
  'a write is half done': reachable((s: State) => s.a !== s.b && spin_is_locked(s.lock)),
  'the last write is read': reachable(
    (s: State) => s.used !== 0 && s.used === s.b && s.sequence === 4,
  ),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  seqlock: check(seqlock(true), {
    facilities,
    properties,
    equivalent: {
      'write: sequence++ * read and written apart': 'only who holds the lock changes the sequence',
      'write: b = * before a = *': 'nobody uses what was read in between, in whatever order',
      'read: read b before read a': 'nothing is used unless nobody wrote in between',
    },
  }),
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
