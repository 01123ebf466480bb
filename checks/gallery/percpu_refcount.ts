import { at_rest, check, is_live, no_report, reachable } from 'heddle';
import percpu_refcount, { type State } from '../../models/gallery/percpu_refcount.ts';

const properties = {
  'R1: nobody touches a freed object': no_report<State>('KASAN'),
  'R2: the object is freed once all is put': at_rest((s: State) => !is_live(s.obj[0])),
  'got on one CPU, put on the other': reachable(
    (s: State) => s.percpu_count[0] === 1 && s.percpu_count[1] === 7,
  ),
  'killed with a reference out': reachable(
    (s: State) => s.dead && s.percpu_count[0] === 1 && is_live(s.obj[0]),
  ),
};

const KILL = 'ref->percpu_count_ptr |= __PERCPU_REF_ATOMIC_DEAD';
const FREE = 'ref->release(): kfree(obj)';
const used_after = (...steps: readonly string[]) =>
  ({ verdict: 'violated', object: /^obj\[0\]/, steps: [...steps, FREE, 'use obj'] }) as const;

const HAS_REFERENCE = 'its reference keeps the object, inside of a section or not';

const facilities = { KCSAN: 'soft' } as const;

export default {
  percpu_refcount: check(percpu_refcount({ bias: 4, wait: true }), {
    facilities,
    properties,
    equivalent: {
      'user: use obj before rcu_read_unlock #2': HAS_REFERENCE,
      'user: rcu_read_lock #2 before use obj': HAS_REFERENCE,
      'user: without use obj': 'it is there to be harmed: who uses nothing is not',
      'percpu_ref_kill: sum += *per_cpu_ptr(percpu_count, 1) before *': 'it is the same sum',
    },
  }),
  percpu_refcount_broken: check(percpu_refcount({ bias: 4, wait: false }), {
    facilities,
    properties,
    // A get that the sum missed is a reference too few, a put that it missed one too many.
    expected: {
      R1: used_after('__ref_is_percpu() /* to get */', KILL, 'percpu_ref_put(ref)'),
      R2: 'violated',
      leak: 'violated',
      KCSAN: { verdict: 'violated', object: /^percpu_count/ },
    },
  }),
  percpu_refcount_unbiased_broken: check(percpu_refcount({ bias: 0, wait: true }), {
    facilities,
    properties,
    expected: { R1: used_after(KILL, 'atomic_long_sub_and_test(1, &ref->count)'), R2: 'masked' },
  }),
};
