/**
 * The table of include/linux/llist.h, all nine cells: `llist_<row>_<column>` is the cell without a lock, with `_broken`
 * where the table says L, and `_locked` is that cell with the lock. See models/gallery/README.md for the table.
 */
import { at_rest, check, claimed, reachable } from 'heddle';
import { listed, type State } from '../../models/gallery/llist.ts';
import llist_table, { type Operation } from '../../models/gallery/llist_table.ts';

function cell(
  row: Operation,
  column: Operation,
  how: 'free' | 'broken' | 'locked' | 'without adds',
) {
  const adding = (s: State) => [...s.note].filter((note) => note === 'held').length;
  const begun = (s: State, operation: Operation, cpu: number) =>
    operation === 'add' ? adding(s) > 0 : s.removing[cpu];
  const removes = row !== 'add' || column !== 'add';
  const walksAll = row === 'del_all' || column === 'del_all';
  const design = llist_table(row, column, {
    lock: how === 'locked',
    adds: how !== 'without adds',
  });
  return check(design, {
    facilities: { KCSAN: 'soft' },
    properties: {
      ...(removes ? { 'L1: a node is taken by one who may': claimed<State>() } : {}),
      'L2: at rest the list holds what was added and not taken': at_rest((s) =>
        sameNodes(
          listed(s),
          [...s.note].flatMap((note, n) => (note === 'listed' ? [n] : [])),
        ),
      ),
      'two nodes are listed': reachable((s) => listed(s).length === 2),
      'both CPUs are under way': reachable((s) => {
        if (!removes) return adding(s) === 2;
        if (how === 'locked') return adding(s) > 0 && (s.removing[0] || s.removing[1]);
        return begun(s, row, 0) && begun(s, column, 1);
      }),
    },
    expected:
      how === 'broken'
        ? {
            L1: 'violated',
            L2: { verdict: 'violated', steps: ['next = READ_ONCE(entry->next)'] },
            // A node that came back is stored to while the other still reads its next.
            KCSAN: { verdict: 'violated', object: /^node\[\d\]\.next$/ },
            // A list that has become a circle keeps the caller of llist_del_all() walking.
            ...(walksAll ? { deadlock: 'violated' } : {}),
          }
        : {},
    claim: `llist: ${row} beside ${column} needs ${how === 'broken' || how === 'locked' ? 'a' : 'no'} lock`,
    source: 'include/linux/llist.h, the first comment',
  });
}

function sameNodes(walked: readonly number[], expected: readonly number[]): boolean {
  return walked.length === expected.length && expected.every((n) => walked.includes(n));
}

const cells = {
  llist_add_add: cell('add', 'add', 'free'),
  llist_add_del_first: cell('add', 'del_first', 'free'),
  llist_add_del_all: cell('add', 'del_all', 'free'),
  llist_del_first_add: cell('del_first', 'add', 'free'),
  llist_del_first_del_first_broken: cell('del_first', 'del_first', 'broken'),
  llist_del_first_del_first_locked: cell('del_first', 'del_first', 'locked'),
  llist_del_first_del_all_broken: cell('del_first', 'del_all', 'broken'),
  llist_del_first_del_all_locked: cell('del_first', 'del_all', 'locked'),
  llist_del_all_add: cell('del_all', 'add', 'free'),
  llist_del_all_del_first_broken: cell('del_all', 'del_first', 'broken'),
  llist_del_all_del_first_locked: cell('del_all', 'del_first', 'locked'),
  llist_del_all_del_all: cell('del_all', 'del_all', 'free'),
};

/** The same where no node is ever added again: what the lock guards against is a node that comes back. */
const without_adds = {
  llist_del_first_del_first_without_adds: cell('del_first', 'del_first', 'without adds'),
  llist_del_first_del_all_without_adds: cell('del_first', 'del_all', 'without adds'),
};

export default { ...cells, ...without_adds };
