/** A lookup under RCU that takes a reference (Documentation/RCU/rcuref.rst, Linux 6.1). */
import {
  alloc,
  bool,
  call_rcu,
  container_of,
  cpu,
  free,
  heap,
  machine,
  model,
  NONE,
  rcu_dereference,
  rcu_head,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  refcount,
  refcount_dec_and_test,
  refcount_inc,
  refcount_inc_not_zero,
  type StateOf,
  uint,
  WRITE_ONCE,
  word,
} from 'heddle';

const el = record('el', { ref: refcount(3), data: uint(1), rcu: rcu_head() });
const m = machine({ slot: ref('el'), el: heap(1, el) }, { callbacks: ['el_free'] });
export type State = StateOf<typeof m>;

const el_free = m.fn('el_free', { params: { head: word() } }, (b) => [
  b.step('kfree(el)', (s, l) => free(s.el, container_of(l.head, 'el', 'rcu'))),
]);

const put = m.fn('put', { params: { e: ref('el') } }, (b) => [
  b.test('refcount_dec_and_test(&el->ref)', (s, l) => refcount_dec_and_test(s.el[l.e], 'ref'), [
    b.step('call_rcu(&el->rcu, el_free)', (s, l) => call_rcu(s.el[l.e].rcu, 'el_free')),
  ]),
]);

const remove = m.fn('delete', (b) => [
  b.step('slot = NULL', (s) => WRITE_ONCE(s, 'slot', NONE)),
  b.call(put, () => ({ e: 0 })),
]);

/** One CPU looks up, one deletes. `get`: how the reference is taken. */
export default function refcount_lookup(get: 'inc_not_zero' | 'inc') {
  const locals = { e: ref('el'), got: bool(), data: uint(1) };
  const search_and_reference = m.fn('search_and_reference', { locals }, (b) => [
    b.call(rcu_read_lock),
    b.step('el = rcu_dereference(slot)', (s, l) => {
      l.e = rcu_dereference(s, 'slot');
    }),
    b.when('el', (l) => l.e !== NONE, [
      get === 'inc'
        ? b.step('refcount_inc(&el->ref)', (s, l) => {
            refcount_inc(s.el[l.e], 'ref');
            l.got = true;
          })
        : b.step('refcount_inc_not_zero(&el->ref)', (s, l) => {
            l.got = refcount_inc_not_zero(s.el[l.e], 'ref');
          }),
    ]),
    b.call(rcu_read_unlock),
    b.when('got', (l) => l.got, [
      b.step('use el->data', (s, l) => {
        l.data = s.el[l.e].data;
      }),
      b.call(put, (l) => ({ e: l.e })),
    ]),
  ]);
  return model({
    machine: m,
    cpus: [
      cpu({ task: search_and_reference, name: 'searcher' }),
      cpu({ task: remove, name: 'deleter' }),
    ],
    callbacks: { el_free },
    initial: (s) => {
      s.slot = alloc(s.el, { ref: 1, data: 1 });
    },
    source: 'Documentation/RCU/rcuref.rst: search_and_reference, delete',
  });
}
