/**
 * Every state met so far, whole, in order of discovery: an open-addressing table over growing segments of packed states. Lossless.
 */
import type { Packing } from '../machine/packing.ts';

/** States per segment; segments keep growth from copying everything. */
const SEGMENT_BITS = 15;
const SEGMENT_STATES = 1 << SEGMENT_BITS;
/** Slots of the first table, as a power of two; an id must fit in as many bits as a slot. */
const FIRST_BITS = 12;

export class Visited {
  count = 0;
  readonly packing: Packing;
  /** 32-bit words of one packed state. */
  private readonly width: number;
  private segments: Uint32Array[] = [];
  private parents: Int32Array[] = [];
  /**
   * Per slot 0, or an id + 1 in the low bits and above it what the slot does not say of the hash: comparing it saves a look at the
   * state.
   */
  private table = new Int32Array(1 << FIRST_BITS);
  private bits = FIRST_BITS;
  /** One state, packed from the engine's words. */
  private readonly one: Uint32Array;

  constructor(packing: Packing) {
    this.packing = packing;
    this.width = packing.width;
    this.one = new Uint32Array(packing.width);
  }

  /** Bytes one state takes: itself, its parent and its share of the table; what is allocated ahead is not counted. */
  get bytesPerState(): number {
    const share = this.table.byteLength / Math.max(this.count, this.table.length / 4);
    return Math.round(this.width * 4 + 4 + share);
  }

  /** The id of a state of the engine's memory, or -1 - (id it was just given). */
  insert(state: Uint32Array, parent: number): number {
    this.pack(state);
    return this.insertPacked(this.one, 0, hashOf(this.one, 0, this.width), parent);
  }

  /** The same for a packed state that starts at `from`. */
  insertPacked(words: Uint32Array, from: number, hash: number, parent: number): number {
    const { table, bits } = this;
    const mask = table.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = table[slot] as number;
      if (entry === 0) break;
      if ((entry ^ hash) >>> bits === 0 && this.equals((entry & mask) - 1, words, from))
        return (entry & mask) - 1;
      slot = (slot + 1) & mask;
    }
    const id = this.count;
    this.append(words, from, parent);
    table[slot] = (hash & ~mask) | (id + 1);
    if (this.count > mask * 0.7) this.grow();
    return -1 - id;
  }

  /** The id of a state of the engine's memory, or -1. */
  find(state: Uint32Array): number {
    this.pack(state);
    return this.findPacked(this.one, 0, hashOf(this.one, 0, this.width));
  }

  findPacked(words: Uint32Array, from: number, hash: number): number {
    const { table, bits } = this;
    const mask = table.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = table[slot] as number;
      if (entry === 0) return -1;
      if ((entry ^ hash) >>> bits === 0 && this.equals((entry & mask) - 1, words, from))
        return (entry & mask) - 1;
      slot = (slot + 1) & mask;
    }
  }

  /**
   * What lies where the search for a state begins, of the table and of the states. Asked for several states in a row, the memory is
   * fetched for all of them at once.
   */
  peek(hash: number): number {
    const mask = this.table.length - 1;
    const entry = this.table[hash & mask] as number;
    if (entry === 0) return 0;
    const id = (entry & mask) - 1;
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    return segment[(id & (SEGMENT_STATES - 1)) * this.width] as number;
  }

  load(id: number, into: Uint32Array): void {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    const from = (id & (SEGMENT_STATES - 1)) * this.width;
    this.packing.unpack(segment, new Uint8Array(into.buffer), from);
  }

  loadPacked(id: number, into: Uint32Array): void {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    const from = (id & (SEGMENT_STATES - 1)) * this.width;
    for (let word = 0; word < this.width; word += 1) into[word] = segment[from + word] as number;
  }

  parent(id: number): number {
    return (this.parents[id >>> SEGMENT_BITS] as Int32Array)[id & (SEGMENT_STATES - 1)] as number;
  }

  private pack(state: Uint32Array): void {
    this.packing.pack(new Uint8Array(state.buffer), this.one);
  }

  private append(words: Uint32Array, from: number, parent: number): void {
    const at = this.count & (SEGMENT_STATES - 1);
    if (at === 0) {
      this.segments.push(new Uint32Array(SEGMENT_STATES * this.width));
      this.parents.push(new Int32Array(SEGMENT_STATES));
    }
    const segment = this.segments[this.count >>> SEGMENT_BITS] as Uint32Array;
    const to = at * this.width;
    for (let word = 0; word < this.width; word += 1)
      segment[to + word] = words[from + word] as number;
    (this.parents[this.count >>> SEGMENT_BITS] as Int32Array)[at] = parent;
    this.count += 1;
  }

  private equals(id: number, words: Uint32Array, from: number): boolean {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    const at = (id & (SEGMENT_STATES - 1)) * this.width;
    for (let word = 0; word < this.width; word += 1) {
      if (segment[at + word] !== words[from + word]) return false;
    }
    return true;
  }

  /** Twice the slots, from the states: what the old table knows of their hashes is not enough. */
  private grow(): void {
    this.bits += 1;
    const table = new Int32Array(1 << this.bits);
    const mask = table.length - 1;
    for (let id = 0; id < this.count; id += 1) {
      const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
      const hash = hashOf(segment, (id & (SEGMENT_STATES - 1)) * this.width, this.width);
      let slot = hash & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = (hash & ~mask) | (id + 1);
    }
    this.table = table;
  }
}

/** What one word adds to the sum that a hash is made of: a state that differs in a few words is hashed from theirs alone. */
export function mixed(word: number, value: number): number {
  const mix = Math.imul(value ^ Math.imul(word + 1, 0x9e3779b9), 0xcc9e2d51);
  return Math.imul(mix ^ (mix >>> 15), 0x1b873593);
}

export function sumOf(state: Uint32Array, from: number, width: number): number {
  let sum = 0x9747b28c | 0;
  for (let word = 0; word < width; word += 1)
    sum = (sum + mixed(word, state[from + word] as number)) | 0;
  return sum;
}

/** The hash of a sum, as murmur's final mix. */
export function finished(sum: number): number {
  let hash = sum ^ (sum >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Mixes the words of a state into 32 bits. */
export function hashOf(state: Uint32Array, from: number, width: number): number {
  return finished(sumOf(state, from, width));
}
