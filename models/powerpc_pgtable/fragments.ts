/**
 * What all designs have in common: pte_fragment_alloc() and pte_frag_destroy() of
 * arch/powerpc/mm/pgtable-frag.c, Linux 6.4 to 6.6. Fragments are handed out one after the other
 * and never again. Left out: kernel page tables, which come from init_mm, never from khugepaged, and
 * are freed at once; pages that are PageReserved; failure of the constructor.
 */
import {
  atomic_read,
  atomic_set,
  atomic_sub_return,
  BUG_ON,
  type Builder,
  NONE,
  type Nodes,
  NULL,
  ref,
  type StepNode,
  spin_lock,
  spin_unlock,
  uint,
  word,
} from 'heddle';
import type { Steps } from '../pgtable/functions.ts';
import { FREE, hand_out } from '../pgtable/page.ts';
import { alloc_page, fragment_address, fragment_at, powerpc, type State, TABLE } from './page.ts';

const lock = (s: State) => s.mm.page_table_lock;
const LOCK = 'mm->page_table_lock';

export const pte_fragment_alloc = powerpc.fn(
  'pte_fragment_alloc',
  { locals: { ...TABLE, pte_frag: word() } },
  (b) => [
    // get_pte_from_cache()
    b.call(spin_lock, lock, LOCK),
    b.step('ret = mm->context.pte_frag', (s, l) => {
      l.pte_frag = s.mm.context.pte_frag;
      if (l.pte_frag === NULL) return;
      fragment_at(s, l.pte_frag, l);
      hand_out(s, l.page, l.h);
    }),
    b.when('ret', (l) => l.pte_frag !== NULL, [
      b.local((l) => {
        l.pte_frag = NULL;
      }),
      b.step('mm->context.pte_frag = ret + PTE_FRAG_SIZE', (s, l) => {
        s.mm.context.pte_frag = next_fragment(s, l.page, l.h);
      }),
    ]),
    b.call(spin_unlock, lock, LOCK),
    b.when('a fragment was taken', (l) => l.page !== NONE, [b.return()]),
    // __alloc_for_ptecache()
    alloc_page(b),
    b.when('no memory', (l) => l.page === NONE, [b.return()]),
    b.step('atomic_set(&page->pt_frag_refcount, 1)', (s, l) => {
      atomic_set(s.page[l.page], 'pt_frag_refcount', 1);
      hand_out(s, l.page, 0);
    }),
    b.call(spin_lock, lock, LOCK),
    b.test('!mm->context.pte_frag', (s) => s.mm.context.pte_frag === NULL, [
      b.step('atomic_set(&page->pt_frag_refcount, PTE_FRAG_NR)', (s, l) => {
        atomic_set(s.page[l.page], 'pt_frag_refcount', s.owned.length);
      }),
      b.step('mm->context.pte_frag = ret + PTE_FRAG_SIZE (new page)', (s, l) => {
        s.mm.context.pte_frag = next_fragment(s, l.page, 0);
      }),
    ]),
    b.call(spin_unlock, lock, LOCK),
  ],
);

/** NULL where `h` is the last of its page. */
function next_fragment(s: State, page: number, h: number): number {
  return h + 1 < s.owned.length ? fragment_address(s, page, h + 1) : NULL;
}

export const BUG = 'BUG_ON(atomic_read(&page->pt_frag_refcount) <= 0)';
export const DEC = 'atomic_dec_and_test(&page->pt_frag_refcount)';

/** pte_fragment_free() up to its decrement: who drops the last reference goes on with `last`. */
export function drop(b: Builder<State, { page: number }>, last: Nodes): Nodes {
  return [
    b.step(BUG, (s, l) => {
      BUG_ON(atomic_read(s.page[l.page], 'pt_frag_refcount') <= 0, 'pt_frag_refcount <= 0');
    }),
    b.test(DEC, (s, l) => atomic_sub_return(s.page[l.page], 'pt_frag_refcount', 1) === 0, last),
  ];
}

/**
 * pte_frag_destroy() of what the mm never handed out: at the beginning of exit_mmap(), when mm_users
 * is 0 and nobody allocates any more. The page is freed with `release` if no fragment is in use, at
 * once.
 */
export function frag_destroy(release: (b: Builder<State, { page: number }>) => StepNode | Nodes) {
  return powerpc.fn('pte_frag_destroy', { locals: { page: ref('page'), count: uint(2) } }, (b) => [
    b.step('frag = mm->context.pte_frag', (s, l) => {
      const frag = { page: NONE, h: 0 };
      fragment_at(s, s.mm.context.pte_frag, frag);
      l.page = frag.page;
      l.count = frag.h;
    }),
    b.when('frag', (l) => l.page !== NONE, [
      b.test(
        'atomic_sub_and_test(PTE_FRAG_NR - count, &page->pt_frag_refcount)',
        (s, l) => {
          const unused = s.owned.length - l.count;
          l.count = 0;
          return atomic_sub_return(s.page[l.page], 'pt_frag_refcount', unused) === 0;
        },
        [release(b)],
      ),
    ]),
  ]);
}

export const alloc_steps = {
  pte_fragment_alloc: {
    lock: ['spin_lock(mm->page_table_lock) *'],
    take: ['ret = mm->context.pte_frag', 'ret'],
    advance: ['mm->context.pte_frag = ret + PTE_FRAG_SIZE'],
    unlock: ['spin_unlock(mm->page_table_lock) *', 'a fragment was taken'],
    page: ['page = alloc_page(PGALLOC_GFP); pgtable_pte_page_ctor(page)', 'no memory'],
    'refcount 1': ['atomic_set(&page->pt_frag_refcount, 1)'],
    'lock again': ['spin_lock(mm->page_table_lock) #2 *'],
    'still none': ['!mm->context.pte_frag'],
    'refcount FRAG_NR': ['atomic_set(&page->pt_frag_refcount, PTE_FRAG_NR)'],
    'second fragment': ['mm->context.pte_frag = ret + PTE_FRAG_SIZE (new page)'],
    'unlock again': ['spin_unlock(mm->page_table_lock) #2 *'],
  },
} satisfies Steps;

export const destroy_steps = {
  pte_frag_destroy: {
    frag: ['frag = mm->context.pte_frag', 'frag'],
    subtract: ['atomic_sub_and_test(PTE_FRAG_NR - count, &page->pt_frag_refcount)'],
    free: [FREE],
  },
} satisfies Steps;
