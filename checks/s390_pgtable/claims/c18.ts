import { check, type Expectation } from 'heddle';
import { b0 } from '../../../models/s390_pgtable/b0.ts';
import { base } from '../../../models/s390_pgtable/base.ts';
import { type Cpus, on_cpus } from '../../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../../models/s390_pgtable/properties.ts';
import { FREE, masked_but, SCOPE, SECOND_XOR } from '../_review.ts';

const SOURCE = 'commit c2c224932fd0 "s390/mm: fix 2KB pgtable release race", January 2022';
const ONE_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x01 << h)';
const cpus: Cpus = { clients: 2, walk: false, size: { pages: 1 } };

const freed_early: Readonly<Record<string, Expectation>> = {
  P2: { verdict: 'violated', steps: [ONE_XOR, SECOND_XOR, FREE] },
  P2_access: {
    verdict: 'violated',
    object: /^page\[.\]\.lru/,
    steps: [ONE_XOR, SECOND_XOR, FREE, 'list_del(&page->lru)'],
  },
};

/**
 * Claim C18, confirmed as a pair. With one xor the byte is 0 for a callback before page_table_free()
 * has taken the page off the list; the P bit that it sets with its first xor and clears with its
 * second keeps the byte from it until then.
 */
export default {
  c18_one_xor: check(on_cpus(b0, { ...cpus, clients: 1 }), {
    claim: 'C18: page_table_free() needs two xors, with the P bit set from the first to the second',
    source: SOURCE,
    scope: SCOPE,
    properties: properties('P2', 'P2_access', 'P3'),
    expected: masked_but(freed_early, 'P3'),
  }),
  c18_two_xors: check(on_cpus(base, cpus), {
    claim: 'C18: with them a page is freed once, and off the list',
    source: SOURCE,
    scope: SCOPE,
    properties: {
      ...properties('P2', 'P2_access', 'P3'),
      ...goals('both halves of a page are pending'),
    },
  }),
};
