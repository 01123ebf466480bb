import { check, claimed, reachable } from 'heddle';
import { some_page } from '../../../models/pgtable/properties.ts';
import { base } from '../../../models/s390_pgtable/base.ts';
import { type BootState, with_cmma } from '../../../models/s390_pgtable/cmma.ts';
import { is_listed } from '../../../models/s390_pgtable/page.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { SCOPE } from '../_review.ts';

const SOURCE = 'Gerald Schaefer, 6 June 2023; arch/s390/mm/page-states.c, Linux 6.1';
const C14 = {
  'C14: it meets no page of pgtable_list': claimed<BootState>(),
  'C14_free: it takes no page in use for a free one': claimed<BootState>(),
  'C14_nodat: it tells of no page with page tables that there are none': claimed<BootState>(),
};

/** Claim C14: confirmed, by the order of boot alone. */
export default {
  c14: check(with_cmma(base, false), {
    claim: 'C14: cmma_init_nodat() never meets the list, for it runs before there is any user mm',
    source: SOURCE,
    scope: SCOPE,
    properties: {
      ...C14,
      'a page is listed afterwards': reachable((s) => some_page(s, (_page, i) => is_listed(s, i))),
    },
  }),
  c14_late: check(with_cmma(v3, true), {
    claim: 'C14: cmma_init_nodat() could as well run later',
    source: SOURCE,
    scope: [...SCOPE, 'bounded: each table of the first user page is freed at most once'],
    properties: C14,
    expected: { C14: 'violated', C14_free: 'violated', C14_nodat: 'violated' },
  }),
};
