/** Readers of a list under RCU, and an updater that replaces its element (include/linux/rculist.h, Linux 6.1). */
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
  rcu_assign_pointer,
  rcu_dereference,
  rcu_head,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  word,
} from 'heddle';

/** `readers` CPUs that look at the element once each, and one that replaces it and frees the old one by a callback. */
export default function rcu_list(readers: number) {
  const m = machine(
    {
      /** list->next: the only element. */
      first: ref('item'),
      item: heap(2, record('item', { data: bool(), rcu: rcu_head() })),
    },
    { callbacks: ['free_item'] },
  );
  const free_item = m.fn('free_item', { params: { head: word() } }, (b) => [
    b.step('kfree(item)', (s, l) => free(s.item, container_of(l.head, 'item', 'rcu'))),
  ]);
  const read = m.fn('read', { locals: { item: ref('item') } }, (b) => [
    b.call(rcu_read_lock),
    b.step('item = rcu_dereference(list->next)', (s, l) => {
      l.item = rcu_dereference(s, 'first');
    }),
    b.test('item->data', (s, l) => s.item[l.item].data, []),
    b.local((l) => {
      l.item = NONE;
    }),
    b.call(rcu_read_unlock),
  ]);
  const replace = m.fn('replace', (b) => [
    b.step('list_replace_rcu(old, new)', (s) => {
      rcu_assign_pointer(s, 'first', 1);
    }),
    b.step('call_rcu(&old->rcu, free_item)', (s) => call_rcu(s.item[0].rcu, 'free_item')),
  ]);
  return model({
    machine: m,
    cpus: [
      cpu({ count: readers, task: read, name: 'reader' }),
      cpu({ task: replace, name: 'updater' }),
    ],
    callbacks: { free_item },
    rcu: { callbacks: 'softirq' },
    initial: (s) => {
      for (const _ of [0, 1]) alloc(s.item, { data: true });
      s.first = 0;
    },
    source: 'include/linux/rculist.h (Linux 6.1): list_replace_rcu, list_for_each_entry_rcu',
  });
}
