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

const NOTHING_SEEN = 'the reader is there to be harmed: one that looks at less is harmed less';
const equivalent = {
  'updater: kfree_call_rcu() #2 before kfree_call_rcu()': 'either object may go first',
  'kfree_call_rcu: spin_lock_irqsave before slot[o] = NULL': 'nobody else writes the slot',
  '*: spin_lock for spin_lock_irqsave': 'no handler of an interrupt takes the lock',
  'kfree_rcu_monitor: call_rcu(&krwp->rcu, kfree_rcu_work) before *':
    'the callback waits for the lock before it looks at the batch',
  'reader: without o = rcu_dereference(slot[k])': NOTHING_SEEN,
  'reader: without read o->data': NOTHING_SEEN,
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  kfree_rcu: check(kfree_rcu('wait'), { facilities, properties, equivalent }),
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
