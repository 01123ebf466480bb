/**
 * PPC3: the third version, 11 July 2023 (message-id 6e3ca5f1-...), merged in Linux 6.6 (commit
 * 32cc0b7c9d50). A deferred fragment marks its page Active and is dropped like any other; who drops
 * the last reference of an Active page leaves it to RCU. pte_frag_destroy() does not look at the
 * mark. Left out: as in fragments.ts.
 */
import {
  type Builder,
  claim,
  PageActive,
  SetPageActive,
  type StepNode,
  TestClearPageActive,
} from 'heddle';
import { FREE, pte_free_now, QUEUE, queue_page } from '../pgtable/page.ts';
import { freed_by } from './batch.ts';
import type { Design } from './design.ts';
import {
  alloc_steps,
  BUG,
  DEC,
  destroy_steps,
  drop,
  frag_destroy,
  pte_fragment_alloc,
} from './fragments.ts';
import { free_page, powerpc, type State, TABLE, unused } from './page.ts';

/** FREE, which complains about an Active page ("Bad page state"). */
export function free_inactive(b: Builder<State, { page: number }>): StepNode {
  return free_page(b, (page) => {
    unused(page);
    claim('P11', !PageActive(page));
  });
}

const pte_fragment_free = powerpc.fn('pte_fragment_free', { params: TABLE }, (b) =>
  drop(b, [
    b.test(
      'TestClearPageActive(page)',
      (s, l) => TestClearPageActive(s.page[l.page]),
      [queue_page(b)],
      [free_inactive(b)],
    ),
  ]),
);

const { tlb_remove_table_rcu, ...freeing } = freed_by(pte_fragment_free);

const pte_free_defer = powerpc.fn('pte_free_defer', { params: TABLE }, (b) => [
  b.step('SetPageActive(page)', (s, l) => SetPageActive(s.page[l.page])),
  b.call(pte_fragment_free, (l) => ({ page: l.page, h: l.h })),
]);

const free_now = pte_free_now<State>((b) => [free_inactive(b)]);

export const ppc3: Design = {
  source:
    'pte_free_defer() for powerpc, v3 of 11 July 2023, merged in Linux 6.6 (commit 32cc0b7c9d50)',
  counted: true,
  pte_alloc_one: pte_fragment_alloc,
  ...freeing,
  pte_free_defer,
  pte_frag_destroy: frag_destroy(free_inactive),
  callbacks: { tlb_remove_table_rcu, pte_free_now: free_now },
  steps: {
    ...alloc_steps,
    ...destroy_steps,
    pte_fragment_free: {
      BUG_ON: [BUG],
      dec: [DEC],
      test: ['TestClearPageActive(page)'],
      call_rcu: [QUEUE],
      free: [FREE],
    },
    pte_free_defer: { 1: ['SetPageActive(page)'], 2: ['call pte_fragment_free'] },
    pte_free_now: { 1: [FREE] },
  },
};
