import { check, never, PageActive } from 'heddle';
import { some_page } from '../../../models/pgtable/properties.ts';
import { has } from '../../../models/pgtable/sets.ts';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { is_listed } from '../../../models/s390_pgtable/page.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { BYTE_03, defer, free, on } from '../_goldens.ts';
import { FIRST_XOR, SCOPE } from '../_review.ts';

const LOOK = 'PageActive(page)';
const LIST_ADD = 'list_add(&page->lru, &mm->context.pgtable_list)';

/**
 * Claim C19, read strictly and as it is meant. Gerald Schaefer asked, Hugh Dickins answered on 5
 * July 2023: harmless.
 */
export default check(on_cpus(v3, { clients: 2, walk: false, size: { pages: 1 } }), {
  claim:
    'C19: a page is never on the free list once pte_free_defer() was used on either of its halves',
  source: 'v3 of 11 July 2023 (message-id 94eccf5f-...); Hugh Dickins, 5 July 2023',
  scope: SCOPE,
  properties: {
    'C19_strict: no page is listed while it is Active': never((s) =>
      some_page(s, (page, index) => PageActive(page) && is_listed(s, index)),
    ),
    'C19_weak: no page is listed once its deferrer has looked at the list, until it is freed':
      never((s) => some_page(s, (_page, index) => has(s.deferred, index) && is_listed(s, index))),
  },
  expected: {
    C19_strict: { verdict: 'violated', steps: ['SetPageActive(page)'] },
  },
  goldens: [
    {
      property: 'C19_strict',
      initial: BYTE_03,
      steps: [
        free('CPU0', 1),
        ...on('CPU0', 'page_table_free', 'LOCK', FIRST_XOR, LOOK),
        defer('CPU1', 0),
        'CPU1 pte_free_defer: SetPageActive(page)',
        `CPU0 page_table_free: ${LIST_ADD}`,
      ],
    },
  ],
});
