import { check } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../../models/s390_pgtable/properties.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { SCOPE } from '../_review.ts';

/** Claim C5: without a look at walkers, the list threaded through the tables is right. */
export default check(on_cpus(seed, { clients: 2, walk: false, size: { pages: 1 } }), {
  claim:
    'C5: s390 could thread the list of free halves through the first two longs of the free tables',
  source: seed.source,
  scope: SCOPE,
  properties: {
    ...properties('P1', 'P2', 'P2_access', 'P3', 'P4', 'P10', 'P12'),
    ...goals('both halves of a page are pending'),
  },
});
