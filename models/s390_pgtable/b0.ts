/**
 * B0: before c2c224932fd0 ("s390/mm: fix 2KB pgtable release race", January 2022). As BASE, except
 * that page_table_free() sets no P bit and decides by its first and only xor whether the page is to
 * be freed: between that xor and its list_del() a callback can find the byte 0 and free the page
 * first.
 */
import { list_del, spin_lock_bh, spin_unlock_bh } from 'heddle';
import { FREE } from '../pgtable/page.ts';
import {
  base,
  FREEING,
  give_up,
  if_unused,
  LIST_ADD,
  LIST_DEL,
  list_at,
  list_step,
  locked,
} from './base.ts';
import type { Design } from './design.ts';
import { LOCK, lock, s390, TABLE } from './page.ts';

const XOR = 'm = atomic_xor_bits(&page->_refcount, 0x01 << h)';

const page_table_free = s390.fn('page_table_free', { params: TABLE, locals: FREEING }, (b) => [
  b.call(spin_lock_bh, lock, LOCK),
  give_up(b, XOR, 0x01),
  b.when('m & 3', (l) => (l.m & 3) !== 0, [list_at(b, 'head')], [list_step(b, LIST_DEL, list_del)]),
  b.call(spin_unlock_bh, lock, LOCK),
  if_unused(b),
]);

export const b0: Design = {
  ...base,
  source: 'arch/s390/mm/pgalloc.c before commit c2c224932fd0 of January 2022',
  page_table_free,
  steps: {
    ...base.steps,
    page_table_free: { ...locked(XOR, 'm & 3', LIST_ADD, LIST_DEL), 6: ['m != 0'], 7: [FREE] },
  },
};
