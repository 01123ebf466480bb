import type { Expectation } from 'heddle';
import { b0 } from '../../models/s390_pgtable/b0.ts';
import { BYTE_03, batch_ends, batched, free, free_rcu, on } from './_goldens.ts';
import {
  BY_LRU,
  FREE,
  fallback_is_weak,
  LISTED_AGAIN,
  masked_but,
  review,
  SECOND_XOR,
} from './_review.ts';

const LIST_ADD_TAIL = 'list_add_tail(&page->lru, &mm->context.pgtable_list)';
const ONE_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x01 << h)';
const LIST_DEL = 'list_del(&page->lru)';
const ALLOC = 'page = alloc_page(); pgtable_pte_page_ctor(page)';

/**
 * Commit c2c224932fd0 tells it for half 0 freed by RCU and half 1 freed plainly; here it is the
 * other way round.
 */
const freed_while_listed = [
  ...free_rcu('CPU0', 1, LIST_ADD_TAIL),
  ...batched('CPU0'),
  free('CPU0', 0),
  ...on('CPU0', 'page_table_free', 'LOCK', ONE_XOR),
  ...batch_ends('rcuo'),
  `rcuo softirq __tlb_remove_table: ${FREE}`,
];

const freed_early: Readonly<Record<string, Expectation>> = {
  P2: { verdict: 'violated', steps: [ONE_XOR, SECOND_XOR, FREE] },
  P2_access: { verdict: 'violated', object: /^page\[.\]\.lru/, steps: [FREE, LIST_DEL] },
};
const ids = ['P1', 'P3', 'P3_lock', 'P3_list', 'P4', 'P12', 'P13'];

/**
 * Between the only xor of page_table_free() and its list_del(), a callback finds the byte 0 and
 * frees the page.
 */
const BOUNDED = ['bounded: each table of the page is freed at most once, all others are kept'];

const found: Readonly<Record<string, Expectation>> = {
  ...freed_early,
  P3: { verdict: 'violated', steps: [ONE_XOR, FREE, ALLOC, LIST_DEL] },
  P3_list: {
    verdict: 'violated',
    object: /^page\[.\]\.lru$/,
    steps: [ONE_XOR, FREE, ALLOC, LIST_DEL],
  },
  P4: { verdict: 'violated', steps: [ONE_XOR, FREE, ALLOC, LIST_DEL] },
  P12: { verdict: 'violated', steps: [ONE_XOR, FREE, ALLOC, LIST_DEL] },
};

export default {
  ...review('b0', b0, [...BY_LRU, ...LISTED_AGAIN], {
    pair: {
      claim:
        'page_table_free() may decide by one xor whether the page is free (refuted by c2c224932fd0)',
      expected: {
        ...masked_but(freed_early, ...ids, 'P8', 'P9_irq', 'P9_rcu_batched'),
        P9_rcu_fallback: fallback_is_weak,
      },
      goldens: [
        { property: 'P2', initial: BYTE_03, steps: freed_while_listed },
        {
          property: 'P2_access',
          initial: BYTE_03,
          steps: [...freed_while_listed, `CPU0 page_table_free: ${LIST_DEL}`],
        },
      ],
    },
    reuse: { expected: masked_but(freed_early, ...ids, 'P14') },
    three_clients: {
      scope: BOUNDED,
      cpus: { once: true },
      expected: masked_but(found, 'P1', 'P3_lock', 'P13'),
    },
    exits: { expected: masked_but(freed_early, ...ids, 'P7', 'free_mm') },
  }),
  // What follows, as a row of its own: the freed page is somebody else's again before list_del().
  ...review('b0_reallocated', b0, [...BY_LRU, ...LISTED_AGAIN], {
    two_clients: {
      claim: 'if the page is freed early, KASAN will say so',
      scope: BOUNDED,
      cpus: { once: true },
      expected: {
        ...masked_but(found, 'P1', 'P3_lock', 'P8', 'P9_irq', 'P9_rcu_batched', 'P13', 'P14'),
        P9_rcu_fallback: fallback_is_weak,
      },
    },
  }),
};
