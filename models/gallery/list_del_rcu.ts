/** list_del() and list_del_rcu() under a reader (include/linux/list.h, rculist.h, Linux 6.1). */
import {
  address_of,
  alloc,
  bool,
  cpu,
  deref,
  free,
  heap,
  INIT_LIST_HEAD,
  list_add_tail,
  list_del_rcu_stores,
  list_del_stores,
  list_head,
  machine,
  model,
  rcu_dereference,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  type StateOf,
  synchronize_rcu,
  word,
} from 'heddle';

const m = machine({ head: list_head(), item: heap(2, record('item', { node: list_head() })) });
export type State = StateOf<typeof m>;

/** list_for_each_entry_rcu(). */
const walk = m.fn('walk', { locals: { pos: word(), end: bool() } }, (b) => [
  b.call(rcu_read_lock),
  b.step('pos = rcu_dereference(head->next)', (s, l) => {
    l.pos = rcu_dereference(s.head, 'next');
    l.end = l.pos === address_of(s.head);
  }),
  b.loop([
    b.when('pos == head', (l) => l.end, [b.leave()]),
    b.step('pos = rcu_dereference(pos->next)', (s, l) => {
      l.pos = rcu_dereference(deref(l.pos, 'list_head'), 'next');
      l.end = l.pos === address_of(s.head);
    }),
  ]),
  b.call(rcu_read_unlock),
]);

/** One CPU walks a list of two items while another takes the first one out, waits, and frees it. */
export default function list_del_rcu(how: 'list_del' | 'list_del_rcu') {
  const remove = m.fn('remove', (b) => [
    b.call(how === 'list_del' ? list_del_stores : list_del_rcu_stores, (s) => s.item[0].node),
    b.call(synchronize_rcu),
    b.step('kfree(item)', (s) => free(s.item, 0)),
  ]);
  return model({
    machine: m,
    cpus: [cpu({ task: walk, name: 'walker' }), cpu({ task: remove, name: 'remover' })],
    initial: (s) => {
      INIT_LIST_HEAD(s.head);
      for (const _ of [0, 1]) list_add_tail(s.item[alloc(s.item)].node, s.head);
    },
    source: 'include/linux/rculist.h: list_del_rcu, list_for_each_entry_rcu; one remover, no lock',
  });
}
