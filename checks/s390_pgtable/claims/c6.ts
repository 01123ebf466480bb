import { check } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { FIRST_XOR, fallback_is_weak, SCOPE } from '../_review.ts';

/** Claim C6: a table that waits for its grace period is written in sight of walkers. */
export default check(on_cpus(seed, { clients: 1, walk: false, walkers: 1, size: { pages: 1 } }), {
  claim: 'C6: threading the list through the tables is viable, for their owners are done with them',
  source: `${seed.source}; refuted by Jason Gunthorpe, 6 June 2023`,
  scope: SCOPE,
  properties: properties('P8', 'P9_rcu_fallback'),
  expected: {
    P8: {
      verdict: 'violated',
      steps: ['pmd_clear(pmd)', FIRST_XOR, 'list_add_tail(table): new->next = next'],
    },
    P9_rcu_fallback: fallback_is_weak,
  },
});
