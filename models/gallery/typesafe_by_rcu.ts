/** SLAB_TYPESAFE_BY_RCU (include/linux/slab.h, Linux 6.1): memory stays, what is in it does not. */
import {
  array,
  bool,
  claim,
  cpu,
  machine,
  model,
  NONE,
  READ_ONCE,
  rcu_dereference,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  refcount,
  refcount_dec_and_test,
  refcount_inc_not_zero,
  refcount_set,
  type StateOf,
  uint,
  WRITE_ONCE,
} from 'heddle';

const m = machine({
  /** The hash table: where the object with key 0 and the one with key 1 are. */
  slot: array(2, ref('obj')),
  /** The slab: no heap, for its memory does not go back to the page allocator under a reader. */
  obj: array(1, record({ allocated: bool(), key: uint(1), ref: refcount(3) })),
});
export type State = StateOf<typeof m>;

const put = m.fn('put_ref', { params: { o: ref('obj') } }, (b) => [
  b.test('refcount_dec_and_test(&obj->ref)', (s, l) => refcount_dec_and_test(s.obj[l.o], 'ref'), [
    b.step('kmem_cache_free(obj)', (s, l) => WRITE_ONCE(s.obj[l.o], 'allocated', false)),
  ]),
]);

/** Takes the object with key 0 out, and uses its memory for one with key 1. */
const replace = m.fn('replace', (b) => [
  b.step('slot[0] = NULL', (s) => WRITE_ONCE(s.slot, 0, NONE)),
  b.call(put, () => ({ o: 0 })),
  b.until(
    'obj = kmem_cache_alloc()',
    (s) => !READ_ONCE(s.obj[0], 'allocated'),
    (s) => WRITE_ONCE(s.obj[0], 'allocated', true),
  ),
  b.step('obj->key = 1', (s) => WRITE_ONCE(s.obj[0], 'key', 1)),
  b.step('refcount_set(&obj->ref, 1)', (s) => refcount_set(s.obj[0], 'ref', 1)),
  b.step('slot[1] = obj', (s) => WRITE_ONCE(s.slot, 1, 0)),
]);

/** One CPU looks up key 0. `recheck`: whether it looks at the key once it has a reference. */
export default function typesafe_by_rcu(recheck: boolean) {
  const lookup = m.fn('lookup', { locals: { o: ref('obj') } }, (b) => {
    const put_and_again = [b.call(put, (l) => ({ o: l.o })), b.call(rcu_read_unlock)];
    return [
      b.loop([
        b.call(rcu_read_lock),
        b.step('obj = lockless_lookup(0)', (s, l) => {
          l.o = rcu_dereference(s.slot, 0);
        }),
        b.when('!obj', (l) => l.o === NONE, [b.call(rcu_read_unlock), b.return()]),
        b.test(
          'try_get_ref(obj)',
          (s, l) => refcount_inc_not_zero(s.obj[l.o], 'ref'),
          recheck
            ? [b.test('obj->key != 0', (s, l) => s.obj[l.o].key !== 0, put_and_again, [b.leave()])]
            : [b.leave()],
          [b.call(rcu_read_unlock)],
        ),
      ]),
      b.call(rcu_read_unlock),
      b.step('use obj', (s, l) => {
        claim('T1', s.obj[l.o].key === 0);
      }),
      b.call(put, (l) => ({ o: l.o })),
    ];
  });
  return model({
    machine: m,
    cpus: [cpu({ task: lookup, name: 'reader' }), cpu({ task: replace, name: 'owner' })],
    initial: (s) => {
      s.slot[0] = 0;
      s.slot[1] = NONE;
      s.obj[0].allocated = true;
      s.obj[0].ref = 1;
    },
    source: 'include/linux/slab.h: the comment at SLAB_TYPESAFE_BY_RCU',
  });
}
