/** States as a few bits each in a table of a given size: one that is met first may look known, and is left out with what lies behind it. */
import { HeddleError } from '../../design/errors.ts';
import type { Packing } from '../../machine/packing.ts';
import { FEWEST_BITS, MOST_BITS } from './choice.ts';
import { Hashed } from './hashed.ts';

/** Bits of a state. */
const HASHES = 3;

export class Bits extends Hashed {
  /** New states that were taken for known ones, as many as are to be expected; what lies behind them is not among them. */
  expectedOmissions = 0;
  private readonly words: Uint32Array;
  private readonly shift: number;
  private set = 0;

  /** @throws HeddleError `bad-check` for a size that is not to be had. */
  constructor(packing: Packing, bits: number, keepsParents = false) {
    super(packing, keepsParents);
    if (!Number.isInteger(bits) || bits < FEWEST_BITS || bits > MOST_BITS)
      throw new HeddleError('bad-check', `${bits} bits: not from ${FEWEST_BITS} to ${MOST_BITS}`);
    this.words = new Uint32Array(2 ** (bits - 5));
    this.shift = 32 - (bits - 5);
  }

  /** The share of the table that is taken. */
  get filled(): number {
    return this.set / (this.words.length * 32);
  }

  override get bytesPerState(): number {
    return Math.round(this.words.byteLength / Math.max(1, this.count) + this.bytesPerParent);
  }

  protected override enter(first: number, second: number): boolean {
    const { words } = this;
    const odds = this.filled ** HASHES;
    let isNew = false;
    for (let index = 0; index < HASHES; index += 1) {
      const word = this.wordOf(first, second, index);
      const bit = bitOf(second, index);
      const old = words[word] as number;
      if ((old & bit) !== 0) continue;
      words[word] = old | bit;
      this.set += 1;
      isNew = true;
    }
    if (isNew) this.expectedOmissions += odds / (1 - odds);
    return isNew;
  }

  protected override has(first: number, second: number): boolean {
    for (let index = 0; index < HASHES; index += 1) {
      const word = this.words[this.wordOf(first, second, index)] as number;
      if ((word & bitOf(second, index)) === 0) return false;
    }
    return true;
  }

  protected override touch(first: number): number {
    return this.words[first >>> this.shift] as number;
  }

  private wordOf(first: number, second: number, index: number): number {
    return (first + Math.imul(index, second | 1)) >>> this.shift;
  }
}

function bitOf(second: number, index: number): number {
  return 1 << ((second >>> (5 * index)) & 31);
}
