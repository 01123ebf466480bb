import { check } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { hh_listed } from '../../../models/s390_pgtable/hh_listed.ts';
import { goals, properties } from '../../../models/s390_pgtable/properties.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { SCOPE } from '../_review.ts';

const SOURCE = 'Hugh Dickins, 2 July 2023 (message-id 7bef5695-...)';
const cpus = { clients: 1, walk: false };

/** Claim C23, confirmed: what list_add_tail() puts before the others blocks them. V3 does not. */
export default {
  c23_listed: check(on_cpus(hh_listed, cpus), {
    claim:
      'C23: a page with a deferred half, listed by list_add_tail(), can block the reuse of others for as long as its buddy lives',
    source: SOURCE,
    scope: SCOPE,
    properties: { ...properties('P14_defer'), ...goals('two pages are listed') },
    expected: {
      P14_defer: {
        verdict: 'violated',
        steps: [
          'm = atomic_xor_bits(&page->_refcount, 0x15 << h)',
          'list_add_tail(&page->lru, &mm->context.pgtable_list)',
          'list_add_tail(&page->lru, &mm->context.pgtable_list)',
        ],
      },
    },
  }),
  c23_not_listed: check(on_cpus(v3, cpus), {
    claim: 'C23: with such pages on no list, every listed half can be reused',
    source: SOURCE,
    scope: SCOPE,
    properties: { ...properties('P14_defer'), ...goals('two pages are listed') },
  }),
};
