import { check, reachable } from 'heddle';
import { some_page } from '../../../models/pgtable/properties.ts';
import { base } from '../../../models/s390_pgtable/base.ts';
import { base_without_p } from '../../../models/s390_pgtable/base_without_p.ts';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { BYTE_03, free, on } from '../_goldens.ts';
import { FIRST_XOR, SCOPE, TAKE } from '../_review.ts';

const SOURCE = 'the comment above page_table_alloc(), arch/s390/mm/pgalloc.c, Linux 6.1';
const cpus = { clients: 2, walk: false, size: { pages: 1 } };

/** Claim C17, both ways. */
export default {
  c17_without_p: check(on_cpus(base_without_p, { ...cpus, once: true }), {
    claim: 'C17: page_table_alloc() must test the P bits, or the byte goes to 0x13 or 0x23',
    source: SOURCE,
    scope: [...SCOPE, 'bounded: each table of the page is freed at most once'],
    properties: {
      ...properties('P1'),
      'the byte is 0x13': reachable((s) => some_page(s, ({ refcount }) => refcount === 0x13)),
      'the byte is 0x23': reachable((s) => some_page(s, ({ refcount }) => refcount === 0x23)),
    },
    expected: { P1: { verdict: 'violated', steps: [FIRST_XOR, TAKE] } },
    goldens: [
      {
        property: 'P1',
        initial: BYTE_03,
        steps: [
          free('CPU0', 0),
          ...on('CPU0', 'page_table_free', 'LOCK', FIRST_XOR),
          ...on('CPU0', 'page_table_free', 'list_add(&page->lru, &mm->context.pgtable_list)'),
          ...on('CPU0', 'page_table_free', 'UNLOCK'),
          ...on(
            'CPU1',
            'page_table_alloc',
            'LOCK',
            'list_empty(&mm->context.pgtable_list)',
            'page = list_first_entry(&mm->context.pgtable_list)',
            'mask = atomic_read(&page->_refcount) >> 24',
            TAKE,
          ),
        ],
      },
    ],
  }),
  c17_with_p: check(on_cpus(base, cpus), {
    claim: 'C17: with that test no half is ever allocated and pending at once',
    source: SOURCE,
    scope: SCOPE,
    properties: properties('P1'),
  }),
};
