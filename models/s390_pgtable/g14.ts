/**
 * G14: Gerald Schaefer's answer to DRAFT, 14 June 2023 (message-id 20230614153042...). H bits and
 * callbacks of DRAFT, but the byte and the list of BASE: page_table_free() and page_table_free_rcu()
 * list a page whose other half is allocated, as ever; pte_free_defer() only takes off the list, and
 * nothing lists the page after its grace period, so no callback needs the mm. Whether the page is
 * listed is told by its H bits. Left out: as in base.ts.
 */
import { type Builder, list_del } from 'heddle';
import type { Steps } from '../pgtable/functions.ts';
import {
  __tlb_remove_table,
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
  REMOVE,
  UNUSED,
} from './base.ts';
import type { Design } from './design.ts';
import { DEFER_XOR, defer_by_halves, defer_steps, QUEUE_HALF } from './draft.ts';
import type { State } from './page.ts';

const unlist = (b: Builder<State, { page: number }>) => list_step(b, LIST_DEL, list_del);

const { pte_free_defer, callbacks } = defer_by_halves(__tlb_remove_table, (b) => [
  b.when('!(m & 3) && (m & 0x0C) != 0x0C', (l) => (l.m & 3) === 0 && (l.m & 0x0c) !== 0x0c, [
    unlist(b),
  ]),
]);

const steps = {
  ...base.steps,
  page_table_free: {
    ...locked(FIRST_XOR, 'm & 3', '!(m & 0x0C)', LIST_ADD, LIST_DEL),
    ...UNUSED,
  },
  page_table_free_rcu: {
    ...locked(FIRST_XOR, 'm & 3', '!(m & 0x0C)', LIST_ADD_TAIL, LIST_DEL),
    ...REMOVE,
  },
  pte_free_defer: {
    ...locked(DEFER_XOR, '!(m & 3) && (m & 0x0C) != 0x0C', LIST_DEL),
    5: ['(m & 0x0C) != 0x0C', QUEUE_HALF],
  },
  ...defer_steps,
} satisfies Steps;

export const g14: Design = {
  ...base,
  source: "Gerald Schaefer's draft of 14 June 2023 (message-id 20230614153042...)",
  ...free_with((b, end) => [
    b.when(
      'm & 3',
      (l) => (l.m & 3) !== 0,
      [list_at(b, end)],
      [b.when('!(m & 0x0C)', (l) => (l.m & 0x0c) === 0, [unlist(b)])],
    ),
    forget(b),
  ]),
  pte_free_defer,
  callbacks,
  steps,
};
