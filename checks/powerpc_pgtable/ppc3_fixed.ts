import type { Expectation } from 'heddle';
import { FREE } from '../../models/pgtable/page.ts';
import { ppc3_fixed } from '../../models/powerpc_pgtable/ppc3_fixed.ts';
import { FRAGMENTS, GATHER } from './_equivalent.ts';
import { destroy, enter, ONE_IN_USE, PPC3_DEFER, retract, SUBTRACT } from './_goldens.ts';
import {
  allocators,
  DESTROY,
  gathers,
  PLAIN,
  type Review,
  review,
  THREE,
  THREE_DESTROY,
} from './_review.ts';

const ids = ['P11'] as const;
const equivalent = { ...GATHER, ...FRAGMENTS };
const CLEAR = 'folio_clear_active(page)';

const expected: Readonly<Record<string, Expectation>> = {
  P9_rcu_batched: {
    verdict: 'violated',
    steps: ['rcu_read_lock', 'SetPageActive(page)', SUBTRACT, CLEAR, FREE],
  },
};

/** The complaint is gone; the deferred fragment goes under its readers as before. */
const with_destroy: Review = {
  claim: 'pte_frag_destroy() may clear the mark and free the page at once',
  ids,
  expected,
  goldens: [
    {
      property: 'P9_rcu_batched',
      initial: ONE_IN_USE,
      steps: [...enter(0), ...retract(0, ...PPC3_DEFER), ...destroy(CLEAR)],
    },
  ],
};

export default {
  ppc3_fixed: review('ppc3_fixed', ppc3_fixed, { ids, equivalent, cpus: PLAIN }),
  ppc3_fixed_three_fragments: review('ppc3_fixed', ppc3_fixed, { ids, equivalent, cpus: THREE }),
  ppc3_fixed_allocators: allocators('ppc3_fixed', ppc3_fixed, { equivalent }),
  ppc3_fixed_gathers: gathers('ppc3_fixed', ppc3_fixed, { equivalent }),
  ppc3_fixed_destroy: review('ppc3_fixed', ppc3_fixed, { ...with_destroy, cpus: DESTROY }),
  ppc3_fixed_destroy_three_fragments: review('ppc3_fixed', ppc3_fixed, {
    ...with_destroy,
    cpus: THREE_DESTROY,
  }),
};
