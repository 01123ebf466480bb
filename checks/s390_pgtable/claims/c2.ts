import { address_of, always, check } from 'heddle';
import { base } from '../../../models/s390_pgtable/base.ts';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import type { State } from '../../../models/s390_pgtable/page.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { v1 } from '../../../models/s390_pgtable/v1.ts';
import { masked_but, QUEUE, SCOPE, softirq_takes_lock } from '../_review.ts';

const SOURCE = 'Gerald Schaefer, 1 June 2023';
const one_page = { pages: 1 };

/** Word by word: next lies over next, func over prev. */
function overlays(s: State): boolean {
  for (const { lru, rcu_head } of s.page) {
    if (address_of(lru, 'next') !== address_of(rcu_head, 'next')) return false;
    if (address_of(lru, 'prev') !== address_of(rcu_head, 'func')) return false;
  }
  return true;
}

/**
 * Claim C2, as a fact about struct page and as what it does to V1, with one CPU and nothing running
 * beside it.
 */
export default {
  c2_layout: check(on_cpus(base, { clients: 1, walk: false, size: one_page }), {
    claim: 'C2: page->rcu_head overlays page->lru',
    source: `${SOURCE}; struct page, include/linux/mm_types.h, Linux 6.1`,
    scope: SCOPE,
    properties: { 'C2: rcu_head and lru are the same two words': always(overlays) },
  }),
  c2_single_threaded: check(
    on_cpus(v1, {
      clients: 1,
      walk: false,
      once: true,
      size: one_page,
      rcu: { callbacks: 'softirq' },
    }),
    {
      claim: 'C2: so V1 breaks the list of free halves even with a single CPU',
      source: SOURCE,
      scope: [...SCOPE, 'bounded: each table of the page is freed at most once'],
      properties: properties('P2', 'P6', 'P6_linked'),
      expected: masked_but({
        P6: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE] },
        P6_linked: { verdict: 'violated', steps: [QUEUE] },
        P2: 'violated',
        KASAN: 'violated',
        DEBUG_LIST: 'violated',
        DEBUG_OBJECTS_RCU_HEAD: 'violated',
        LOCKDEP: softirq_takes_lock,
        leak: 'violated',
      }),
    },
  ),
};
