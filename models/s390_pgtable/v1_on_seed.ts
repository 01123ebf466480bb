/**
 * V1's pte_free_defer() on top of SEED: what is left of V1 when the list no longer uses page->lru
 * (claim C15).
 */
import type { Design } from './design.ts';
import { mmdrop_async_fn } from './mm.ts';
import { seed } from './seed.ts';
import { defer_by_pt_mm, defer_steps } from './v1.ts';

const { pte_free_defer, pte_free_now } = defer_by_pt_mm(seed.page_table_free);

export const v1_on_seed: Design = {
  ...seed,
  source: "v1's pte_free_defer() on top of the list-threading patch of 5 June 2023",
  pte_free_defer,
  callbacks: { pte_free_now, mmdrop_async_fn },
  steps: { ...seed.steps, ...defer_steps },
};
