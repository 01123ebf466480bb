import type { Expectation } from 'heddle';
import { base_pgste, v3_pgste } from '../../models/s390_pgtable/pgste.ts';
import { BY_RCU_HEAD, QUEUE, review, type Said } from './_review.ts';

const two_pages: Said = { cpus: { size: { pages: 2 } } };
const ids = [...BY_RCU_HEAD, 'P10', 'P11'] as const;
const LOOK = 'hugepage_vma_revalidate(vma)';

/**
 * s390_enable_sie() looks at has_pgste before it takes the mmap_lock, and another sets it under that:
 * what KCSAN reports of Linux 6.6 too, and harmless, for the flag only ever goes to 1.
 */
const flag_races: Expectation = {
  verdict: 'violated',
  object: /has_pgste$/,
  known:
    's390_enable_sie() first looks at has_pgste without the mmap_lock, and it only ever goes to 1',
};

/**
 * Tables of 4K. Nothing is wrong with how V3 frees them; what was wrong is the warning that it
 * should never have to.
 */
export default {
  ...review('base_pgste', base_pgste, ['P10'], { pair: {}, two_clients: two_pages, exits: {} }),
  ...review('v3_pgste', v3_pgste('nothing'), ids, {
    pair: { claim: 'pte_free_defer() of V3 is right for 4K tables too, so no warning is due' },
    two_clients: { ...two_pages, expected: { KCSAN: flag_races } },
    exits: {},
  }),
  ...review('v3_pgste_warning_posted', v3_pgste('alloc_pgste'), ids, {
    pair: {
      claim: 'WARN_ON_ONCE(mm_alloc_pgste(mm)), as posted on 11 July 2023, warns of guests only',
      expected: { P10: { verdict: 'violated', steps: [LOOK, QUEUE] } },
    },
  }),
  ...review('v3_pgste_warning_merged', v3_pgste('has_pgste'), ids, {
    two_clients: {
      claim:
        'WARN_ON_ONCE(mm_has_pgste(mm)), as merged, never fires, for guests have no huge pages',
      // There is one table, and a batch that waits for both has it.
      never: ['a batch waits while both kinds of walker are under way'],
      expected: {
        KCSAN: flag_races,
        P10: { verdict: 'violated', steps: [LOOK, 'mm->context.has_pgste = 1', QUEUE] },
      },
    },
  }),
  ...review('v3_pgste_without_init', v3_pgste('nothing', false), ids, {
    pair: {
      claim: 'a page that is never listed needs no INIT_LIST_HEAD(&page->lru)',
      expected: { P10: { verdict: 'violated', steps: ['page_table_release_check(page)'] } },
    },
  }),
};
