import { address_of, always, check, reachable } from 'heddle';
import { some_page } from '../../../models/pgtable/properties.ts';
import { has } from '../../../models/pgtable/sets.ts';
import { is_listed, listed, PTE_EMPTY } from '../../../models/s390_pgtable/page.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { type ThpState, with_deposits } from '../../../models/s390_pgtable/thp.ts';
import { SCOPE } from '../_review.ts';

const SOURCE = `${seed.source}; arch/s390/mm/pgtable.c, Linux 6.1`;

/** Whether it is true of every table that is deposited. */
function every_deposited(
  s: ThpState,
  predicate: (table: { page: number; h: number }) => boolean,
): boolean {
  for (let page = 0; page < s.page.length; page += 1) {
    for (const h of [0, 1]) {
      if (has(s.deposited[h], page) && !predicate({ page, h })) return false;
    }
  }
  return true;
}

const C11 = {
  'C11: a deposited table is allocated and no node of pgtable_list': always<ThpState>((s) =>
    every_deposited(s, ({ page, h }) => {
      const node = address_of(s.page[page].table[h].node);
      return (s.page[page].refcount & (1 << h)) !== 0 && !listed(s).includes(node);
    }),
  ),
  'both lists lie in the two tables of one page': reachable<ThpState>((s) =>
    some_page(
      s,
      (_page, i) => is_listed(s, i) && (has(s.deposited[0], i) || has(s.deposited[1], i)),
    ),
  ),
};

/** Claim C11: confirmed. */
export default {
  c11: check(with_deposits(seed, { clients: 2, size: { pages: 1 } }), {
    claim:
      'C11: no third and fourth longs are needed, for a deposited table is not on the list of free ones',
    source: SOURCE,
    scope: SCOPE,
    properties: { ...C11, ...properties('P1', 'P2', 'P2_access', 'P3', 'P4', 'P10') },
  }),
  c11_walked: check(
    with_deposits(seed, { clients: 1, size: { pages: 2 }, rcu: false, walkers: 1 }),
    {
      claim: 'C11: and no walker ever sees a deposited table',
      source: SOURCE,
      scope: [...SCOPE, 'left out: page_table_free_rcu(), which breaks P8 by itself (C6)'],
      properties: {
        ...C11,
        ...properties('P8', 'P9_irq', 'P9_rcu_batched'),
        'C11_ptes: a table that the client has is all none': always((s: ThpState) => {
          for (let page = 0; page < s.page.length; page += 1) {
            for (const h of [0, 1]) {
              if (!has(s.owned[h], page)) continue;
              const { pte } = s.page[page].table[h];
              if (pte[0] !== PTE_EMPTY || pte[1] !== PTE_EMPTY) return false;
            }
          }
          return true;
        }),
        'two tables are deposited': reachable(
          (s) =>
            [0, 1].reduce(
              (n, h) => n + (has(s.deposited[h], 0) ? 1 : 0) + (has(s.deposited[h], 1) ? 1 : 0),
              0,
            ) > 1,
        ),
      },
    },
  ),
};
