import { v1 } from '../../models/s390_pgtable/v1.ts';
import { BYTE_01, BYTE_03, defer, free, on, V1_DEFER } from './_goldens.ts';
import { BY_LRU, BY_RCU_HEAD, FIRST_XOR, LISTED_AGAIN, masked_but, review } from './_review.ts';
import { among_walkers, bounded, broken, LIST_ADD, lost, NOT_ONCE } from './_v1.ts';

const deferred = (h: number) => [defer('CPU0', h), ...on('CPU0', 'pte_free_defer', ...V1_DEFER)];

/**
 * Everything breaks: one head for two tables (P5), the head over the words of the list (P6), one
 * pt_mm for two halves (P1, P4, P9), a lock in softirq that others hold with softirqs on (P13). The
 * client is bounded, for what a broken list leads to has no end: only the tables of the first page
 * are freed, once each.
 */
export default review('v1', v1, [...BY_LRU, ...BY_RCU_HEAD, ...LISTED_AGAIN], {
  pair: {
    claim:
      'page->rcu_head can be queued for each table (P5), and page->pt_mm tell the callback for which',
    scope: bounded,
    cpus: { once: true },
    never: NOT_ONCE,
    expected: masked_but(
      {
        ...broken,
        ...among_walkers,
      },
      ...['P3_lock', 'P8'],
    ),
    goldens: [
      { property: 'P5', initial: BYTE_03, steps: [...deferred(0), ...deferred(1)] },
      { property: 'P6_linked', initial: BYTE_01, steps: deferred(0) },
      {
        property: 'P6',
        initial: BYTE_03,
        steps: [
          ...deferred(1),
          free('CPU0', 0),
          ...on('CPU0', 'page_table_free', 'LOCK', FIRST_XOR, LIST_ADD),
        ],
      },
    ],
  },
  reuse: {
    scope: bounded,
    cpus: { once: true },
    expected: masked_but({ ...broken, P1: 'violated', P14_defer: lost }, ...['P3_lock']),
  },
  two_clients: {
    scope: bounded,
    cpus: { once: true },
    large: true,
    never: NOT_ONCE,
    expected: masked_but(
      {
        ...broken,
        ...among_walkers,
        // On one page nothing is lost before KASAN ends the schedule.
        P14_listed: 'masked',
        // Two deferrals at once race for the word even before a callback reads it.
        KCSAN: { verdict: 'violated', object: /^page\[.\]\.pt_mm/, steps: ['mmgrab(mm)'] },
      },
      ...['P3_lock', 'P8', 'P14_defer'],
    ),
  },
  exits: {
    claim: 'mmgrab() and mmdrop_async() keep the mm for the callback',
    scope: bounded,
    cpus: { once: true },
    never: ['a deferred page waits when the mm is gone'],
    expected: masked_but(
      { ...broken, P1: 'violated', free_mm: 'violated', free_mm_at_exit: lost },
      ...['P3_lock', 'P7'],
    ),
  },
});
