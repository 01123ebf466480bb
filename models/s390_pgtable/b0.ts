/**
 * B0: before c2c224932fd0 ("s390/mm: fix 2KB pgtable release race", January 2022). As BASE, except
 * that page_table_free() sets no P bit and decides by its first and only xor whether the page is to
 * be freed: between that xor and its list_del() a callback can find the byte 0 and free the page
 * first.
 */
import { atomic_xor_bits, bits, list_add, list_del, spin_lock_bh, spin_unlock_bh } from 'heddle';
import { FREE, take_back } from '../pgtable/page.ts';
import { base, list_step } from './base.ts';
import type { Design } from './design.ts';
import { free_page, LOCK, lock, s390, TABLE } from './page.ts';

const page_table_free = s390.fn(
  'page_table_free',
  { params: TABLE, locals: { m: bits(8) } },
  (b) => [
    b.call(spin_lock_bh, lock, LOCK),
    b.step('m = atomic_xor_bits(&page->_refcount, 0x01 << h)', (s, l) => {
      l.m = atomic_xor_bits(s.page[l.page], 'refcount', 0x01 << l.h);
      take_back(s, l.page, l.h);
    }),
    b.when(
      'm & 3',
      (l) => (l.m & 3) !== 0,
      [list_step(b, 'list_add(&page->lru, &mm->context.pgtable_list)', list_add)],
      [list_step(b, 'list_del(&page->lru)', list_del)],
    ),
    b.call(spin_unlock_bh, lock, LOCK),
    b.when('m != 0', (l) => l.m !== 0, [b.return()]),
    free_page(b),
  ],
);

export const b0: Design = {
  ...base,
  source: 'arch/s390/mm/pgalloc.c before commit c2c224932fd0 of January 2022',
  page_table_free,
  steps: {
    ...base.steps,
    page_table_free: {
      1: ['spin_lock_bh(mm->context.lock) *'],
      2: ['m = atomic_xor_bits(&page->_refcount, 0x01 << h)'],
      3: ['m & 3', 'list_add(&page->lru, &mm->context.pgtable_list)', 'list_del(&page->lru)'],
      4: ['spin_unlock_bh(mm->context.lock) *'],
      6: ['m != 0'],
      7: [FREE],
    },
  },
};
