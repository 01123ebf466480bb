import { at_rest, check, is_live, NONE, no_report, rcu_head_is_queued, reachable } from 'heddle';
import kfree_rcu, { type State } from '../../models/gallery/kfree_rcu.ts';

const properties = {
  'K1: nobody touches a freed object': no_report<State>('KASAN'),
  'K2: the head of the batch has one user': no_report<State>('DEBUG_OBJECTS_RCU_HEAD'),
  'K3: what is handed over is freed': at_rest(
    (s: State) => s.krwp.head_free === NONE && (s.krcp.head !== NONE || nothingLives(s)),
  ),
  'everything is freed': reachable((s: State) => nothingLives(s)),
  'an object is queued while a batch waits': reachable(
    (s: State) => s.krcp.head !== NONE && rcu_head_is_queued(s.krwp.rcu),
  ),
};

function nothingLives(s: State): boolean {
  return !is_live(s.obj[0]) && !is_live(s.obj[1]);
}

const facilities = { KCSAN: 'soft' } as const;

export default {
  kfree_rcu: check(kfree_rcu('wait'), { facilities, properties }),
  kfree_rcu_broken: check(kfree_rcu('join'), {
    facilities,
    properties,
    expected: {
      K1: {
        verdict: 'violated',
        object: /^obj\[1\]/,
        steps: ['call_rcu(&krwp->rcu, kfree_rcu_work)', 'kvfree(head)', 'read o->data'],
      },
      K3: 'masked',
    },
  }),
};
