import type { Expectation } from 'heddle';
import { FREE } from '../../models/pgtable/page.ts';
import { ppc3 } from '../../models/powerpc_pgtable/ppc3.ts';
import { destroy, enter, ONE_IN_USE, PPC3_DEFER, retract, SUBTRACT } from './_goldens.ts';
import {
  BATCHES,
  DESTROY,
  PLAIN,
  type Review,
  review,
  THREE,
  THREE_DESTROY,
  TWO_CLIENTS,
} from './_review.ts';

const ids = ['P11'] as const;
const ACTIVE = 'SetPageActive(page)';

const expected: Readonly<Record<string, Expectation>> = {
  P9_rcu_batched: { verdict: 'violated', steps: ['rcu_read_lock', ACTIVE, SUBTRACT, FREE] },
  P11: { verdict: 'violated', steps: [ACTIVE, SUBTRACT, FREE] },
};

const alone: Review = {
  claim: 'a page of which any fragment was deferred is left to RCU by who drops its last reference',
  ids,
};

/** Whoever drops the last reference may be pte_frag_destroy(), which does not look at the mark. */
const with_destroy: Review = {
  claim: 'that holds at exit too',
  ids,
  expected,
  goldens: [
    { property: 'P11', initial: ONE_IN_USE, steps: [...retract(0, ...PPC3_DEFER), ...destroy()] },
    {
      property: 'P9_rcu_batched',
      initial: ONE_IN_USE,
      steps: [...enter(0), ...retract(0, ...PPC3_DEFER), ...destroy()],
    },
  ],
};

export default {
  ppc3: review('ppc3', ppc3, { ...alone, cpus: PLAIN }),
  ppc3_three_fragments: review('ppc3', ppc3, { ...alone, cpus: THREE }),
  ppc3_two_clients: review('ppc3', ppc3, { ...alone, cpus: TWO_CLIENTS }),
  ppc3_batches: review('ppc3', ppc3, { ...alone, cpus: BATCHES }),
  ppc3_destroy: review('ppc3', ppc3, { ...with_destroy, cpus: DESTROY }),
  ppc3_destroy_three_fragments: review('ppc3', ppc3, { ...with_destroy, cpus: THREE_DESTROY }),
};
