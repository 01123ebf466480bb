/**
 * What the images of a CPU's moves touch that the moves themselves do not. They come to the same, or they would be no images, and yet a
 * step that goes through CPUs or objects in their order may look at others of them, or store what is there already.
 */
import { ACCESS_MASK, ACCESS_SHIFT, accesses, CORE } from '../../design/processor.ts';
import { lookAt } from '../../machine/footprint.ts';
import { addByte, emptyMask, type Mask } from '../masks.ts';
import type { Permutation } from './permutation.ts';
import type { Stores } from './support.ts';
import type { Symmetry } from './symmetry.ts';

export interface Touched {
  readonly reads: Mask;
  readonly writes: Mask;
}

/** By level of the context: bits of the state that only images touch; undefined for none. */
export type Beside = readonly (Touched | undefined)[];

/** A variant that was executed, enabled or not: in which context, what it looked at and what it stored. */
export interface Attempted {
  readonly level: number;
  readonly looks: readonly number[];
  readonly stores: Stores;
  /** What KCSAN watches of it. */
  readonly watched: readonly Watched[];
  /** All its accesses. */
  readonly touched: readonly Access[];
}

/** To which cell; and whether the RCU core made it. */
export interface Access {
  readonly cell: number;
  readonly isCore: boolean;
}

/** Those of the variant that was tried last. */
export function accessesNow(): readonly Access[] {
  const { count, entries } = accesses;
  return [...entries.slice(0, Math.min(count, ACCESS_MASK + 1))].map((entry) => ({
    cell: entry >>> ACCESS_SHIFT,
    isCore: (entry & CORE) !== 0,
  }));
}

/** An access that a data race may be of: to which cell, and all else of it that is the same for images. */
export interface Watched {
  readonly cell: number;
  readonly what: string;
}

const LEVELS = 3;

export class Differences {
  private readonly symmetry: Symmetry;
  /** By level. */
  private readonly own: readonly Touched[];
  private readonly image: readonly Touched[];
  private beside: (Touched | undefined)[] = [];

  constructor(symmetry: Symmetry) {
    this.symmetry = symmetry;
    this.own = Array.from({ length: LEVELS }, () => this.nothing());
    this.image = Array.from({ length: LEVELS }, () => this.nothing());
  }

  /** Of the moves of one state: bits that only their images touched; undefined for none. */
  get found(): Beside | undefined {
    return this.beside.some((one) => one !== undefined) ? this.beside : undefined;
  }

  /** Turns to other moves. */
  begin(attempts: readonly Attempted[]): void {
    this.gather(this.own, attempts, undefined);
    this.beside = [];
  }

  /** Adds what an image has touched; `back` leads from there to the state. Whether that is just what the moves have touched. */
  add(attempts: readonly Attempted[], back: Permutation): boolean {
    this.gather(this.image, attempts, back.bytes);
    let isSame = true;
    for (const [level, { reads, writes }] of this.image.entries()) {
      const own = this.own[level] as Touched;
      isSame &&= isWithin(own.reads, reads) && isWithin(own.writes, writes);
      if (isWithin(reads, own.reads) && isWithin(writes, own.writes)) continue;
      isSame = false;
      const beside = this.beside[level] ?? this.nothing();
      this.beside[level] = beside;
      addBeyond(beside.reads, reads, own.reads);
      addBeyond(beside.writes, writes, own.writes);
    }
    return isSame;
  }

  /** Whether an image has stored to the images of what was stored to, attempt by attempt, in any order. */
  areStoredAlike(
    attempts: readonly Attempted[],
    images: readonly Attempted[],
    { bytes }: Permutation,
  ): boolean {
    // Mostly it is the same order.
    if (attempts.every(({ stores }, at) => this.isImage(stores, images[at]?.stores ?? [], bytes)))
      return attempts.length === images.length;
    const expected = attempts.map(({ stores }) => this.textOf(stores, bytes)).sort();
    const found = images.map(({ stores }) => this.textOf(stores, undefined)).sort();
    return expected.join() === found.join();
  }

  /** Whether an image has touched the images of all words that KCSAN watches, in the same ways. */
  areWatchedAlike(
    attempts: readonly Attempted[],
    images: readonly Attempted[],
    { cells }: Permutation,
  ): boolean {
    const expected = watchedIn(attempts, (cell) => cells[cell] as number);
    const found = watchedIn(images, (cell) => cell);
    return expected.size === found.size && [...expected].every((one) => found.has(one));
  }

  /** Whether an image has touched the images of all words, attempt by attempt, in any order. */
  areTouchedAlike(
    attempts: readonly Attempted[],
    images: readonly Attempted[],
    { cells }: Permutation,
  ): boolean {
    const expected = attempts.map(({ touched }) => touchedIn(touched, (cell) => cells[cell]));
    const found = images.map(({ touched }) => touchedIn(touched, (cell) => cell));
    return expected.sort().join(';') === found.sort().join(';');
  }

  private isImage(stores: Stores, images: Stores, bytes: Int32Array): boolean {
    const { symmetry } = this;
    if (stores.length !== images.length) return false;
    for (let at = 0; at < stores.length; at += 1) {
      const [offset, bits] = stores[at] as Stores[number];
      const [to, set] = images[at] as Stores[number];
      if (bytes[offset] !== to) return false;
      if (symmetry.bitsOf(offset, bits) !== symmetry.bitsOf(to, set)) return false;
    }
    return true;
  }

  /** `bytes` says where each goes. */
  private textOf(stores: Stores, bytes: Int32Array | undefined): string {
    const texts = stores.map(
      ([offset, bits]) => `${bytes?.[offset] ?? offset}:${this.symmetry.bitsOf(offset, bits)}`,
    );
    return texts.sort().join(' ');
  }

  private gather(
    into: readonly Touched[],
    attempts: readonly Attempted[],
    bytes: Int32Array | undefined,
  ): void {
    for (const { reads, writes } of into) {
      reads.fill(0);
      writes.fill(0);
    }
    for (const { level, looks, stores } of attempts) {
      const { reads, writes } = into[level] as Touched;
      for (const look of looks) {
        const { offset, mask } = lookAt(look);
        this.addByte(reads, offset, mask, bytes);
      }
      for (const [offset, bits] of stores) this.addByte(writes, offset, bits, bytes);
    }
  }

  private addByte(into: Mask, offset: number, bits: number, bytes: Int32Array | undefined): void {
    const to = bytes === undefined ? offset : (bytes[offset] as number);
    addByte(into, this.symmetry.packing, to, this.symmetry.bitsOf(offset, bits));
  }

  private nothing(): Touched {
    const { packing } = this.symmetry;
    return { reads: emptyMask(packing), writes: emptyMask(packing) };
  }
}

function isWithin(bits: Mask, others: Mask): boolean {
  for (let word = 0; word < bits.length; word += 1)
    if (((bits[word] as number) & ~(others[word] as number)) !== 0) return false;
  return true;
}

/** Adds what is in `bits` and not in `others`. */
function addBeyond(into: Mask, bits: Mask, others: Mask): void {
  for (let word = 0; word < bits.length; word += 1)
    into[word] = (into[word] as number) | ((bits[word] as number) & ~(others[word] as number));
}

/** All accesses of one attempt, in no order. */
function touchedIn(
  touched: readonly Access[],
  imageOf: (cell: number) => number | undefined,
): string {
  return touched
    .map(({ cell, isCore }) => `${imageOf(cell)}${isCore ? '!' : ''}`)
    .sort()
    .join();
}

/** All accesses, each once; `imageOf` says where a cell goes. */
function watchedIn(
  attempts: readonly Attempted[],
  imageOf: (cell: number) => number,
): ReadonlySet<string> {
  const texts = attempts.flatMap(({ watched }) =>
    watched.map(({ cell, what }) => `${imageOf(cell)} ${what}`),
  );
  return new Set(texts);
}
