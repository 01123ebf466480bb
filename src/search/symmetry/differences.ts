/**
 * What the images of a CPU's moves touch that the moves themselves do not. They come to the same, or they would be no images, and yet a
 * step that goes through CPUs or objects in their order may look at others of them, or store what is there already.
 */
import { lookAt } from '../../machine/footprint.ts';
import { NOTHING } from './fields.ts';
import type { Permutation } from './permutation.ts';
import type { Stores } from './support.ts';
import type { Symmetry } from './symmetry.ts';

/** Bits of a packed state, by word. */
export interface Touched {
  readonly reads: Int32Array;
  readonly writes: Int32Array;
}

/** By level of the context: bits of the state that only images touch; undefined for none. */
export type Beside = readonly (Touched | undefined)[];

/** A variant that was executed, enabled or not: in which context, what it looked at and what it stored. */
export interface Attempted {
  readonly level: number;
  readonly looks: readonly number[];
  readonly stores: Stores;
}

const LEVELS = 3;
const ALL = 0xff;

export class Differences {
  private readonly symmetry: Symmetry;
  private own: readonly Touched[] = [];
  private beside: (Touched | undefined)[] = [];

  constructor(symmetry: Symmetry) {
    this.symmetry = symmetry;
  }

  /** Of the moves of one state: bits that only their images touched; undefined for none. */
  get found(): Beside | undefined {
    return this.beside.some((one) => one !== undefined) ? this.beside : undefined;
  }

  /** Turns to other moves. */
  begin(attempts: readonly Attempted[]): void {
    this.own = this.touchedBy(attempts);
    this.beside = [];
  }

  /** Adds what an image has touched; `back` leads from there to the state. */
  add(attempts: readonly Attempted[], back: Permutation): void {
    for (const [level, touched] of this.touchedBy(attempts, back.bytes).entries()) {
      const own = this.own[level] as Touched;
      const reads = touched.reads.map((bits, word) => bits & ~(own.reads[word] as number));
      const writes = touched.writes.map((bits, word) => bits & ~(own.writes[word] as number));
      if (![...reads, ...writes].some((bits) => bits !== 0)) continue;
      const known = this.beside[level];
      this.beside[level] = {
        reads: reads.map((bits, word) => bits | (known?.reads[word] ?? 0)),
        writes: writes.map((bits, word) => bits | (known?.writes[word] ?? 0)),
      };
    }
  }

  /** Whether an image has stored to the images of what was stored to, attempt by attempt, in any order. */
  areStoredAlike(
    attempts: readonly Attempted[],
    images: readonly Attempted[],
    by: Permutation,
  ): boolean {
    const expected = attempts.map(({ stores }) => this.textOf(stores, by.bytes)).sort();
    const found = images.map(({ stores }) => this.textOf(stores)).sort();
    return expected.join() === found.join();
  }

  /** `bytes` says where each goes. */
  private textOf(stores: Stores, bytes?: Int32Array): string {
    const texts = stores.map(
      ([offset, bits]) => `${bytes?.[offset] ?? offset}:${this.bits(offset, bits)}`,
    );
    return texts.sort().join(' ');
  }

  private touchedBy(attempts: readonly Attempted[], bytes?: Int32Array): Touched[] {
    const { width } = this.symmetry.packing;
    const touched = Array.from({ length: LEVELS }, () => ({
      reads: new Int32Array(width),
      writes: new Int32Array(width),
    }));
    for (const { level, looks, stores } of attempts) {
      const { reads, writes } = touched[level] as Touched;
      for (const look of looks) {
        const { offset, mask } = lookAt(look);
        this.addByte(reads, offset, mask, bytes);
      }
      for (const [offset, bits] of stores) this.addByte(writes, offset, bits, bytes);
    }
    return touched;
  }

  private addByte(into: Int32Array, offset: number, bits: number, bytes?: Int32Array): void {
    const { packing } = this.symmetry;
    const to = bytes?.[offset] ?? offset;
    const word = packing.word[to] as number;
    const set = this.bits(offset, bits) & (packing.mask[to] as number);
    into[word] = (into[word] as number) | (set << (packing.shift[to] as number));
  }

  /** Where a byte names things, all of its bits: which of them is another's is not asked. */
  private bits(offset: number, bits: number): number {
    return this.symmetry.of.at[offset] === NOTHING ? bits : ALL;
  }
}
