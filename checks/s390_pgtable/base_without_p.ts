import type { Expectation } from 'heddle';
import { base_without_p } from '../../models/s390_pgtable/base_without_p.ts';
import { BY_LRU, FIRST_XOR, FREE, LISTED_AGAIN, masked_but, review, TAKE } from './_review.ts';

const twice: Expectation = { verdict: 'violated', steps: [FIRST_XOR, TAKE] };

/**
 * A pending half is handed out again: the byte goes to 0x13 or 0x23, and walkers lose what they were
 * promised. With one CPU that frees, that is all, for each bit is toggled by whoever owns it. With
 * two, the second xor of one half's first life meets its second: pages are freed while listed.
 */
export default review('base_without_p', base_without_p, [...BY_LRU, ...LISTED_AGAIN, 'P10'], {
  pair: {
    claim: 'page_table_alloc() may look at the A bits alone (the comment above it warns of that)',
    expected: {
      P1: twice,
      P9_irq: { verdict: 'violated', steps: ['local_irq_save', FIRST_XOR, TAKE] },
      P9_rcu_batched: { verdict: 'violated', steps: ['rcu_read_lock', FIRST_XOR, TAKE] },
    },
  },
  reuse: { expected: { P1: twice } },
  three_clients: {
    scope: ['bounded: each table of the page is freed at most once, all others are kept'],
    cpus: { once: true },
    expected: { P1: twice },
  },
  exits: { expected: { P1: twice } },
  two_clients: {
    claim: 'the bits survive it, for each is toggled by whoever owns it',
    scope: ['a corrupt list ends the schedule: what it leads to has no end'],
    cpus: { walk: false, rcu: { callbacks: 'softirq' } },
    facilities: { DEBUG_LIST: 'fatal' },
    // They hold in the other worlds; here what a corrupt list hides of them is not worth a look.
    unasked: ['P10', 'P13', 'P14'],
    expected: masked_but(
      {
        P1: twice,
        P2: { verdict: 'violated', steps: [FIRST_XOR, TAKE, FIRST_XOR] },
        P2_access: { verdict: 'violated', object: /^page/, steps: [FIRST_XOR, TAKE, FREE] },
        P3: { verdict: 'violated', steps: [FIRST_XOR, TAKE] },
        P3_list: { verdict: 'violated', object: /^page\[.\]\.lru$/, steps: [FIRST_XOR, TAKE] },
        P4: { verdict: 'violated', steps: [FIRST_XOR, TAKE] },
        P12: { verdict: 'violated', steps: [FIRST_XOR, TAKE] },
        P14_listed: { verdict: 'violated', steps: [FIRST_XOR, TAKE] },
        leak: { verdict: 'violated', steps: [FIRST_XOR, TAKE] },
        KCSAN: 'violated',
      },
      'P3_lock',
    ),
  },
});
