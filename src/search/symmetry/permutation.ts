/** One permutation of what may be exchanged, made ready to be applied to packed states. */
import type { Packing } from '../../machine/packing.ts';
import type { FieldsOf } from './fields.ts';

export class Permutation {
  /** By thing: which one it takes the place of. */
  readonly things: readonly number[];
  readonly isIdentity: boolean;
  /** By domain, by index. */
  readonly maps: readonly Int32Array[];
  /** By cell, by field, and by byte. */
  readonly cells: Int32Array;
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
    this.cells = cells;
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
