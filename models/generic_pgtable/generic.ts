/**
 * One table per page, as in mm/pgtable-generic.c of Linux 6.6 (pgtable_t is struct page *) and on
 * sparc64 (pgtable_t is pte_t *, one per page): pte_free_defer() is call_rcu() on the page's own
 * head. The world is that of powerpc's fragments with one fragment per page and no count of them.
 * Left out: failure of the constructor; sparc32; configurations without MMU_GATHER_RCU_TABLE_FREE.
 */
import { NONE } from 'heddle';
import { FREE, hand_out, pte_free_now, queue_page } from '../pgtable/page.ts';
import { freed_by } from '../powerpc_pgtable/batch.ts';
import type { Design } from '../powerpc_pgtable/design.ts';
import { alloc_page, free_page, powerpc, TABLE } from '../powerpc_pgtable/page.ts';

/** What takes a page back differs between the two only in how it says which page that is. */
interface Naming {
  /** Prefix of labels: how pte_free() and pte_free_defer() come from pgtable_t to the page. */
  readonly page: string;
  readonly source: string;
}

function one_table_per_page({ page, source }: Naming): Design {
  const QUEUE = `call_rcu(&${page}->rcu_head, pte_free_now)`;

  const pte_alloc_one = powerpc.fn('pte_alloc_one', { locals: TABLE }, (b) => [
    alloc_page(b),
    b.when('page', (l) => l.page !== NONE, [
      b.step('return page', (s, l) => hand_out(s, l.page, l.h)),
    ]),
  ]);

  const pte_free = powerpc.fn('pte_free', { params: TABLE }, (b) => [free_page(b)]);

  const { tlb_remove_table_rcu, ...freeing } = freed_by(pte_free);

  const pte_free_defer = powerpc.fn('pte_free_defer', { params: TABLE }, (b) => [
    queue_page(b, QUEUE),
  ]);

  const free_now = pte_free_now((b) => [b.call(pte_free, (l) => ({ page: l.page, h: 0 }))]);

  return {
    source,
    counted: false,
    pte_alloc_one,
    ...freeing,
    pte_free_defer,
    callbacks: { tlb_remove_table_rcu, pte_free_now: free_now },
    steps: {
      pte_alloc_one: {
        page: ['page = alloc_page(PGALLOC_GFP); pgtable_pte_page_ctor(page)', 'page'],
        return: ['return page'],
      },
      pte_free: { 1: [FREE] },
      pte_free_defer: { 1: [QUEUE] },
      pte_free_now: { 1: ['call pte_free'] },
    },
  };
}

export const generic = one_table_per_page({
  page: 'page',
  source: 'mm/pgtable-generic.c, Linux 6.6',
});

export const sparc = one_table_per_page({
  page: 'virt_to_page(pgtable)',
  source: 'sparc: add pte_free_defer() for pte_t *pgtable_t, July 2023, merged in Linux 6.6',
});
