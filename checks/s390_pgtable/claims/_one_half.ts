/**
 * The world of the claims about V1's callback and its mm: khugepaged defers, a task exits. Only
 * lower tables are deferred and the list is SEED's, so that nothing else is wrong with V1.
 */
import { is_live, NONE, type Property, rcu_head_is_queued, reachable } from 'heddle';
import { some_page } from '../../../models/pgtable/properties.ts';
import type { Cpus } from '../../../models/s390_pgtable/design.ts';
import { MM, type State } from '../../../models/s390_pgtable/page.ts';
import { SCOPE } from '../_review.ts';

export const one_half: Cpus = {
  clients: 1,
  walk: false,
  exits: true,
  defer_lower: true,
  size: { pages: 1 },
};

export const ONE_HALF_SCOPE: readonly string[] = [
  ...SCOPE,
  'bounded: only lower tables are deferred, and the list is that of 5 June 2023, so that neither page->rcu_head nor page->pt_mm is shared',
  'left out: walkers',
];

/** A goal: a callback is to come although all tasks have left the mm, which is still there or not. */
export function waits_after_exit(mm_is_live: boolean): Property<State> {
  return reachable((s) => {
    if (is_live(s.mm[MM]) !== mm_is_live || s.current_mm !== NONE) return false;
    return some_page(s, ({ rcu_head }) => rcu_head_is_queued(rcu_head));
  });
}
