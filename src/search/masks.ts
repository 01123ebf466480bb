/** Sets of bits of a packed state, as words of the same width and one more: for what is no bit of it, and may yet be seen to change. */
import { lookAt } from '../machine/footprint.ts';
import type { Cell } from '../machine/layout.ts';
import type { Packing } from '../machine/packing.ts';

export type Mask = Int32Array;

/** The bit of the further word that a CPU changes where it comes to rest, or goes on from there. */
const REST = 1;

export function emptyMask({ width }: Packing): Mask {
  return new Int32Array(width + 1);
}

export function addRest(into: Mask): void {
  into[into.length - 1] = REST;
}

export function meets(one: Mask, other: Mask): boolean {
  for (let word = 0; word < one.length; word += 1)
    if (((one[word] as number) & (other[word] as number)) !== 0) return true;
  return false;
}

/** Adds the bits of `from`; whether there were any new ones. */
export function add(into: Mask, from: Mask): boolean {
  let news = 0;
  for (let word = 0; word < into.length; word += 1) {
    const before = into[word] as number;
    const after = before | (from[word] as number);
    news |= before ^ after;
    into[word] = after;
  }
  return news !== 0;
}

/** Adds some bits of a byte of the whole state. */
export function addByte(into: Mask, packing: Packing, offset: number, bits: number): void {
  const word = packing.word[offset] as number;
  const set = (bits & (packing.mask[offset] as number)) << (packing.shift[offset] as number);
  into[word] = (into[word] as number) | set;
}

/** Adds all bits of a cell. */
export function addCell(
  into: Mask,
  packing: Packing,
  { offset, width }: Pick<Cell, 'offset' | 'width'>,
): void {
  for (let byte = 0; byte < width; byte += 1) addByte(into, packing, offset + byte, 0xff);
}

/** Adds what looks have looked at, but for those that `isOwn`. */
export function addLooks(
  into: Mask,
  packing: Packing,
  looks: readonly number[],
  isOwn: (offset: number, low: number, high: number) => boolean = () => false,
): void {
  for (const look of looks) {
    const { offset, mask, low, high } = lookAt(look);
    if (!isOwn(offset, low, high)) addByte(into, packing, offset, mask);
  }
}
