/**
 * V1 without its mmgrab() and mmdrop_async() (claim C3): the callback finds the mm by page->pt_mm,
 * and nothing keeps it there. Nobody posted this; it is what the mail of 28 May explains the
 * reference with.
 */
import { base } from './base.ts';
import type { Design } from './design.ts';
import { defer_by_pt_mm, defer_steps, v1 } from './v1.ts';

const { pte_free_defer, pte_free_now } = defer_by_pt_mm(base.page_table_free, 'nothing');

export const v1_without_mmgrab: Design = {
  ...v1,
  source: 'v1 of 28 May 2023 without mmgrab() and mmdrop_async()',
  pte_free_defer,
  callbacks: { pte_free_now },
  steps: { ...base.steps, ...defer_steps('nothing') },
};
