/** What one packed state names: its fields with their codes. So an image is what moves as it is, and what its names become. */
import type { Packing } from '../../machine/packing.ts';
import type { Field, FieldsOf } from './fields.ts';
import { PLAIN } from './kinds.ts';
import type { Permutation } from './permutation.ts';

/** How the codes of a kind become those of an image; by kind. */
const BY_CODE = 0;
const BY_BIT = 1;

/** A field in six numbers: the word of its first byte, how far its bits are shifted and which they are, its bytes, its bias, its kind. */
const NUMBERS = 6;
const [WORD, SHIFT, MASK, WIDTH, BIAS, KIND] = [0, 1, 2, 3, 4, 5] as const;

/** Bytes of a frame that name things at some counters: words and bits to look at before anything else, and its counter. */
interface Frame {
  readonly words: Int32Array;
  readonly masks: Int32Array;
  readonly counter: Field;
  readonly fields: readonly (readonly number[])[];
}

export class Named {
  /** Fields that hold anything, and their codes; how many. */
  count = 0;
  readonly fields: Int32Array;
  readonly codes: Uint32Array;
  /** By kind. */
  private readonly forms: Uint8Array;
  private readonly numbers: Int32Array;
  private readonly wide: readonly Field[];
  private readonly packing: Packing;
  /** Words with fields outside of frames: which bits those are, and by bit the field. */
  private readonly fixedWords: Int32Array;
  private readonly fixedMasks: Int32Array;
  private readonly fieldAtBit: Int32Array;
  private readonly frames: readonly Frame[];
  /** By field of several bytes: the reading in which it was noted last. */
  private readonly noted: Float64Array;
  private reading = 0;

  constructor(of: FieldsOf, packing: Packing) {
    this.packing = packing;
    this.wide = of.fields;
    this.noted = new Float64Array(of.fields.length);
    this.forms = Uint8Array.from(of.kinds.kinds, ({ form }) => (form === 'set' ? BY_BIT : BY_CODE));
    this.numbers = Int32Array.from(of.fields.flatMap((field) => this.numbersOf(field)));
    const masks = new Int32Array(packing.width);
    this.fieldAtBit = new Int32Array(packing.width * 32).fill(-1);
    for (const index of of.fixed) this.cover(of.fields[index] as Field, index, masks);
    this.fixedWords = Int32Array.from([...masks.keys()].filter((word) => masks[word] !== 0));
    this.fixedMasks = this.fixedWords.map((word) => masks[word] as number);
    this.frames = of.frames.map(({ counter, fields }) => {
      const bits = new Int32Array(packing.width);
      for (const index of new Set(fields.flat()))
        this.cover(of.fields[index] as Field, undefined, bits);
      const words = Int32Array.from([...bits.keys()].filter((word) => bits[word] !== 0));
      return { words, masks: words.map((word) => bits[word] as number), counter, fields };
    });
    const most = of.frames.reduce(
      (sum, { fields }) => sum + Math.max(...fields.map(({ length }) => length)),
      of.fixed.length,
    );
    this.fields = new Int32Array(most);
    this.codes = new Uint32Array(most);
  }

  private numbersOf({ offset, width, bias, kind }: Field): number[] {
    const { word, shift, mask } = this.packing;
    return [word[offset], shift[offset], mask[offset], width, bias, kind] as number[];
  }

  private cover({ offset, width }: Field, index: number | undefined, masks: Int32Array): void {
    const { packing } = this;
    for (let at = offset; at < offset + width; at += 1) {
      const word = packing.word[at] as number;
      const shift = packing.shift[at] as number;
      const mask = packing.mask[at] as number;
      masks[word] = (masks[word] as number) | (mask << shift);
      if (index === undefined || mask === 0) continue;
      for (let bit = shift; bit < shift + 32 - Math.clz32(mask); bit += 1)
        this.fieldAtBit[word * 32 + bit] = index;
    }
  }

  /** Turns to the packed state at `from`. */
  read(words: Uint32Array, from: number): void {
    const { fixedWords, fixedMasks, fieldAtBit, frames } = this;
    this.count = 0;
    this.reading += 1;
    for (let at = 0; at < fixedWords.length; at += 1) {
      const word = fixedWords[at] as number;
      let rest = (words[from + word] as number) & (fixedMasks[at] as number);
      while (rest !== 0) {
        const bit = 31 - Math.clz32(rest & -rest);
        rest &= ~this.note(words, from, fieldAtBit[word * 32 + bit] as number, 1 << bit);
      }
    }
    for (let at = 0; at < frames.length; at += 1) {
      const frame = frames[at] as Frame;
      if (!this.holdsAnything(words, from, frame)) continue;
      const now = frame.fields[this.raw(words, from, frame.counter)] as readonly number[];
      for (let index = 0; index < now.length; index += 1)
        this.note(words, from, now[index] as number, 0);
    }
  }

  private holdsAnything(words: Uint32Array, from: number, { words: at, masks }: Frame): boolean {
    for (let index = 0; index < at.length; index += 1) {
      const word = words[from + (at[index] as number)] as number;
      if ((word & (masks[index] as number)) !== 0) return true;
    }
    return false;
  }

  /** Notes a field unless it holds nothing; returns the bits of its word that are done with: its own, or of a longer one those given. */
  private note(words: Uint32Array, from: number, field: number, bits: number): number {
    const { numbers } = this;
    const at = field * NUMBERS;
    const shift = numbers[at + SHIFT] as number;
    const mask = numbers[at + MASK] as number;
    const isWide = numbers[at + WIDTH] !== 1;
    const raw = isWide
      ? this.raw(words, from, this.wide[field] as Field)
      : ((words[from + (numbers[at + WORD] as number)] as number) >>> shift) & mask;
    if (isWide && this.noted[field] === this.reading) return bits;
    if (raw !== 0) {
      this.fields[this.count] = field;
      this.codes[this.count] = raw - (numbers[at + BIAS] as number);
      this.count += 1;
    }
    if (!isWide) return mask << shift;
    this.noted[field] = this.reading;
    return bits;
  }

  /** What a field holds: 0, or its code and its bias. */
  raw(words: Uint32Array, from: number, { offset, width }: Field): number {
    const { word, shift, mask } = this.packing;
    let raw = 0;
    for (let byte = 0; byte < width; byte += 1) {
      const at = offset + byte;
      const bits = (words[from + (word[at] as number)] as number) >>> (shift[at] as number);
      raw |= (bits & (mask[at] as number)) << (8 * byte);
    }
    return raw >>> 0;
  }

  /** Puts the image of the state that was read, which starts at `from`, into `into`. */
  image(words: Uint32Array, from: number, by: Permutation, into: Uint32Array): void {
    const { moves, fields: images } = by;
    const { numbers, count, fields, codes } = this;
    into.fill(0);
    for (let at = 0; at < moves.length; at += 4) {
      const bits = (words[from + (moves[at] as number)] as number) & (moves[at + 1] as number);
      const left = moves[at + 2] as number;
      const to = moves[at + 3] as number;
      // A shift counts modulo 32: nothing is lost where it is by none.
      into[to] = (into[to] as number) | (bits << left) | (bits >>> (32 - left));
    }
    for (let index = 0; index < count; index += 1) {
      const to = images[fields[index] as number] as number;
      const at = to * NUMBERS;
      const kind = numbers[at + KIND] as number;
      const code = codes[index] as number;
      const raw =
        kind === PLAIN ? code : this.imageOf(kind, code, by) + (numbers[at + BIAS] as number);
      const word = numbers[at + WORD] as number;
      const low = numbers[at + WIDTH] === 1 ? raw : raw & 0xff;
      into[word] = (into[word] as number) | (low << (numbers[at + SHIFT] as number));
      if (numbers[at + WIDTH] !== 1) this.writeRest(this.wide[to] as Field, raw, into);
    }
  }

  private writeRest({ offset, width }: Field, raw: number, into: Uint32Array): void {
    const { word, shift } = this.packing;
    for (let byte = 1; byte < width; byte += 1) {
      const to = word[offset + byte] as number;
      const bits = (raw >>> (8 * byte)) & 0xff;
      into[to] = (into[to] as number) | (bits << (shift[offset + byte] as number));
    }
  }

  private imageOf(kind: number, code: number, by: Permutation): number {
    const table = by.codes[kind] as Int32Array;
    if (this.forms[kind] === BY_CODE) return table[code] as number;
    let image = 0;
    for (let rest = code; rest !== 0; rest &= rest - 1)
      image |= 1 << (table[31 - Math.clz32(rest & -rest)] as number);
    return image >>> 0;
  }
}
