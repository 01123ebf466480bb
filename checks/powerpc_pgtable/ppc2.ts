import { ppc2 } from '../../models/powerpc_pgtable/ppc2.ts';
import { BATCHES, DESTROY, PLAIN, review, THREE, THREE_DESTROY, TWO_CLIENTS } from './_review.ts';

/** Its count says which deferrals still wait, so that pte_frag_destroy() never finds it 0 early. */
const claim = 'one page->rcu_head serves all deferred fragments, by a count of those that wait';

export default {
  ppc2: review('ppc2', ppc2, { claim, cpus: PLAIN }),
  ppc2_three_fragments: review('ppc2', ppc2, { claim, cpus: THREE }),
  ppc2_two_clients: review('ppc2', ppc2, { claim, cpus: TWO_CLIENTS }),
  ppc2_batches: review('ppc2', ppc2, { claim, cpus: BATCHES }),
  ppc2_destroy: review('ppc2', ppc2, { claim, cpus: DESTROY }),
  ppc2_destroy_three_fragments: review('ppc2', ppc2, { claim, cpus: THREE_DESTROY }),
};
