/**
 * G28: Gerald Schaefer, 28 June 2023 (message-id 20230628211624...). As G14, but whether the page is
 * listed is told by page->pt_frag_refcount, which s390 has no other use for: it is set and cleared
 * together with the list, under the lock. Left out: as in base.ts.
 */
import {
  atomic_read,
  atomic_set,
  BUG_ON,
  type Builder,
  list_del,
  type Node,
  type Nodes,
} from 'heddle';
import type { Steps } from '../pgtable/functions.ts';
import {
  __tlb_remove_table,
  allocator,
  base,
  FIRST_XOR,
  forget,
  free_with,
  LIST_ADD,
  LIST_ADD_TAIL,
  LIST_DEL,
  list_at,
  list_step,
  locked,
  neither_allocated_nor_pending,
  REMOVE,
  UNUSED,
} from './base.ts';
import type { Design } from './design.ts';
import { DEFER_XOR, defer_by_halves, defer_steps, QUEUE_HALF } from './draft.ts';
import { poison, type State } from './page.ts';

const SET = 'atomic_set(&page->pt_frag_refcount, 1)';
const CLEAR = 'atomic_set(&page->pt_frag_refcount, 0)';
const READ = 'atomic_read(&page->pt_frag_refcount)';

function set(b: Builder<State, { page: number }>, label: string, value: 0 | 1): Node {
  return b.step(label, (s, l) => atomic_set(s.page[l.page], 'pt_frag_refcount', value));
}

/** list_del() and the flag. */
function unlist(b: Builder<State, { page: number }>): Nodes {
  return [list_step(b, LIST_DEL, list_del), set(b, CLEAR, 0)];
}

function unlist_if_listed(b: Builder<State, { page: number }>): Node {
  return b.test(READ, (s, l) => atomic_read(s.page[l.page], 'pt_frag_refcount') !== 0, unlist(b));
}

const page_table_alloc = allocator(neither_allocated_nor_pending, unlist, (b) => [set(b, SET, 1)]);

const { pte_free_defer, callbacks } = defer_by_halves(__tlb_remove_table, (b) => [
  b.when('!(m & 3)', (l) => (l.m & 3) === 0, [unlist_if_listed(b)]),
  b.step('BUG_ON(atomic_read(&page->pt_frag_refcount))', (s, l) => {
    const listed = atomic_read(s.page[l.page], 'pt_frag_refcount');
    BUG_ON(listed !== 0, 'a deferred page is listed');
  }),
]);

const steps = {
  ...base.steps,
  page_table_alloc: {
    ...base.steps.page_table_alloc,
    '5 flag': [CLEAR],
    '11 flag': [SET],
  },
  page_table_free: {
    ...locked(FIRST_XOR, 'm & 3', LIST_ADD, SET, READ, LIST_DEL, CLEAR),
    ...UNUSED,
  },
  page_table_free_rcu: {
    ...locked(FIRST_XOR, 'm & 3', LIST_ADD_TAIL, SET, READ, LIST_DEL, CLEAR),
    ...REMOVE,
  },
  pte_free_defer: {
    1: ['spin_lock_bh(mm->context.lock) *'],
    2: [DEFER_XOR],
    3: ['!(m & 3)', READ, LIST_DEL, CLEAR],
    4: ['BUG_ON(atomic_read(&page->pt_frag_refcount))'],
    5: ['spin_unlock_bh(mm->context.lock) *'],
    6: ['(m & 0x0C) != 0x0C', QUEUE_HALF],
  },
  ...defer_steps,
} satisfies Steps;

export const g28: Design = {
  ...base,
  source: 'Gerald Schaefer, 28 June 2023 (message-id 20230628211624...)',
  page_table_alloc,
  ...free_with((b, end) => [
    b.when(
      'm & 3',
      (l) => (l.m & 3) !== 0,
      [list_at(b, end), set(b, SET, 1)],
      [unlist_if_listed(b)],
    ),
    forget(b),
  ]),
  pte_free_defer,
  callbacks,
  fresh: (s, page) => {
    s.page[page].pt_frag_refcount = 1;
  },
  unlisted: (s, page) => {
    poison(s, page);
    s.page[page].pt_frag_refcount = 0;
  },
  steps,
};
