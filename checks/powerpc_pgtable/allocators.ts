import { ppc3 } from '../../models/powerpc_pgtable/ppc3.ts';
import { allocators } from './_review.ts';

/** What all designs share. */
export default allocators('ppc3', ppc3, {
  claim: 'pt_frag_refcount counts the fragments in use and those never handed out',
});
