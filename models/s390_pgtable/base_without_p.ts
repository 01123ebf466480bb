/**
 * BASE without the P bits in page_table_alloc()'s test (claim C17): an entry's half is taken
 * although it is still pending. No kernel had this; it is the step that the comment above
 * page_table_alloc() warns of with the values 0x13 and 0x23.
 */
import { list_del } from 'heddle';
import { allocator, base, list_step } from './base.ts';
import type { Design } from './design.ts';

const page_table_alloc = allocator(
  (byte) => byte & 3,
  (b) => [list_step(b, 'list_del(&page->lru)', list_del)],
);

export const base_without_p: Design = {
  ...base,
  source: 'BASE with `mask & 3` in the place of `(mask | mask >> 4) & 3` in page_table_alloc()',
  page_table_alloc,
};
