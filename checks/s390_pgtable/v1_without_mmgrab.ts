import { v1_without_mmgrab } from '../../models/s390_pgtable/v1_without_mmgrab.ts';
import { BY_LRU, BY_RCU_HEAD, LISTED_AGAIN, masked_but, QUEUE, review } from './_review.ts';
import { among_walkers, bounded, broken, lost, NOT_ONCE } from './_v1.ts';

/** Among walkers, on one page or two. */
const walked = masked_but({ ...broken, ...among_walkers }, ...['P3_lock', 'P8']);

/** All that breaks V1 breaks it too; what it adds is that the callback comes to a mm that is gone. */
export default review(
  'v1_without_mmgrab',
  v1_without_mmgrab,
  [...BY_LRU, ...BY_RCU_HEAD, ...LISTED_AGAIN],
  {
    pair: {
      scope: bounded,
      cpus: { once: true, size: { pages: 1 } },
      never: NOT_ONCE,
      // On one page nothing is lost before KASAN ends the schedule.
      expected: { ...walked, P14_listed: 'masked' },
    },
    large: {
      scope: bounded,
      cpus: { once: true, clients: 1, walkers: 1 },
      never: NOT_ONCE,
      expected: walked,
    },
    reuse: {
      scope: bounded,
      cpus: { once: true },
      expected: masked_but({ ...broken, P1: 'violated', P14_defer: lost }, ...['P3_lock']),
    },
    exits: {
      claim: 'a callback of pte_free_defer() needs no reference on the mm',
      scope: bounded,
      cpus: { once: true },
      expected: masked_but(
        {
          ...broken,
          P1: 'violated',
          P7: {
            verdict: 'violated',
            object: /^mm\[.\]\.context\.lock/,
            steps: [QUEUE, 'destroy_context(mm); free_mm(mm)', 'mm, h = page->pt_mm'],
          },
          free_mm: { verdict: 'violated', steps: [QUEUE, 'destroy_context(mm); free_mm(mm)'] },
          free_mm_at_exit: lost,
        },
        ...['P3_lock'],
      ),
    },
  },
);
