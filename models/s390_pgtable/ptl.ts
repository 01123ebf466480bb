/**
 * Who takes the page table lock: page->ptl, one for both tables of a page, made by the constructor
 * and gone with the destructor. After pte_offset_map_lock() and retract_page_tables(), Linux 6.5.
 * Left out: the look at the VMA; the second attempt of pte_offset_map_lock(), for the client may call it again; changes
 * of ptes, for all stay none; the spinlock that ALLOC_SPLIT_PTLOCKS puts into an object of its own,
 * freed with the page.
 */
import {
  NONE,
  rcu_read_lock,
  rcu_read_unlock,
  type Spinlock,
  spin_lock,
  spin_unlock,
  type ViewOf,
} from 'heddle';
import type { Operation, Table, TableFn } from '../pgtable/functions.ts';
import { leave_table } from '../pgtable/page.ts';
import { has, minus, plus } from '../pgtable/sets.ts';
import { enter_table, read_pte } from '../pgtable/walkers.ts';
import { collapse, may_take, type Reach } from './client.ts';
import { type State, s390, TABLE } from './page.ts';
import { type Look, walked } from './walkers.ts';

const ptl = (s: State, l: Table): ViewOf<Spinlock> => s.page[l.page].ptl;

/** A walker in rcu_read_lock() that locks what it reads, and leaves if the pmd has changed. */
export function pte_offset_map_lock(pages: number, look?: Look): Operation {
  const tables = walked(pages, look);
  return s390.fn('pte_offset_map_lock', { locals: TABLE }, (b) => [
    b.call(rcu_read_lock),
    b.pick('pmdval = READ_ONCE(*pmd)', 2 * pages + 1, (s, l, k, { cpu }) => {
      // The last choice is a pmd that is none.
      if (k === 2 * pages) return true;
      if (!enter_table(s, cpu, k, 'rcu')) return false;
      l.page = k >>> 1;
      l.h = k & 1;
      return true;
    }),
    b.when('there is a table', (l) => l.page !== NONE, [
      b.call(spin_lock, ptl, 'ptl'),
      b.test('pmd_same(pmdval, *pmd)', (s, l) => has(s.owned[l.h], l.page), [
        b.loop([
          b.choose(
            [
              b.pick('pte = *ptep', 2, (s, l, k) => {
                read_pte(s, l, k, 'rcu', tables);
                return true;
              }),
            ],
            [b.leave()],
          ),
        ]),
      ]),
      b.call(spin_unlock, ptl, 'ptl'),
      b.step('pte_unmap(pte)', (s, _l, { cpu }) => leave_table(s, cpu)),
    ]),
    b.call(rcu_read_unlock),
  ]);
}

/**
 * retract_page_tables() with its locks: the pmd lock keeps out whoever else would free this table,
 * and the page table lock those who read it by pte_offset_map_lock().
 */
export function retract_with_ptl(pte_free_defer: TableFn, reach: Reach): Operation {
  return s390.fn('retract_page_tables', { locals: TABLE }, (b) => [
    b.pick('pml = pmd_lock(mm, pmd)', 2 * reach.pages, (s, l, k) => {
      if (!may_take(s, k)) return false;
      l.page = k >>> 1;
      l.h = k & 1;
      s.pmd_locked[l.h] = plus(s.pmd_locked[l.h], l.page);
      return true;
    }),
    b.call(spin_lock, ptl, 'ptl'),
    b.step('pmdp_collapse_flush(vma, addr, pmd)', (s, l) => {
      s.pmd_locked[l.h] = minus(s.pmd_locked[l.h], l.page);
      collapse(s, l, 2 * l.page + l.h, reach);
    }),
    b.call(spin_unlock, ptl, 'ptl'),
    b.call(pte_free_defer, (l) => ({ page: l.page, h: l.h })),
  ]);
}
