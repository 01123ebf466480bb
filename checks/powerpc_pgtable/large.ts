import type { Check } from 'heddle';
import type { State } from '../../models/powerpc_pgtable/page.ts';
import { ppc1 } from '../../models/powerpc_pgtable/ppc1.ts';
import { ppc2 } from '../../models/powerpc_pgtable/ppc2.ts';
import { ppc3 } from '../../models/powerpc_pgtable/ppc3.ts';
import { ppc3_fixed } from '../../models/powerpc_pgtable/ppc3_fixed.ts';
import { review, TWO_PAGES, TWO_PAGES_DESTROY } from './_review.ts';

const ids = ['P11'] as const;
const size = 'large';
const betrayed = { P9_rcu_batched: 'violated' } as const;
const lost = { P5: 'violated', P12: 'violated', leak: 'violated' } as const;

export default {
  ppc1_two_pages: review('ppc1', ppc1, { size, expected: lost, cpus: TWO_PAGES }),
  ppc2_two_pages: review('ppc2', ppc2, { size, cpus: TWO_PAGES }),
  ppc2_destroy_two_pages: review('ppc2', ppc2, { size, cpus: TWO_PAGES_DESTROY }),
  ppc3_two_pages: review('ppc3', ppc3, { size, ids, cpus: TWO_PAGES }),
  ppc3_destroy_two_pages: review('ppc3', ppc3, {
    size,
    ids,
    expected: { ...betrayed, P11: 'violated' },
    cpus: TWO_PAGES_DESTROY,
  }),
  ppc3_fixed_destroy_two_pages: review('ppc3_fixed', ppc3_fixed, {
    size,
    ids,
    expected: betrayed,
    cpus: TWO_PAGES_DESTROY,
  }),
} satisfies Record<string, Check<State>>;
