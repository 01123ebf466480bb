/**
 * V1's pte_free_defer() on top of SEED: what is left of V1 when the list no longer uses page->lru
 * (claim C15). While one half of a page is never deferred, its mm is all that the callback has to
 * fear, so it also serves to ask about that alone (claims C3, C4): without a reference on the mm,
 * and with one that is dropped by mmdrop(). Nobody posted these two.
 */
import type { Design } from './design.ts';
import { mmdrop_async_fn } from './mm.ts';
import { seed } from './seed.ts';
import { defer_by_pt_mm, defer_steps, type Hold } from './v1.ts';

function holding(hold: Hold, source: string): Design {
  const { pte_free_defer, pte_free_now } = defer_by_pt_mm(seed.page_table_free, hold);
  return {
    ...seed,
    source,
    pte_free_defer,
    callbacks: hold === 'mmdrop_async' ? { pte_free_now, mmdrop_async_fn } : { pte_free_now },
    steps: { ...seed.steps, ...defer_steps(hold) },
  };
}

const SOURCE = "v1's pte_free_defer() on top of the list-threading patch of 5 June 2023";

export const v1_on_seed = holding('mmdrop_async', SOURCE);
export const v1_on_seed_without_mmgrab = holding('nothing', `${SOURCE}, without mmgrab()`);
export const v1_on_seed_with_mmdrop = holding('mmdrop', `${SOURCE}, with mmdrop() in its callback`);
