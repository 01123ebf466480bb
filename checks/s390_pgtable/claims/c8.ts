import { check, claim, claimed } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { is_pointer, is_poison, pte_present } from '../../../models/s390_pgtable/pte.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { SCOPE } from '../_review.ts';
import { a_walker_meets, node_is_seen } from './_words.ts';

/**
 * Claim C8, asked as "could gup_fast pin a wrong page through a list pointer": it could not. It does
 * read list pointers and poison, but bit 0 of all of them is clear, so it takes none for present and
 * gives up.
 */
export default check(
  on_cpus(seed, {
    clients: 2,
    only: ['gup_fast'],
    size: { pages: 1 },
    look: (_s, pte) => claim('C8', !pte_present(pte)),
  }),
  {
    claim: 'C8: gup_fast pins no wrong page through a list pointer',
    source: `the thread about ${seed.source}; gup_pte_range(), mm/gup.c, Linux 6.1`,
    scope: SCOPE,
    properties: {
      'C8: gup_fast takes nothing that it reads for a present pte': claimed(),
      ...properties('P8', 'P9_irq'),
      'gup_fast is in a table that holds a list pointer': a_walker_meets('irq', is_pointer),
      'gup_fast is in a table that holds poison': a_walker_meets('irq', is_poison),
    },
    expected: { P8: node_is_seen },
  },
);
