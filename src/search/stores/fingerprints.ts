/** States by fingerprints of 64 bits, in a table whose parts grow one by one, by a quarter. */
import type { Packing } from '../../machine/packing.ts';
import { PARTS } from '../shapes.ts';
import { Hashed } from './hashed.ts';

/** Bits of the first hash that say where in a part; those above them say which part. */
const PLACE_BITS = 26;
const PLACES = 2 ** PLACE_BITS;
const FIRST_SLOTS = 1 << 6;
/** A part grows when this share of its slots is taken. */
const FULL = 0.8;
const GROWTH = 1.25;

/** How likely it is that two states were taken for one. */
export interface Collisions {
  /** Were fingerprints drawn at random: n states make n²/2 pairs, each equal once in 2⁶⁴. */
  readonly byCounts: number;
  /** One in the smallest gap between two fingerprints that were met; 0 where there are no two. */
  readonly byGap: number;
}

export class Fingerprints extends Hashed {
  /** Per slot both hashes, in order of the first but where slots were taken; both 0 where it is free. */
  private readonly tables: Int32Array[] = [];
  private readonly used = new Int32Array(PARTS);

  constructor(packing: Packing, keepsParents = false) {
    super(packing, keepsParents);
    for (let part = 0; part < PARTS; part += 1) this.tables.push(new Int32Array(FIRST_SLOTS * 2));
  }

  override get bytesPerState(): number {
    const bytes = this.tables.reduce((sum, table) => sum + table.byteLength, 0);
    return Math.round(bytes / Math.max(this.count, bytes / 32) + this.bytesPerParent);
  }

  protected override enter(first: number, second: number): boolean {
    const index = first >>> PLACE_BITS;
    const table = this.tables[index] as Int32Array;
    const last = first === 0 && second === 0 ? 1 : second;
    const at = placeIn(table, first, last);
    if (table[at] === first && table[at + 1] === last) return false;
    table[at] = first;
    table[at + 1] = last;
    const used = (this.used[index] as number) + 1;
    this.used[index] = used;
    if (used * 2 > table.length * FULL) this.tables[index] = grown(table);
    return true;
  }

  protected override has(first: number, second: number): boolean {
    const table = this.tables[first >>> PLACE_BITS] as Int32Array;
    const at = placeIn(table, first, first === 0 && second === 0 ? 1 : second);
    return (table[at] as number) !== 0 || (table[at + 1] as number) !== 0;
  }

  protected override touch(first: number): number {
    const table = this.tables[first >>> PLACE_BITS] as Int32Array;
    return table[homeIn(table, first)] as number;
  }

  collisions(): Collisions {
    const gap = this.smallestGap();
    return { byCounts: this.count ** 2 / 2 ** 65, byGap: gap === 0 ? 0 : 1 / gap };
  }

  /** Between two fingerprints that follow each other; 0 where there are no two. */
  private smallestGap(): number {
    let gap = Number.POSITIVE_INFINITY;
    let before = -1;
    let low = 0;
    for (const [index, table] of this.tables.entries()) {
      for (const one of sorted(table, this.used[index] as number)) {
        const high = Number(one >> 32n);
        const rest = Number(one & 0xffffffffn);
        if (before !== -1) gap = Math.min(gap, (high - before) * 2 ** 32 + rest - low);
        before = high;
        low = rest;
      }
    }
    return Number.isFinite(gap) ? gap : 0;
  }
}

/** Where the search for a fingerprint begins. */
function homeIn(table: Int32Array, first: number): number {
  return Math.floor(((first & (PLACES - 1)) * (table.length >>> 1)) / PLACES) * 2;
}

/** Where a fingerprint is, or the free slot that is its own. */
function placeIn(table: Int32Array, first: number, second: number): number {
  let at = homeIn(table, first);
  for (;;) {
    const one = table[at] as number;
    const other = table[at + 1] as number;
    if (one === first && other === second) return at;
    if (one === 0 && other === 0) return at;
    at += 2;
    if (at === table.length) at = 0;
  }
}

function grown(table: Int32Array): Int32Array {
  const larger = new Int32Array(Math.ceil((table.length / 2) * GROWTH) * 2);
  for (let from = 0; from < table.length; from += 2) {
    const [first, second] = [table[from] as number, table[from + 1] as number];
    if (first === 0 && second === 0) continue;
    const at = placeIn(larger, first, second);
    larger[at] = first;
    larger[at + 1] = second;
  }
  return larger;
}

function sorted(table: Int32Array, used: number): BigUint64Array {
  const all = new BigUint64Array(used);
  let count = 0;
  for (let at = 0; at < table.length; at += 2) {
    const [first, second] = [table[at] as number, table[at + 1] as number];
    if (first === 0 && second === 0) continue;
    all[count] = (BigInt(first >>> 0) << 32n) | BigInt(second >>> 0);
    count += 1;
  }
  return all.sort();
}
