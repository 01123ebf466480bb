import { check } from 'heddle';
import { on_cpus } from '../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../models/s390_pgtable/properties.ts';
import { seed } from '../../models/s390_pgtable/seed.ts';
import { BYTE_03, enter, free, on } from './_goldens.ts';
import { FIRST_XOR, fallback_is_weak, SCOPE } from './_review.ts';

const READ = 'pte = READ_ONCE(*ptep)';

/**
 * Jason Gunthorpe, 6 June 2023: the table is written before its grace period, in sight of a walker.
 */
const list_pointer = [
  ...enter('walker', 0),
  'CPU0 free_pgtables: pmd_clear(pmd) [0]',
  ...on('CPU0', 'page_table_free_rcu', 'LOCK', FIRST_XOR),
  ...on(
    'CPU0',
    'page_table_free_rcu',
    ...['read neighbour', 'next->prev = new', 'new->next = next'].map(
      (s) => `list_add_tail(table): ${s}`,
    ),
  ),
];

/**
 * And on: the rest of list_add_tail(), then the buddy is freed, which takes table 0 off the list
 * and poisons it.
 */
const poison = [
  ...list_pointer,
  ...on(
    'CPU0',
    'page_table_free_rcu',
    ...['new->prev = prev', 'prev->next = new'].map((s) => `list_add_tail(table): ${s}`),
    'UNLOCK',
  ),
  'CPU0 tlb_remove_table: batch = __get_free_page(GFP_NOWAIT) [0]',
  'CPU0 tlb_remove_table: batch->tables[batch->nr++] = table',
  'CPU0 tlb_finish_mmu: tlb_table_invalidate(tlb)',
  'CPU0 tlb_finish_mmu: call_rcu(&batch->rcu, tlb_remove_table_rcu)',
  free('CPU0', 1),
  ...on('CPU0', 'page_table_free', 'LOCK', FIRST_XOR),
  ...on(
    'CPU0',
    'page_table_free',
    ...['read next', 'read prev', 'next->prev = prev', 'prev->next = next'].map(
      (s) => `list_del(buddy): ${s}`,
    ),
    'list_del(buddy): entry->next = LIST_POISON1',
  ),
];

/** The list is right; what a walker can see of it is not. */
export default check(on_cpus(seed, { clients: 1, walkers: 1 }), {
  claim:
    'the list of free halves can be threaded through the first two longs of the free tables (P8)',
  source: seed.source,
  scope: SCOPE,
  properties: {
    ...properties(
      ...(['P1', 'P2', 'P2_access', 'P3', 'P4', 'P8'] as const),
      ...(['P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback', 'P10', 'P12'] as const),
    ),
    ...goals(),
  },
  expected: {
    P8: {
      verdict: 'violated',
      steps: ['pmd_clear(pmd)', FIRST_XOR, 'list_add_tail(table): new->next = next', READ],
    },
    P9_rcu_fallback: fallback_is_weak,
  },
  goldens: [
    { property: 'P8', initial: BYTE_03, steps: [...list_pointer, `walker gup_fast: ${READ} [0]`] },
    { property: 'P8', initial: BYTE_03, steps: [...poison, `walker gup_fast: ${READ} [0]`] },
  ],
});
