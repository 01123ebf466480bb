import {
  check,
  claimed,
  list_is_well_formed,
  never,
  reachable,
  spin_is_locked,
  whenever,
} from 'heddle';
import { some_page } from '../../../models/pgtable/properties.ts';
import { base } from '../../../models/s390_pgtable/base.ts';
import { type GmapState, is_on_gmap, with_gmap } from '../../../models/s390_pgtable/gmap.ts';
import { is_listed } from '../../../models/s390_pgtable/page.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { masked_but, SCOPE } from '../_review.ts';

const C13 = {
  'C13: no page is on a list of a gmap and on pgtable_list': never<GmapState>((s) =>
    some_page(s, (_page, i) => is_on_gmap(s, i) && is_listed(s, i)),
  ),
  "C13_lists: a gmap's lists are whole whenever its lock is free": whenever<GmapState>(
    (s) => !spin_is_locked(s.gmap.guest_table_lock),
    (s) => list_is_well_formed(s.gmap.crst_list) && list_is_well_formed(s.gmap.pt_list),
  ),
};

/** Claim C13: confirmed; and what would come of a gmap that were not so. */
export default {
  c13: check(with_gmap(base, { pages: 2 }), {
    claim: "C13: gmap.c's use of page->lru is disjoint from that of pgtable_list",
    source: 'the mail of 5 June 2023 (message-id 175ebec8-...); arch/s390/mm/gmap.c, Linux 6.1',
    scope: SCOPE,
    properties: {
      ...C13,
      "C13_free: a gmap frees pages of its own, on nobody's list": claimed(),
      ...properties('P1', 'P2', 'P2_access', 'P3', 'P3_list', 'P4', 'P13'),
      'a page of each kind is listed': reachable<GmapState>(
        (s) =>
          some_page(s, (_page, i) => is_on_gmap(s, i)) &&
          some_page(s, (_page, i) => is_listed(s, i)),
      ),
    },
  }),
  c13_fragment: check(with_gmap(base, { pages: 1 }, true), {
    claim: 'C13: a gmap could list the 2K table of a process all the same',
    source: 'made up, to show what the other check looks for',
    scope: [...SCOPE, 'bounded: each table of the page is freed at most once'],
    properties: { ...C13, ...properties('P2', 'P3', 'P3_list', 'P4') },
    expected: masked_but({
      C13: 'violated',
      C13_lists: 'violated',
      P3: 'violated',
      P3_list: 'violated',
      P2: 'violated',
      P4: 'violated',
      KASAN: 'violated',
    }),
  }),
};
