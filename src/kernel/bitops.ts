/** Bit operations (include/linux/bitops.h) and page flags (include/linux/page-flags.h, Linux 6.1). */
import { accesses, markSince } from '../design/processor.ts';
import { atomic_fetch_andnot, atomic_fetch_or } from './atomic.ts';
import { loadNumber } from './field.ts';

type Flags = { flags: number };
type Counter<V> = { [K in keyof V]: V[K] extends number ? K : never }[keyof V] & (string | number);

/** `set_bit()`: atomic. */
export function set_bit<V>(view: V, field: Counter<V>, bit: number): void {
  atomic_fetch_or(view, field, 2 ** bit);
}

/** `clear_bit()`: atomic. */
export function clear_bit<V>(view: V, field: Counter<V>, bit: number): void {
  atomic_fetch_andnot(view, field, 2 ** bit);
}

/** `test_bit()`: a marked load. */
export function test_bit<V>(view: V, field: Counter<V>, bit: number): boolean {
  const mark = accesses.count;
  const value = loadNumber(view, field);
  markSince(mark);
  return ((value >>> bit) & 1) === 1;
}

/** `test_and_set_bit()`: atomic; the old bit. */
export function test_and_set_bit<V>(view: V, field: Counter<V>, bit: number): boolean {
  return ((atomic_fetch_or(view, field, 2 ** bit) >>> bit) & 1) === 1;
}

/** `test_and_clear_bit()`: atomic; the old bit. */
export function test_and_clear_bit<V>(view: V, field: Counter<V>, bit: number): boolean {
  return ((atomic_fetch_andnot(view, field, 2 ** bit) >>> bit) & 1) === 1;
}

/** The mask of a named bit of a `page_flags` field. The name is looked up in the schema, so a typo throws. */
function flagMask(page: Flags, name: string): number {
  const bit: number = (page as { readonly $flags?: readonly string[] }).$flags?.indexOf(name) ?? -1;
  if (bit === -1) throw new TypeError(`this record has no page flag '${name}'`);
  return 2 ** bit;
}

/** `SetPage<Name>()`: atomic or of one flag bit. */
export function set_page_flag(page: Flags, name: string): void {
  atomic_fetch_or(page, 'flags', flagMask(page, name));
}

/** `ClearPage<Name>()`: atomic and-not of one flag bit. */
export function clear_page_flag(page: Flags, name: string): void {
  atomic_fetch_andnot(page, 'flags', flagMask(page, name));
}

/** `Page<Name>()`: a marked load. */
export function page_flag(page: Flags, name: string): boolean {
  const mask = flagMask(page, name);
  const mark = accesses.count;
  const value = page.flags;
  markSince(mark);
  return (value & mask) !== 0;
}

/** `TestClearPage<Name>()`: atomic; the old bit. */
export function test_clear_page_flag(page: Flags, name: string): boolean {
  const mask = flagMask(page, name);
  return (atomic_fetch_andnot(page, 'flags', mask) & mask) !== 0;
}

/** `TestSetPage<Name>()`: atomic; the old bit. */
export function test_set_page_flag(page: Flags, name: string): boolean {
  const mask = flagMask(page, name);
  return (atomic_fetch_or(page, 'flags', mask) & mask) !== 0;
}

/** `SetPageActive()`: the record needs `flags: page_flags('active', ...)`. */
export function SetPageActive(page: Flags): void {
  set_page_flag(page, 'active');
}
/** `PageActive()`. */
export function PageActive(page: Flags): boolean {
  return page_flag(page, 'active');
}
/** `ClearPageActive()`. */
export function ClearPageActive(page: Flags): void {
  clear_page_flag(page, 'active');
}
/** `TestClearPageActive()`: atomic; true iff the bit was set. */
export function TestClearPageActive(page: Flags): boolean {
  return test_clear_page_flag(page, 'active');
}
