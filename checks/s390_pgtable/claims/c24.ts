import { always, check, reachable } from 'heddle';
import { every_page, some_page } from '../../../models/pgtable/properties.ts';
import { has } from '../../../models/pgtable/sets.ts';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { is_listed } from '../../../models/s390_pgtable/page.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { SCOPE } from '../_review.ts';

/** Claim C24: what V3 costs. */
export default check(on_cpus(v3, { clients: 2, walk: false, size: { pages: 1 } }), {
  claim: 'C24: V3 wastes a half of a page for a while, but leaks nothing',
  source: 'Hugh Dickins, 2 July 2023; v3 of 11 July 2023 (message-id 94eccf5f-...)',
  scope: SCOPE,
  properties: {
    ...properties('P12'),
    'C24: no half of a deferred page is handed out again before the page is freed': always((s) =>
      every_page(s, (_page, i) => {
        return !(has(s.deferred, i) && has(s.handed[0], i) && has(s.handed[1], i));
      }),
    ),
    'a free half of a deferred page is of use to nobody': reachable((s) =>
      some_page(s, ({ refcount }, i) => {
        return has(s.deferred, i) && (refcount === 1 || refcount === 2) && !is_listed(s, i);
      }),
    ),
  },
});
