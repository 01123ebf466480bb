import { check } from 'heddle';
import { b0 } from '../../models/s390_pgtable/b0.ts';
import { on_cpus } from '../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../models/s390_pgtable/properties.ts';
import { BYTE_03, batch_ends, batched, free, free_rcu, on } from './_goldens.ts';
import { FREE, fallback_is_weak, masked_but, SCOPE, SECOND_XOR } from './_review.ts';

const LIST_ADD_TAIL = 'list_add_tail(&page->lru, &mm->context.pgtable_list)';
const ONE_XOR = 'm = atomic_xor_bits(&page->_refcount, 0x01 << h)';
const LIST_DEL = 'list_del(&page->lru)';

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

/**
 * Between the only xor of page_table_free() and its list_del(), a callback finds the byte 0 and
 * frees the page.
 */
export default check(on_cpus(b0, { clients: 1, walkers: 1 }), {
  claim: 'page_table_free() may decide by one xor whether the page is free',
  source:
    'commit c2c224932fd0 "s390/mm: fix 2KB pgtable release race", January 2022, which refutes it',
  scope: SCOPE,
  properties: {
    ...properties(
      ...(['P1', 'P2', 'P2_access', 'P3', 'P3_lock', 'P3_list', 'P4', 'P8'] as const),
      ...(['P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback', 'P12'] as const),
    ),
    ...goals(),
  },
  expected: masked_but(
    {
      P2: { verdict: 'violated', steps: [ONE_XOR, SECOND_XOR, FREE] },
      P2_access: { verdict: 'violated', object: /^page\[.\]\.lru/, steps: [FREE, LIST_DEL] },
      P9_rcu_fallback: fallback_is_weak,
    },
    ...['P1', 'P3', 'P3_lock', 'P3_list', 'P4', 'P8', 'P9_irq', 'P9_rcu_batched', 'P12'],
  ),
  goldens: [
    { property: 'P2', initial: BYTE_03, steps: freed_while_listed },
    {
      property: 'P2_access',
      initial: BYTE_03,
      steps: [...freed_while_listed, `CPU0 page_table_free: ${LIST_DEL}`],
    },
  ],
});
