/**
 * PPC3-fixed: a later kernel's PPC3. pte_frag_destroy() clears the mark before it frees the page,
 * so that __free_page() does not complain; it still frees it at once.
 */
import { ClearPageActive } from 'heddle';
import { FREE } from '../pgtable/page.ts';
import type { Design } from './design.ts';
import { frag_destroy } from './fragments.ts';
import { free_inactive, ppc3 } from './ppc3.ts';

const CLEAR = 'folio_clear_active(page)';

export const ppc3_fixed: Design = {
  ...ppc3,
  source:
    'arch/powerpc/mm/pgtable-frag.c after Linux 6.6: folio_clear_active() in pte_frag_destroy()',
  pte_frag_destroy: frag_destroy((b) => [
    b.step(CLEAR, (s, l) => ClearPageActive(s.page[l.page])),
    free_inactive(b),
  ]),
  steps: {
    ...ppc3.steps,
    pte_frag_destroy: { ...ppc3.steps.pte_frag_destroy, clear: [CLEAR], free: [FREE] },
  },
};
