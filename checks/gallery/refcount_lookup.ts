import { at_rest, check, is_live, no_report, rcu_head_is_queued, reachable } from 'heddle';
import refcount_lookup, { type State } from '../../models/gallery/refcount_lookup.ts';

const properties = {
  'R1: nobody touches a freed element': no_report<State>('KASAN'),
  'R2: a count of 0 stays 0': no_report<State>('refcount_t'),
  'R3: the element is freed': at_rest((s: State) => !is_live(s.el[0])),
  'two references': reachable((s: State) => is_live(s.el[0]) && s.el[0].ref === 2),
  'a queued element': reachable((s: State) => is_live(s.el[0]) && rcu_head_is_queued(s.el[0].rcu)),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  refcount_lookup: check(refcount_lookup('inc_not_zero'), {
    facilities,
    properties,
    equivalent: {
      'search_and_reference: without use el->data':
        'it is there to be harmed: who uses nothing is not',
    },
  }),
  refcount_lookup_broken: check(refcount_lookup('inc'), {
    facilities,
    properties,
    expected: {
      R1: { verdict: 'violated', object: /^el\[0\]/, steps: ['kfree(el)', 'use el->data'] },
      R2: { verdict: 'violated', object: 'el[0].ref', steps: ['refcount_inc(&el->ref)'] },
      // The second put of a count that came back from 0 queues the head again: both callbacks are lost.
      DEBUG_OBJECTS_RCU_HEAD: { verdict: 'violated', object: 'el[0].rcu' },
      R3: 'violated',
      leak: 'violated',
    },
  }),
};
