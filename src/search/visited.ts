/**
 * Every state met so far, whole, in order of discovery: packed states in growing segments, and a hash table that finds them, in
 * parts that grow one by one. Lossless. Threads share it: what is here is only read while they look up, and each part and each
 * range of states is written by one of them.
 */
import type { Packing } from '../machine/packing.ts';
import type { Batch } from './batch.ts';
import { hashOf } from './hash.ts';

/** States per segment; memory is taken only where a state has been stored. */
const SEGMENT_BITS = 18;
const SEGMENT_STATES = 1 << SEGMENT_BITS;
const IN_SEGMENT = SEGMENT_STATES - 1;

/** Parts of the table: a power of two, so that some bits of a hash say which. */
export const PARTS = 64;
const PART_BITS = 6;
const FIRST_SLOTS = 1 << 6;
/** A part doubles when this share of its slots is taken. */
const FULL = 0.75;

export class Visited {
  count = 0;
  readonly packing: Packing;
  /** 32-bit words of one packed state. */
  readonly width: number;
  private readonly segments: Uint32Array[] = [];
  private readonly parents: Int32Array[] = [];
  /**
   * Per slot 0, or an id + 1 in the low bits and above it what the slot does not say of the hash: comparing it saves a look at the
   * state.
   */
  private readonly parts: Int32Array[] = [];
  /** Slots taken, by part. */
  private readonly taken = new Int32Array(PARTS);
  /** One state, packed from the engine's words. */
  private readonly one: Uint32Array;
  /** Keeps what was fetched from being optimised away. */
  private fetched = 0;

  constructor(packing: Packing) {
    this.packing = packing;
    this.width = packing.width;
    this.one = new Uint32Array(packing.width);
    for (let part = 0; part < PARTS; part += 1) this.parts.push(new Int32Array(FIRST_SLOTS));
  }

  /** Bytes one state takes: itself, its parent and its share of the table; what is allocated ahead is not counted. */
  get bytesPerState(): number {
    const slots = this.parts.reduce((sum, part) => sum + part.length, 0);
    return Math.round(this.width * 4 + 4 + (slots * 4) / Math.max(this.count, slots / 4));
  }

  /** The id of a state of the engine's memory, or -1 - (id it was just given). */
  insert(state: Uint32Array, parent: number): number {
    this.pack(state);
    return this.insertPacked(this.one, 0, hashOf(this.one, 0, this.width), parent);
  }

  /** The same for a packed state that starts at `from`. */
  insertPacked(words: Uint32Array, from: number, hash: number, parent: number): number {
    const index = hash & (PARTS - 1);
    // An id must fit in as many bits as all parts of this size have slots.
    if (this.count + 1 >= (this.parts[index] as Int32Array).length * PARTS) this.grow(index);
    const part = this.parts[index] as Int32Array;
    const slots = part.length - 1;
    const known = part.length * PARTS - 1;
    let slot = (hash >>> PART_BITS) & slots;
    for (;;) {
      const entry = part[slot] as number;
      if (entry === 0) break;
      if (((entry ^ hash) & ~known) === 0 && this.equals((entry & known) - 1, words, from))
        return (entry & known) - 1;
      slot = (slot + 1) & slots;
    }
    const id = this.count;
    this.append(words, from, parent);
    part[slot] = (hash & ~known) | (id + 1);
    const taken = (this.taken[index] as number) + 1;
    this.taken[index] = taken;
    if (taken > slots * FULL) this.grow(index);
    return -1 - id;
  }

  /** The id of a state of the engine's memory, or -1. */
  find(state: Uint32Array): number {
    this.pack(state);
    return this.findPacked(this.one, 0, hashOf(this.one, 0, this.width));
  }

  findPacked(words: Uint32Array, from: number, hash: number): number {
    const part = this.parts[hash & (PARTS - 1)] as Int32Array;
    const slots = part.length - 1;
    const known = part.length * PARTS - 1;
    let slot = (hash >>> PART_BITS) & slots;
    for (;;) {
      const entry = part[slot] as number;
      if (entry === 0) return -1;
      if (((entry ^ hash) & ~known) === 0 && this.equals((entry & known) - 1, words, from))
        return (entry & known) - 1;
      slot = (slot + 1) & slots;
    }
  }

  /**
   * Has the memory fetched where the states of a batch are looked for: first of the table, then of the states. Loads that do not
   * depend on each other are under way at once, so that a look-up costs a fraction of a cache miss.
   */
  fetch({ hashes, entries, count }: Batch): void {
    const { parts, segments, width } = this;
    for (let at = 0; at < count; at += 1) {
      const hash = hashes[at] as number;
      const part = parts[hash & (PARTS - 1)] as Int32Array;
      entries[at] = part[(hash >>> PART_BITS) & (part.length - 1)] as number;
    }
    let fetched = 0;
    for (let at = 0; at < count; at += 1) {
      const hash = hashes[at] as number;
      const known = (parts[hash & (PARTS - 1)] as Int32Array).length * PARTS - 1;
      const entry = entries[at] as number;
      const id = (entry & known) - 1;
      if (id < 0 || ((entry ^ hash) & ~known) !== 0) continue;
      const from = (id & IN_SEGMENT) * width;
      const segment = segments[id >>> SEGMENT_BITS] as Uint32Array;
      fetched ^= segment[from] as number;
      fetched ^= segment[from + width - 1] as number;
    }
    this.fetched = fetched;
  }

  load(id: number, into: Uint32Array): void {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    this.packing.unpack(segment, new Uint8Array(into.buffer), (id & IN_SEGMENT) * this.width);
  }

  loadPacked(id: number, into: Uint32Array, to = 0): void {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    const from = (id & IN_SEGMENT) * this.width;
    for (let word = 0; word < this.width; word += 1)
      into[to + word] = segment[from + word] as number;
  }

  parent(id: number): number {
    return (this.parents[id >>> SEGMENT_BITS] as Int32Array)[id & IN_SEGMENT] as number;
  }

  private pack(state: Uint32Array): void {
    this.packing.pack(new Uint8Array(state.buffer), this.one);
  }

  private append(words: Uint32Array, from: number, parent: number): void {
    const at = this.count & IN_SEGMENT;
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
    const at = (id & IN_SEGMENT) * this.width;
    for (let word = 0; word < this.width; word += 1) {
      if (segment[at + word] !== words[from + word]) return false;
    }
    return true;
  }

  /** Twice the slots, from the states: what the old slots know of their hashes is not enough. */
  private grow(index: number): void {
    const old = this.parts[index] as Int32Array;
    const part = new Int32Array(old.length * 2);
    const slots = part.length - 1;
    const [before, known] = [old.length * PARTS - 1, part.length * PARTS - 1];
    for (const entry of old) {
      if (entry === 0) continue;
      const id = (entry & before) - 1;
      const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
      const hash = hashOf(segment, (id & IN_SEGMENT) * this.width, this.width);
      let slot = (hash >>> PART_BITS) & slots;
      while (part[slot] !== 0) slot = (slot + 1) & slots;
      part[slot] = (hash & ~known) | (id + 1);
    }
    this.parts[index] = part;
  }
}
