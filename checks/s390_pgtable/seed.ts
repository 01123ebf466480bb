import type { Expectation } from 'heddle';
import { seed } from '../../models/s390_pgtable/seed.ts';
import { BYTE_03, batched, enter, free, on } from './_goldens.ts';
import { FIRST_XOR, LISTED_AGAIN, review } from './_review.ts';

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
  ...batched('CPU0'),
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

const seen: Expectation = {
  verdict: 'violated',
  steps: ['pmd_clear(pmd)', FIRST_XOR, 'list_add_tail(table): new->next = next', READ],
};

/** What CONFIG_KCSAN would have said of it: a plain store where a walker reads a pte. */
const races: Expectation = {
  verdict: 'violated',
  object: /^page\[.\]\.table\[.\]\.pte/,
  steps: ['pmd = READ_ONCE(*pmdp)', 'pmd_clear(pmd)', FIRST_XOR],
};

/** The list is right; what a walker can see of it is not. */
export default review('seed', seed, [...LISTED_AGAIN, 'P10'], {
  pair: {
    claim:
      'the list of free halves can be threaded through the first two longs of the free tables (P8)',
    expected: { P8: seen, KCSAN: races },
    goldens: [
      {
        property: 'P8',
        initial: BYTE_03,
        steps: [...list_pointer, `walker gup_fast: ${READ} [0]`],
      },
      { property: 'P8', initial: BYTE_03, steps: [...poison, `walker gup_fast: ${READ} [0]`] },
    ],
  },
  two_clients: { expected: { P8: seen, KCSAN: races } },
  reuse: {},
  exits: {},
  large: { expected: { P8: 'violated', KCSAN: 'violated' } },
});
