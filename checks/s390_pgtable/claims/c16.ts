import { check, rcu_head_is_queued, reachable } from 'heddle';
import { some_page } from '../../../models/pgtable/properties.ts';
import { type Design, on_cpus } from '../../../models/s390_pgtable/design.ts';
import { draft } from '../../../models/s390_pgtable/draft.ts';
import { g28 } from '../../../models/s390_pgtable/g28.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { v2 } from '../../../models/s390_pgtable/v2.ts';
import { SCOPE } from '../_review.ts';

const fits = (design: Design) =>
  check(
    on_cpus(design, {
      clients: 2,
      walk: false,
      size: { pages: 1 },
      rcu: { callbacks: 'offloaded', consolidated: true },
    }),
    {
      claim:
        'C16: with two more bits, PPHHAA, both halves of a page can share page->rcu_head: it is queued once at a time',
      source: 'the mail of 5 June 2023 (message-id 175ebec8-...), as "maybe DD bits"',
      scope: [
        ...SCOPE,
        'a region with softirqs off or a spinlock held is an RCU reader (Linux 4.20 and later)',
        "callbacks offloaded: what else DRAFT's callbacks may not do in softirq is another matter (P13)",
      ],
      properties: {
        ...properties('P5', 'P6', 'P6_linked'),
        'both halves wait for the one head': reachable((s) =>
          some_page(s, ({ refcount, rcu_head }) => {
            return (refcount & 0x0c) === 0x0c && rcu_head_is_queued(rcu_head);
          }),
        ),
      },
    },
  );

/** Claim C16, confirmed of every design with these bits; G14's own fault is another (g14.ts). */
export default { c16_draft: fits(draft), c16_v2: fits(v2), c16_g28: fits(g28) };
