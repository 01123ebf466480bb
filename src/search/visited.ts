/**
 * Every state met so far, whole, in order of discovery, and a hash table that finds them, in parts that grow one by one. Lossless.
 * Threads share it: they claim slots one by one, and a part grows while nobody looks anything up.
 */
import type { Packing } from '../machine/packing.ts';
import type { Batch } from './batch.ts';
import { hashOf } from './hash.ts';
import { int32s, isAt, type Memory, type Piece, SharedMemory } from './memory.ts';
import { Parents } from './parents.ts';
import { GROUP, PART_BITS, PARTS } from './shapes.ts';
import { type StateStore, Store } from './store.ts';
import type { Outbox } from './team/outbox.ts';

const FIRST_SLOTS = 1 << 6;
const NOTHING = new Int32Array(0);
/** Slots in a page of memory, as systems have it. */
const PAGE_SLOTS = 1 << 10;
/** A part doubles when this share of its slots is taken. */
const FULL = 0.7;

export class Visited {
  count = 0;
  /** Whether every state can be loaded, and has a parent. */
  readonly keepsAll: boolean = true;
  readonly packing: Packing;
  /** 32-bit words of one packed state. */
  readonly width: number;
  store: StateStore;
  readonly parents: Parents;
  private readonly memory: Memory;
  /**
   * Per slot 0, or an id + 1 in the low bits and above it what the slot does not say of the hash: comparing it saves a look at the
   * state.
   */
  readonly parts: Int32Array[] = [];
  /** How often parts have been replaced. */
  changes = 0;
  /** Fills a larger part in place of `rehash`; whether it has. */
  refillQuickly: ((old: Int32Array, part: Int32Array) => boolean) | undefined;
  /** Slots taken, by part. */
  readonly taken: Int32Array;
  /** One state, packed from the engine's words. */
  private readonly one: Uint32Array;
  /** States of a part that is filled, for which memory is fetched at once. */
  private readonly ids = new Int32Array(256);
  /** Keeps what was fetched from being optimised away. */
  fetched = 0;

  /** In shared memory that another thread has taken where that is given; whole states in a store that has the same memory. */
  constructor(
    packing: Packing,
    memory: Memory = new SharedMemory(),
    store: StateStore = new Store(packing.width, memory),
  ) {
    this.packing = packing;
    this.width = packing.width;
    this.memory = memory;
    this.store = store;
    this.parents = new Parents(memory);
    this.one = new Uint32Array(packing.width);
    const taken = memory.get('taken', 0);
    this.taken = int32s(taken ?? memory.take('taken', 0, PARTS * 4));
    // Small ones are taken together: each piece of memory costs time.
    if (taken === undefined) memory.take('first parts', 0, PARTS * FIRST_SLOTS * 4);
    this.adopt();
  }

  /** Turns to memory that was taken by another thread. */
  adopt(): void {
    this.changes += 1;
    this.store.adopt();
    this.parents.adopt();
    for (let index = 0; index < PARTS; index += 1) {
      const own = this.memory.get('part', index);
      if (own === undefined) this.parts[index] = this.firstPart(index);
      else if (!isAt(this.parts[index] ?? NOTHING, own)) this.parts[index] = int32s(own);
    }
  }

  private firstPart(index: number): Int32Array {
    const { buffer, at } = this.memory.get('first parts', 0) as Piece;
    return new Int32Array(buffer, at + index * FIRST_SLOTS * 4, FIRST_SLOTS);
  }

  /**
   * Bytes one state takes: itself, its parent and its share of the table, were all parts as large as they must be; what is allocated
   * ahead is not counted.
   */
  get bytesPerState(): number {
    let slots = FIRST_SLOTS * PARTS;
    while (this.count > slots * FULL) slots *= 2;
    const perState = this.store.bytesPerState(this.count) + this.parents.bytesPerState;
    return Math.round(perState + (slots * 4) / Math.max(this.count, slots / 4));
  }

  /** The id of a state of the engine's memory, or -1 - (id it was just given). */
  insert(state: Uint32Array, parent: number): number {
    this.pack(state);
    return this.insertPacked(this.one, 0, hashOf(this.one, 0, this.width), parent);
  }

  /** The same for a packed state that starts at `from`; `_move` says by which move of its parent it is reached, in the order of a batch. */
  insertPacked(words: Uint32Array, from: number, hash: number, parent: number, _move = 0): number {
    const index = hash & (PARTS - 1);
    // An id must fit in as many bits as all parts of this size have slots.
    if (this.count + 1 >= (this.parts[index] as Int32Array).length * PARTS) this.grow(index);
    const part = this.parts[index] as Int32Array;
    const slots = part.length - 1;
    const known = part.length * PARTS - 1;
    let slot = (hash >>> PART_BITS) & slots & -GROUP;
    for (;;) {
      const entry = part[slot] as number;
      if (entry === 0) break;
      if (((entry ^ hash) & ~known) === 0 && this.store.equals((entry & known) - 1, words, from))
        return (entry & known) - 1;
      slot = (slot + 1) & slots;
    }
    const id = this.count;
    this.reserve(id + 1);
    this.store.put(id, words, from);
    this.parents.put(id, parent);
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
    let slot = (hash >>> PART_BITS) & slots & -GROUP;
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
      entries[at] = part[(hash >>> PART_BITS) & (part.length - 1) & -GROUP] as number;
    }
    let fetched = 0;
    for (let at = 0; at < count; at += 1) {
      const hash = hashes[at] as number;
      const known = (parts[hash & (PARTS - 1)] as Int32Array).length * PARTS - 1;
      const entry = entries[at] as number;
      const id = (entry & known) - 1;
      if (id < 0 || id >= this.count || ((entry ^ hash) & ~known) !== 0) continue;
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

  /** From here on all states can be loaded. */
  get firstKept(): number {
    return 0;
  }

  /** States before this one will not be asked for. */
  forget(_before: number): void {}

  parent(id: number): number {
    return this.parents.get(id);
  }

  /** Makes room for so many states in all. Only the thread that leads does. */
  reserve(count: number): void {
    this.store.reserve(count);
    this.parents.reserve(count);
  }

  private pack(state: Uint32Array): void {
    this.packing.pack(new Uint8Array(state.buffer), this.one);
  }

  /** Slots of a part of so many that may be taken before it grows. */
  fullAt(slots: number): number {
    return Math.floor((slots - 1) * FULL);
  }

  /** Doubles a part. */
  grow(index: number): void {
    const old = this.parts[index] as Int32Array;
    const part = int32s(this.memory.take('part', index, old.length * 8));
    this.rehash(old, part);
    this.parts[index] = part;
    this.changes += 1;
  }

  /** Fills a larger part. */
  private rehash(old: Int32Array, part: Int32Array): void {
    // A new page that is read first is shared with all that are empty; written later, it has all threads wait for each other.
    for (let slot = 0; slot < part.length; slot += PAGE_SLOTS) part[slot] = 0;
    if (this.refillQuickly?.(old, part) === true) return;
    const { ids } = this;
    const [slots, last] = [part.length - 1, old.length - 1];
    const [before, known] = [old.length * PARTS - 1, part.length * PARTS - 1];
    let unsure = 0;
    for (let group = 0; group < old.length; group += GROUP) {
      // Where the slot before is free, nothing has come over from there.
      const isOwn = old[(group - 1) & last] === 0;
      for (let at = group; at < group + GROUP; at += 1) {
        const entry = old[at] as number;
        if (entry === 0) continue;
        if (!isOwn) {
          ids[unsure] = (entry & before) - 1;
          unsure += 1;
          continue;
        }
        let slot = group + ((entry & known & ~before) >>> PART_BITS);
        while (part[slot] !== 0) slot = (slot + 1) & slots;
        part[slot] = (entry & ~known) | (entry & before);
      }
      if (unsure + GROUP > ids.length || group + GROUP === old.length) {
        this.rehashStates(unsure, part);
        unsure = 0;
      }
    }
  }

  /** Puts some of `ids` into a part, by the states, fetched all at once. */
  private rehashStates(count: number, part: Int32Array): void {
    const { ids, store } = this;
    const slots = part.length - 1;
    const known = part.length * PARTS - 1;
    let fetched = 0;
    for (let next = 0; next < count; next += 1) fetched ^= store.touch(ids[next] as number);
    this.fetched = fetched;
    for (let next = 0; next < count; next += 1) {
      const id = ids[next] as number;
      const hash = store.hash(id);
      let slot = (hash >>> PART_BITS) & slots & -GROUP;
      while (part[slot] !== 0) slot = (slot + 1) & slots;
      part[slot] = (hash & ~known) | (id + 1);
    }
  }

  /**
   * What several threads do at once to put in a state of a block, which lies in a batch at `at`: the slot that is its own, or -1 where it
   * is stored, or another of the block is the same and comes first in order. Until `confirm` its words lie in the outbox.
   * @throws Error where a part of the table is full
   */
  claim(batch: Batch, at: number, outbox: Outbox, place: number, parent: number): number {
    const { width, store } = this;
    const { words } = batch;
    const from = at * width;
    const hash = batch.hashes[at] as number;
    const part = this.parts[hash & (PARTS - 1)] as Int32Array;
    const slots = part.length - 1;
    const known = part.length * PARTS - 1;
    const mine = (hash & ~known) | (outbox.base + place + 1);
    let slot = (hash >>> PART_BITS) & slots & -GROUP;
    for (let left = part.length; left > 0; left -= 1) {
      let entry = part[slot] as number;
      if (entry === 0) {
        // Whoever sees the slot taken looks for the words there.
        outbox.put(place, words, from, hash, parent, slot);
        entry = Atomics.compareExchange(part, slot, 0, mine);
        if (entry === 0) return slot;
      }
      if (((entry ^ hash) & ~known) === 0) {
        const id = (entry & known) - 1;
        const other = id - outbox.base;
        if (other < 0) {
          if (store.equals(id, words, from)) return -1;
        } else if (outbox.equals(other, words, from)) {
          if (outbox.parent(other) <= parent) return -1;
          outbox.put(place, words, from, hash, parent, slot);
          if (Atomics.compareExchange(part, slot, entry, mine) === entry) {
            outbox.drop(other);
            return slot;
          }
          // Somebody else was faster: look at the slot again.
          left += 1;
          continue;
        }
      }
      slot = (slot + 1) & slots;
    }
    throw new Error('a part of the table is full');
  }

  /** Whether what claimed a slot has kept it; then it is stored under the id that is its own. */
  confirm(outbox: Outbox, place: number, id: number): boolean {
    const hash = outbox.hash(place);
    const part = this.parts[hash & (PARTS - 1)] as Int32Array;
    const known = part.length * PARTS - 1;
    const slot = outbox.slot(place);
    if (((part[slot] as number) & known) - 1 !== outbox.base + place) return false;
    part[slot] = (hash & ~known) | (id + 1);
    this.store.put(id, outbox.words, place * this.width);
    if (!this.parents.putInOrder(id, outbox.parent(place)))
      throw new Error('states of a block are out of order');
    return true;
  }

  /** Has the memory fetched where those from `start` on, before `end`, have claimed their slots. */
  fetchClaims(outbox: Outbox, start: number, end: number): void {
    const { parts } = this;
    let fetched = 0;
    for (let place = start; place < end; place += 1)
      fetched ^= (parts[outbox.hash(place) & (PARTS - 1)] as Int32Array)[
        outbox.slot(place)
      ] as number;
    this.fetched = fetched;
  }

  /** Takes back all claims since there were `base` states: what was there before them was never moved. */
  unclaim(base: number): void {
    for (const [index, part] of this.parts.entries()) {
      const known = part.length * PARTS - 1;
      let taken = 0;
      for (let slot = 0; slot < part.length; slot += 1) {
        const id = ((part[slot] as number) & known) - 1;
        if (id >= base) part[slot] = 0;
        else if (id >= 0) taken += 1;
      }
      this.taken[index] = taken;
    }
  }

  /** Adds to the slots taken, by part. */
  addTaken(more: Int32Array): void {
    for (let index = 0; index < PARTS; index += 1) {
      if (more[index] === 0) continue;
      Atomics.add(this.taken, index, more[index] as number);
      more[index] = 0;
    }
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
      return wider !== undefined && wider.bytes > (this.parts[index] as Int32Array).byteLength;
    });
  }

  /** Fills a wider part. */
  refill(index: number): void {
    const part = int32s(this.memory.get('wider part', index) as Piece);
    this.rehash(this.parts[index] as Int32Array, part);
  }

  /** Turns to the wider parts, once they are filled. */
  takeWider(): void {
    for (const index of this.wider())
      this.memory.rename(this.memory.get('wider part', index) as Piece, 'part');
    this.adopt();
  }
}
