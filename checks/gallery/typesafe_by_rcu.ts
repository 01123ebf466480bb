import { check, claimed, reachable } from 'heddle';
import typesafe_by_rcu, { type State } from '../../models/gallery/typesafe_by_rcu.ts';

const properties = {
  'T1: a lookup uses the object it looked for': claimed(),
  'the reader holds the object with the other key': reachable(
    (s: State) => s.obj[0].key === 1 && s.obj[0].ref === 2,
  ),
  'the reader keeps the object alive': reachable(
    (s: State) => s.slot[0] !== 0 && s.obj[0].key === 0 && s.obj[0].ref === 1,
  ),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  typesafe_by_rcu: check(typesafe_by_rcu(true), { facilities, properties }),
  typesafe_by_rcu_broken: check(typesafe_by_rcu(false), {
    facilities,
    properties,
    expected: {
      T1: {
        verdict: 'violated',
        steps: ['obj = lockless_lookup(0)', 'obj->key = 1', 'try_get_ref(obj)', 'use obj'],
      },
    },
  }),
};
