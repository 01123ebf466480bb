/**
 * A state in as few words as it needs: of every byte of the vector only the bits that some value sets. Lossless. The search stores,
 * hashes and compares states in this form, and looks single bytes up in it.
 */
import type { Cell } from './layout.ts';

/** Bytes that belong together. */
type Place = Pick<Cell, 'offset' | 'width'>;

/** Where a byte lies: a word of the packed state, and how far to shift it. No byte straddles words. */
export class Packing {
  /** 32-bit words of a packed state, and bytes of a whole one. */
  readonly width: number;
  readonly bytes: number;
  readonly word: Int32Array;
  readonly shift: Int32Array;
  /** Bits that some value sets. */
  readonly mask: Int32Array;
  /** Bytes of which some value sets a bit. */
  private readonly used: readonly number[];

  constructor(cells: readonly Cell[], bytes: number) {
    this.bytes = bytes;
    this.word = new Int32Array(bytes);
    this.shift = new Int32Array(bytes);
    this.mask = new Int32Array(bytes);
    const bits = bitsOfBytes(cells, bytes);
    const room: number[] = [];
    for (const [at, count] of bits.entries()) {
      // A field that fits beside earlier ones goes there: states of a few words are what counts.
      let word = room.findIndex((left) => left >= count);
      if (word === -1) word = room.push(32) - 1;
      this.word[at] = word;
      this.shift[at] = 32 - (room[word] as number);
      this.mask[at] = 2 ** count - 1;
      room[word] = (room[word] as number) - count;
    }
    this.width = Math.max(1, room.length);
    this.used = [...bits.keys()].filter((at) => bits[at] !== 0);
  }

  pack(bytes: Uint8Array, into: Uint32Array): void {
    into.fill(0);
    for (const at of this.used) {
      const word = this.word[at] as number;
      into[word] = (into[word] as number) | ((bytes[at] as number) << (this.shift[at] as number));
    }
  }

  /** A byte of the packed state at `from`. */
  byteAt(words: Uint32Array, from: number, offset: number): number {
    const word = words[from + (this.word[offset] as number)] as number;
    return (word >>> (this.shift[offset] as number)) & (this.mask[offset] as number);
  }

  /** What the cell of some bytes, the low one first, holds in the packed state at `from`. */
  codeAt(words: Uint32Array, from: number, { offset, width }: Place): number {
    let code = 0;
    for (let at = width - 1; at >= 0; at -= 1)
      code = code * 256 + this.byteAt(words, from, offset + at);
    return code;
  }

  unpack(words: Uint32Array, into: Uint8Array, from = 0): void {
    for (const at of this.used) {
      const word = words[from + (this.word[at] as number)] as number;
      into[at] = (word >>> (this.shift[at] as number)) & (this.mask[at] as number);
    }
  }
}

/** The same in a whole one. */
export function codeIn(bytes: Uint8Array, { offset, width }: Place): number {
  let code = 0;
  for (let at = width - 1; at >= 0; at -= 1) code = code * 256 + (bytes[offset + at] as number);
  return code;
}

/** How many low bits of each byte any cell that lies there sets; locals of different calls share bytes. */
function bitsOfBytes(cells: readonly Cell[], bytes: number): number[] {
  const bits = new Array<number>(bytes).fill(0);
  for (const { offset, width, codec, bias } of cells) {
    const most = codec.size + bias - 1;
    for (let byte = 0; byte < width; byte += 1) {
      const rest = Math.floor(most / 2 ** (8 * byte));
      const needed = rest > 0xff ? 8 : 32 - Math.clz32(rest);
      bits[offset + byte] = Math.max(bits[offset + byte] as number, needed);
    }
  }
  return bits;
}
