/** The table in the first comment of include/linux/llist.h: who may run beside whom without a lock. */
import { cpu, model, spin_lock, spin_unlock } from 'heddle';
import { fill, llist_add, llist_del_all, llist_del_first, m } from './llist.ts';

export type Operation = 'add' | 'del_first' | 'del_all';

/**
 * Two CPUs: one does `row`, the other `column`, any number of times. `lock`: whether those who remove hold one.
 * `adds`: whether both also add, as in the header's own example; if not, the list is full at first.
 */
export default function llist_table(
  row: Operation,
  column: Operation,
  { lock = false, adds = true } = {},
) {
  const task = (name: Operation) =>
    m.fn(name, (b) => {
      if (name === 'add') return [b.client(b.call(llist_add))];
      const remove = [
        lock ? b.call(spin_lock, (s) => s.lock) : [],
        name === 'del_first' ? b.call(llist_del_first) : b.call(llist_del_all),
        lock ? b.call(spin_unlock, (s) => s.lock) : [],
      ];
      return [adds ? b.client(b.call(llist_add), remove) : b.client(remove)];
    });
  return model({
    machine: m,
    cpus: [cpu({ task: task(row), name: 'row' }), cpu({ task: task(column), name: 'column' })],
    initial: (s) => {
      if (!adds) fill(s);
    },
    source: 'include/linux/llist.h (Linux 6.1): the table in its first comment',
  });
}
