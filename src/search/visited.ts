/**
 * Every state met so far, whole, in order of discovery, and a hash table that finds them, in parts that grow one by one. Lossless.
 * Threads share it: what is here is only read while they look up, and each part of the table is written by one of them.
 */
import type { Packing } from '../machine/packing.ts';
import type { Batch } from './batch.ts';
import { hashOf } from './hash.ts';
import { type Memory, SharedMemory } from './memory.ts';
import { Store } from './store.ts';

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
  readonly store: Store;
  private readonly memory: Memory;
  /**
   * Per slot 0, or an id + 1 in the low bits and above it what the slot does not say of the hash: comparing it saves a look at the
   * state.
   */
  private readonly parts: Int32Array[] = [];
  /** Slots taken, by part. */
  private readonly taken: Int32Array;
  /** One state, packed from the engine's words. */
  private readonly one: Uint32Array;
  /** Keeps what was fetched from being optimised away. */
  fetched = 0;

  /** In shared memory that another thread has taken where that is given. */
  constructor(packing: Packing, memory: Memory = new SharedMemory()) {
    this.packing = packing;
    this.width = packing.width;
    this.memory = memory;
    this.store = new Store(packing.width, memory);
    this.one = new Uint32Array(packing.width);
    const taken = memory.get('taken', 0);
    this.taken = new Int32Array(taken ?? memory.take('taken', 0, PARTS * 4));
    if (taken === undefined)
      for (let part = 0; part < PARTS; part += 1) memory.take('part', part, FIRST_SLOTS * 4);
    this.adopt();
  }

  /** Turns to memory that was taken by another thread. */
  adopt(): void {
    this.store.adopt();
    for (let index = 0; index < PARTS; index += 1) {
      const buffer = this.memory.get('part', index) as SharedArrayBuffer;
      if (this.parts[index]?.buffer !== buffer) this.parts[index] = new Int32Array(buffer);
    }
  }

  /** Bytes one state takes: itself, its parent and its share of the table; what is allocated ahead is not counted. */
  get bytesPerState(): number {
    const slots = this.parts.reduce((sum, part) => sum + part.length, 0);
    return Math.round(this.store.bytesPerState + (slots * 4) / Math.max(this.count, slots / 4));
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
      if (((entry ^ hash) & ~known) === 0 && this.store.equals((entry & known) - 1, words, from))
        return (entry & known) - 1;
      slot = (slot + 1) & slots;
    }
    const id = this.count;
    this.store.reserve(id + 1);
    this.store.put(id, words, from, parent);
    this.count += 1;
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
      if (((entry ^ hash) & ~known) === 0 && this.store.equals((entry & known) - 1, words, from))
        return (entry & known) - 1;
      slot = (slot + 1) & slots;
    }
  }

  /**
   * Has the memory fetched where the states of a batch are looked for: first of the table, then of the states. Loads that do not
   * depend on each other are under way at once, so that a look-up costs a fraction of a cache miss.
   */
  fetch({ hashes, entries, count }: Batch): void {
    const { parts, store } = this;
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
      fetched ^= store.touch(id);
    }
    this.fetched = fetched;
  }

  load(id: number, into: Uint32Array): void {
    this.store.load(id, this.one, 0);
    this.packing.unpack(this.one, new Uint8Array(into.buffer), 0);
  }

  loadPacked(id: number, into: Uint32Array, to = 0): void {
    this.store.load(id, into, to);
  }

  parent(id: number): number {
    return this.store.parent(id);
  }

  private pack(state: Uint32Array): void {
    this.packing.pack(new Uint8Array(state.buffer), this.one);
  }

  private grow(index: number): void {
    const old = this.parts[index] as Int32Array;
    const part = new Int32Array(this.memory.take('part', index, old.length * 8));
    this.rehash(old, part);
    this.parts[index] = part;
  }

  /** Fills a larger part from the states: what the old slots know of their hashes is not enough. */
  private rehash(old: Int32Array, part: Int32Array): void {
    const slots = part.length - 1;
    const [before, known] = [old.length * PARTS - 1, part.length * PARTS - 1];
    for (const entry of old) {
      if (entry === 0) continue;
      const id = (entry & before) - 1;
      const hash = this.store.hash(id);
      let slot = (hash >>> PART_BITS) & slots;
      while (part[slot] !== 0) slot = (slot + 1) & slots;
      part[slot] = (hash & ~known) | (id + 1);
    }
  }

  /**
   * What threads do to put in states of a block: each settles the parts that are its own. The new ones are in an outbox; the id of one
   * is `base` and its place there until `confirm`. The slot of one that is met for the first time, or -1.
   */
  claim(outbox: Uint32Array, place: number, hash: number, base: number): number {
    const index = hash & (PARTS - 1);
    const part = this.parts[index] as Int32Array;
    const slots = part.length - 1;
    const known = part.length * PARTS - 1;
    let slot = (hash >>> PART_BITS) & slots;
    for (;;) {
      const entry = part[slot] as number;
      if (entry === 0) break;
      if (((entry ^ hash) & ~known) === 0) {
        const id = (entry & known) - 1;
        if (
          id < base
            ? this.store.equals(id, outbox, place * this.width)
            : this.same(outbox, id - base, place)
        )
          return -1;
      }
      slot = (slot + 1) & slots;
    }
    const taken = (this.taken[index] as number) + 1;
    if (taken > slots) throw new Error('a part of the table is full');
    part[slot] = (hash & ~known) | (base + place + 1);
    this.taken[index] = taken;
    return slot;
  }

  private same(outbox: Uint32Array, one: number, other: number): boolean {
    const { width } = this;
    for (let word = 0; word < width; word += 1)
      if (outbox[one * width + word] !== outbox[other * width + word]) return false;
    return true;
  }

  /** Stores a claimed state under the id that is its own. */
  confirm(
    outbox: Uint32Array,
    place: number,
    hash: number,
    slot: number,
    id: number,
    parent: number,
  ): void {
    const part = this.parts[hash & (PARTS - 1)] as Int32Array;
    const known = part.length * PARTS - 1;
    part[slot] = (hash & ~known) | (id + 1);
    this.store.put(id, outbox, place * this.width, parent);
  }

  /** Takes memory for larger parts, so that `states` more can be claimed, under provisional ids up to `highest`. Whether any. */
  widen(states: number, highest: number): boolean {
    const share = Math.ceil((states / PARTS) * 2) + 64;
    for (const [index, part] of this.parts.entries()) {
      let slots = part.length;
      const taken = this.taken[index] as number;
      while (taken > slots * FULL || taken + share > slots * 0.9 || highest + 2 > slots * PARTS)
        slots *= 2;
      if (slots === part.length) continue;
      this.memory.take('wider part', index, slots * 4);
    }
    return this.wider().length > 0;
  }

  /** Parts for which `widen` has taken larger memory. */
  wider(): readonly number[] {
    return [...this.parts.keys()].filter((index) => {
      const wider = this.memory.get('wider part', index);
      return wider !== undefined && wider.byteLength > (this.parts[index] as Int32Array).byteLength;
    });
  }

  /** Fills a wider part. */
  refill(index: number): void {
    const part = new Int32Array(this.memory.get('wider part', index) as SharedArrayBuffer);
    this.rehash(this.parts[index] as Int32Array, part);
  }

  /** Turns to the wider parts, once they are filled. */
  takeWider(): void {
    for (const index of this.wider())
      this.memory.give('part', index, this.memory.get('wider part', index) as SharedArrayBuffer);
    this.adopt();
  }
}
