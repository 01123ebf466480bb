import { v1_on_seed } from '../../models/s390_pgtable/v1_on_seed.ts';
import { BY_RCU_HEAD, FIRST_XOR, LISTED_AGAIN, masked_but, QUEUE, review } from './_review.ts';
import { among_walkers, bounded, broken, lost, NOT_ONCE } from './_v1.ts';

const { P5, P12, P13, P14_listed, leak, KCSAN } = broken;
const P1 = among_walkers.P1 ?? 'violated';

/** Among walkers, on one page or two. */
const walked = masked_but(
  {
    ...among_walkers,
    P3: { verdict: 'violated', steps: [QUEUE, FIRST_XOR] },
    P5,
    P8: { verdict: 'violated', steps: ['pmd_clear(pmd)', FIRST_XOR] },
    P12,
    P13,
    leak,
    KCSAN,
  },
  ...['P2', 'P2_access', 'P4', 'P6', 'P6_linked'],
);

/**
 * The list no longer uses the words of page->rcu_head, so P6 and the lists stay whole; the one head
 * and the one pt_mm of two tables are as they were, and walkers see the list. A callback that waits
 * for the lock its own CPU holds ends schedules, so what is not violated is masked.
 */
export default review('v1_on_seed', v1_on_seed, [...BY_RCU_HEAD, ...LISTED_AGAIN], {
  pair: {
    scope: bounded,
    cpus: { once: true, size: { pages: 1 } },
    never: NOT_ONCE,
    expected: walked,
  },
  large: {
    scope: bounded,
    cpus: { once: true, clients: 1, walkers: 1 },
    never: NOT_ONCE,
    expected: { ...walked, P14_listed },
  },
  reuse: {
    scope: bounded,
    cpus: { once: true },
    expected: { P1, P3: 'violated', P5, P12, P13, P14_listed, leak, KCSAN, P14_defer: lost },
  },
  exits: {
    scope: bounded,
    cpus: { once: true },
    never: ['a deferred page waits when the mm is gone'],
    expected: {
      P1,
      P3: 'violated',
      P5,
      P12,
      P13,
      P14_listed,
      leak,
      KCSAN,
      free_mm: 'violated',
      free_mm_at_exit: lost,
    },
  },
});
