/**
 * V1: the first pte_free_defer() for s390, in the series of 28 May 2023 (message-id 6dd63b39-...),
 * on top of BASE. The table keeps its A bit and its place on or off the list until the callback
 * calls page_table_free(); page->pt_mm carries mm and half to it. Both halves of a page share one
 * page->rcu_head and one page->pt_mm, and the head is page->lru's words. Left out: 4K tables of
 * pgste mms.
 */
import { container_of, mmdrop_async, mmgrab, ref, word } from 'heddle';
import type { Steps, TableFn } from '../pgtable/functions.ts';
import { QUEUE, queue_page } from '../pgtable/page.ts';
import { base } from './base.ts';
import type { Design } from './design.ts';
import { mmdrop, mmdrop_async_fn } from './mm.ts';
import { MM, s390, TABLE } from './page.ts';

const ONE_WORD = 'page->pt_mm is one word: the address of the mm with the half in its low bits';

/**
 * How the callback is given its mm: by a reference, which it drops in one way or the other, or by
 * nothing.
 */
export type Hold = 'mmdrop_async' | 'mmdrop' | 'nothing';

/** pte_free_defer() and its callback, for a design with this page_table_free(). */
export function defer_by_pt_mm(page_table_free: TableFn, hold: Hold = 'mmdrop_async') {
  const grab = hold !== 'nothing';
  const pte_free_defer = s390.fn('pte_free_defer', { params: TABLE }, (b) => [
    grab ? b.step('mmgrab(mm)', (s) => mmgrab(s.mm[MM])) : [],
    b.atomic(
      ONE_WORD,
      b.step('page->pt_mm = mm + h', (s, l) => {
        s.page[l.page].pt_mm = MM;
        s.page[l.page].pt_mm_half = l.h;
      }),
    ),
    queue_page(b),
  ]);

  const pte_free_now = s390.fn(
    'pte_free_now',
    { params: { head: word() }, locals: { mm: ref('mm'), ...TABLE } },
    (b) => [
      b.atomic(
        ONE_WORD,
        b.step('mm, h = page->pt_mm', (s, l) => {
          l.page = container_of(l.head, 'page', 'rcu_head');
          l.mm = s.page[l.page].pt_mm;
          l.h = s.page[l.page].pt_mm_half;
        }),
      ),
      b.call(page_table_free, (l) => ({ page: l.page, h: l.h })),
      hold === 'mmdrop' ? b.call(mmdrop) : [],
      hold === 'mmdrop_async'
        ? b.step('mmdrop_async(mm)', (s, l) => mmdrop_async(s.mm[l.mm], 'mmdrop_async_fn'))
        : [],
    ],
  );

  return { pte_free_defer, pte_free_now };
}

/** The numbered steps of both. */
export function defer_steps(hold: Hold = 'mmdrop_async'): Steps {
  const grab = hold !== 'nothing';
  const drop = hold === 'mmdrop' ? 'call mmdrop' : 'mmdrop_async(mm)';
  return {
    pte_free_defer: {
      ...(grab ? { 1: ['mmgrab(mm)'] } : {}),
      2: ['page->pt_mm = mm + h'],
      3: [QUEUE],
    },
    pte_free_now: {
      1: ['mm, h = page->pt_mm'],
      2: ['call page_table_free'],
      ...(grab ? { 3: [drop] } : {}),
    },
  };
}

const { pte_free_defer, pte_free_now } = defer_by_pt_mm(base.page_table_free);

export const v1: Design = {
  ...base,
  source: 'pte_free_defer() for s390, v1 of 28 May 2023 (message-id 6dd63b39-...)',
  pte_free_defer,
  callbacks: { pte_free_now, mmdrop_async_fn },
  steps: { ...base.steps, ...defer_steps() },
};
