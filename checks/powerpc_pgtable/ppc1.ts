import type { Expectation } from 'heddle';
import { QUEUE } from '../../models/pgtable/page.ts';
import { ppc1 } from '../../models/powerpc_pgtable/ppc1.ts';
import { ALL_IN_USE, PPC1_DEFER, retract } from './_goldens.ts';
import { DESTROY, PLAIN, type Review, review, THREE, THREE_DESTROY } from './_review.ts';

const expected: Readonly<Record<string, Expectation>> = {
  P5: { verdict: 'violated', object: /^page\[.\]\.rcu_head$/, steps: [QUEUE, QUEUE] },
  // CONFIG_DEBUG_OBJECTS_RCU_HEAD loses both callbacks, so two references are never dropped.
  P12: { verdict: 'violated', steps: [QUEUE, QUEUE] },
  leak: { verdict: 'violated', object: /^page/, steps: [QUEUE, QUEUE] },
};

/** Two deferrals queue one head. What is left of the design is right, with its exits too. */
const refuted: Review = {
  claim: 'page->rcu_head can be queued for each fragment',
  expected,
  goldens: [
    {
      property: 'P5',
      initial: ALL_IN_USE,
      steps: [...retract(0, ...PPC1_DEFER), ...retract(1, ...PPC1_DEFER)],
    },
  ],
};

export default {
  ppc1: review('ppc1', ppc1, { ...refuted, cpus: PLAIN }),
  ppc1_three_fragments: review('ppc1', ppc1, { ...refuted, cpus: THREE }),
  ppc1_destroy: review('ppc1', ppc1, { ...refuted, cpus: DESTROY }),
  ppc1_destroy_three_fragments: review('ppc1', ppc1, { ...refuted, cpus: THREE_DESTROY }),
};
