import { check } from 'heddle';
import { on_cpus } from '../../models/powerpc_pgtable/design.ts';
import { ppc3 } from '../../models/powerpc_pgtable/ppc3.ts';
import { goals, properties } from '../../models/powerpc_pgtable/properties.ts';
import { SCOPE } from './_review.ts';

/**
 * What all designs share: two CPUs both find no fragment and allocate a page, of which the second
 * is for one fragment alone.
 */
export default check(
  on_cpus(ppc3, { clients: 2, others: 0, walk: false, plain: true, size: { pages: 2 } }),
  {
    design: 'ppc3',
    claim: 'pt_frag_refcount counts the fragments in use and those never handed out',
    source: 'pte_fragment_alloc() in arch/powerpc/mm/pgtable-frag.c, Linux 6.4 to 6.6',
    scope: SCOPE,
    properties: {
      ...properties('P2', 'P2_access', 'P4', 'P10', 'P12', 'P13'),
      ...goals('two pages are in use', 'a page was allocated for one fragment'),
    },
  },
);
