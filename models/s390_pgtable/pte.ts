/**
 * What the kernel and the hardware take a word for that is read as a pte
 * (arch/s390/include/asm/pgtable.h, Linux 6.1). A list pointer's low bits are known as far as its
 * alignment says: a table lies on a multiple of 2K, mm->context.pgtable_list on one of 8. An unknown
 * bit is tried both ways.
 */
import { address_of, is_address, LIST_POISON1, LIST_POISON2, word_bits } from 'heddle';
import { PTE_EMPTY, type State } from './page.ts';

const _PAGE_PRESENT = 0x001;
const _PAGE_PROTECT = 0x200;
const _PAGE_INVALID = 0x400;
/** The hardware wants this bit 0, or it raises a translation-specification exception. */
const MUST_BE_ZERO = 0x800;

/** No list pointer is 0x400: that lies in the first page of memory, where no list is. */
export function pte_none(pte: number): boolean {
  return pte === PTE_EMPTY;
}

export function pte_present(pte: number): boolean {
  return word_bits(pte, _PAGE_PRESENT) !== 0;
}

/** include/linux/swapops.h */
export function is_swap_pte(pte: number): boolean {
  return !pte_none(pte) && !pte_present(pte);
}

/** arch/s390: `(pte & 0x201) == 0x200`. */
export function pte_swap(pte: number): boolean {
  return word_bits(pte, _PAGE_PROTECT | _PAGE_PRESENT) === _PAGE_PROTECT;
}

/** Whether the hardware stops at this entry because it is invalid. */
export function is_invalid(pte: number): boolean {
  return word_bits(pte, _PAGE_INVALID) !== 0;
}

/** Whether the hardware translates by this entry, to be written through. */
export function maps_writable(pte: number): boolean {
  return word_bits(pte, _PAGE_INVALID | MUST_BE_ZERO | _PAGE_PROTECT) === 0;
}

/** Whether it is the address of a table. */
export function is_table(s: State, pte: number): boolean {
  for (const { table } of s.page) {
    for (const h of [0, 1]) if (address_of(table[h].node) === pte) return true;
  }
  return false;
}

/** Whether it is the address of anything: a list pointer. */
export function is_pointer(_s: State, pte: number): boolean {
  return is_address(pte);
}

/** Whether it is what list_del() leaves. */
export function is_poison(_s: State, pte: number): boolean {
  return pte === LIST_POISON1 || pte === LIST_POISON2;
}
