/** One permutation of what may be exchanged, made ready to be applied to packed states. */
import type { Packing } from '../../machine/packing.ts';
import type { Field, FieldsOf } from './fields.ts';

export class Permutation {
  /** By thing: which one it takes the place of. */
  readonly things: readonly number[];
  readonly isIdentity: boolean;
  /** By domain, by index. */
  readonly maps: readonly Int32Array[];
  /** By field, and by byte. */
  readonly fields: Int32Array;
  readonly bytes: Int32Array;
  /** By kind: by code, or by bit of a set. */
  readonly codes: readonly Int32Array[];
  /** What moves as it is: a word, which of its bits, how far they rotate to the left, and the word they go to. */
  readonly moves: Int32Array;

  constructor(of: FieldsOf, packing: Packing, things: readonly number[]) {
    this.things = things;
    this.isIdentity = things.every((image, thing) => image === thing);
    const { places, kinds } = of;
    this.maps = places.domains.map(({ size }) => Int32Array.from({ length: size }, (_, at) => at));
    for (const [thing, { domain, index }] of places.things.entries()) {
      const to = places.things[things[thing] as number] as { index: number };
      (this.maps[domain] as Int32Array)[index] = to.index;
    }
    const cells = places.imagesOf(this.maps);
    this.fields = of.imagesOf(cells, packing);
    this.bytes = of.bytesUnder(cells);
    this.codes = kinds.kinds.map((kind) => kind.images(this.maps, cells));
    this.moves = this.movesOf(of, packing);
  }

  private movesOf({ plain }: FieldsOf, packing: Packing): Int32Array {
    const masks = new Map<number, { from: number; mask: number; by: number; to: number }>();
    for (const { offset } of plain) {
      const image = this.bytes[offset] as number;
      const from = packing.word[offset] as number;
      const to = packing.word[image] as number;
      const shift = packing.shift[offset] as number;
      const by = ((packing.shift[image] as number) - shift) & 31;
      const key = (from * packing.width + to) * 32 + by;
      const move = masks.get(key) ?? { from, mask: 0, by, to };
      move.mask |= (packing.mask[offset] as number) << shift;
      masks.set(key, move);
    }
    const used = [...masks.values()].filter(({ mask }) => mask !== 0);
    return Int32Array.from(used.flatMap(({ from, mask, by, to }) => [from, mask, by, to]));
  }
}

/** What is named in one packed state: its fields with their codes, those that name nothing yet left out. */
export class Named {
  count = 0;
  readonly fields: Int32Array;
  readonly codes: Uint32Array;
  private readonly of: FieldsOf;
  private readonly packing: Packing;

  constructor(of: FieldsOf, packing: Packing) {
    this.of = of;
    this.packing = packing;
    const most = of.fixed.length + of.frames.reduce((sum, { fields }) => sum + mostOf(fields), 0);
    this.fields = new Int32Array(most);
    this.codes = new Uint32Array(most);
  }

  read(words: Uint32Array, from: number): void {
    this.count = 0;
    for (const field of this.of.fixed) this.note(words, from, field);
    for (const { counter, fields } of this.of.frames) {
      const now = fields[this.raw(words, from, counter)] as readonly number[];
      for (const field of now) this.note(words, from, field);
    }
  }

  private note(words: Uint32Array, from: number, field: number): void {
    const at = this.of.fields[field] as Field;
    const raw = this.raw(words, from, at);
    if (raw === 0) return;
    this.fields[this.count] = field;
    this.codes[this.count] = raw - at.bias;
    this.count += 1;
  }

  /** What a field holds: 0, or its code and its bias. */
  raw(words: Uint32Array, from: number, { offset, width }: Field): number {
    const { packing } = this;
    const low =
      ((words[from + (packing.word[offset] as number)] as number) >>>
        (packing.shift[offset] as number)) &
      (packing.mask[offset] as number);
    if (width === 1) return low;
    let raw = low;
    for (let byte = 1; byte < width; byte += 1) {
      const at = offset + byte;
      const word = words[from + (packing.word[at] as number)] as number;
      raw |=
        ((word >>> (packing.shift[at] as number)) & (packing.mask[at] as number)) << (8 * byte);
    }
    return raw >>> 0;
  }

  /** Puts the image of the state that was read, which starts at `from`, into `into`. */
  image(words: Uint32Array, from: number, by: Permutation, into: Uint32Array): void {
    const { of, packing } = this;
    const { moves } = by;
    into.fill(0);
    for (let at = 0; at < moves.length; at += 4) {
      const bits = (words[from + (moves[at] as number)] as number) & (moves[at + 1] as number);
      const left = moves[at + 2] as number;
      const to = moves[at + 3] as number;
      // A shift counts modulo 32: nothing is lost where it is by none.
      into[to] = (into[to] as number) | (bits << left) | (bits >>> (32 - left));
    }
    for (let at = 0; at < this.count; at += 1) {
      const field = this.fields[at] as number;
      const { kind, bias } = of.fields[field] as Field;
      const code = this.codes[at] as number;
      const raw = kind === -1 ? code : this.imageOf(kind, code, by) + bias;
      const { offset, width } = of.fields[by.fields[field] as number] as Field;
      for (let byte = 0; byte < width; byte += 1) {
        const to = packing.word[offset + byte] as number;
        const bits = (raw >>> (8 * byte)) & 0xff;
        into[to] = (into[to] as number) | (bits << (packing.shift[offset + byte] as number));
      }
    }
  }

  imageOf(kind: number, code: number, by: Permutation): number {
    const table = by.codes[kind] as Int32Array;
    if (this.of.kinds.kinds[kind]?.form !== 'set') return table[code] as number;
    let image = 0;
    for (let rest = code; rest !== 0; rest &= rest - 1)
      image |= 1 << (table[31 - Math.clz32(rest & -rest)] as number);
    return image >>> 0;
  }
}

function mostOf(byCounter: readonly (readonly number[])[]): number {
  return Math.max(...byCounter.map((fields) => fields.length));
}
