/**
 * One thread's share of a block of states. First all make the moves of chunks of states and keep what leads to a state not stored yet;
 * then each looks which of these are met for the first time, in its own parts of the table; then all store those, under the numbers
 * they have in the order of the chunks. So everything is as if one thread had done it, in order.
 */
import type { Expander } from '../expander.ts';
import type { Memory } from '../memory.ts';
import { PARTS } from '../visited.ts';
import {
  BASE,
  CHUNK,
  CHUNKS,
  type Control,
  FAILED,
  FROM,
  LEVEL,
  LEVEL_START,
  NEXT_START,
  TO,
  UNANSWERED,
} from './control.ts';

/** States of a chunk, and chunks of a block at most. */
export const CHUNK_STATES = 64;
export const MOST_CHUNKS = 256;
/** States that one thread keeps of a block at most, and how many one chunk is thought to add. */
export const OUTBOX = 1 << 16;
const CHUNK_MOVES = CHUNK_STATES * 64;

/** What is known of a state in the outbox: its hash, the state that leads to it, the slot of the table or -1. */
const HASH = 0;
const PARENT = 1;
const SLOT = 2;
const MARKS = 3;

/** What is known of a chunk: where its states lie in the outbox, and how many of them are new. */
const START = 0;
const END = 1;
const NEW = 2;
const KNOWN = 3;

/** Takes the memory that all members of a team share. */
export function takeOutboxes(memory: Memory, members: number, width: number): void {
  memory.take('outbox', 0, members * OUTBOX * width * 4);
  memory.take('marks', 0, members * OUTBOX * MARKS * 4);
  memory.take('chunks', 0, MOST_CHUNKS * KNOWN * 4);
  memory.take('generated', 0, members * 8);
}

export class Member {
  readonly expander: Expander;
  readonly memory: Memory;
  /** Moves made, by member, until the one who leads has counted them. */
  readonly generated: Float64Array;
  private readonly control: Control;
  /** Its number, from 0 for the one who leads; and how many they are. */
  private readonly index: number;
  private readonly members: number;
  private readonly outbox: Uint32Array;
  private readonly marks: Int32Array;
  private readonly chunks: Int32Array;
  /** The state that leads to the one being stored. */
  private readonly source: Uint32Array;

  constructor(
    expander: Expander,
    memory: Memory,
    control: Control,
    index: number,
    members: number,
  ) {
    this.expander = expander;
    this.memory = memory;
    this.control = control;
    this.index = index;
    this.members = members;
    this.outbox = new Uint32Array(memory.get('outbox', 0) as SharedArrayBuffer);
    this.marks = new Int32Array(memory.get('marks', 0) as SharedArrayBuffer);
    this.chunks = new Int32Array(memory.get('chunks', 0) as SharedArrayBuffer);
    this.generated = new Float64Array(memory.get('generated', 0) as SharedArrayBuffer);
    this.source = new Uint32Array(expander.visited.width);
  }

  /** Turns to the level of the block at hand. */
  turnToLevel(): void {
    const { expander, control } = this;
    const level = control.get(LEVEL);
    expander.level = level;
    expander.levelStart = control.get(LEVEL_START);
    expander.nextStart = control.get(NEXT_START);
    expander.frontier.turnTo(level);
  }

  /** Makes the moves of chunks, until none is left or the outbox is full. */
  expand(): void {
    const { control, expander, chunks } = this;
    const [from, to, last] = [control.get(FROM), control.get(TO), control.get(CHUNKS)];
    const before = expander.generated;
    const end = (this.index + 1) * OUTBOX;
    let place = this.index * OUTBOX;
    while (place + CHUNK_MOVES <= end) {
      const chunk = control.next(CHUNK);
      if (chunk >= last) break;
      const first = from + chunk * CHUNK_STATES;
      chunks[chunk * KNOWN + START] = place;
      try {
        place = this.expandChunk(first, Math.min(first + CHUNK_STATES, to), place, end);
      } catch {
        control.set(FAILED, 1);
      }
      chunks[chunk * KNOWN + END] = place;
      chunks[chunk * KNOWN + NEW] = 0;
    }
    this.generated[this.index] =
      (this.generated[this.index] as number) + expander.generated - before;
  }

  private expandChunk(first: number, end: number, firstPlace: number, lastPlace: number): number {
    const { expander, outbox, marks } = this;
    const { visited } = expander;
    const { batch } = expander.successors;
    const { width } = batch;
    batch.begin();
    for (let id = first; id < end; id += 1) expander.gather(id);
    expander.countBatch(first);
    visited.fetch(batch);
    const { words, hashes, loops } = batch;
    let place = firstPlace;
    for (let origin = 0, at = 0; origin < batch.origins; origin += 1) {
      const endOfMoves = batch.startOf(origin + 1);
      for (; at < endOfMoves; at += 1) {
        if (loops[at] === 1) continue;
        const hash = hashes[at] as number;
        const from = at * width;
        if (visited.findPacked(words, from, hash) !== -1) continue;
        if (place === lastPlace) throw new Error('the outbox is full');
        const to = place * width;
        for (let word = 0; word < width; word += 1)
          outbox[to + word] = words[from + word] as number;
        marks[place * MARKS + HASH] = hash;
        marks[place * MARKS + PARENT] = first + origin;
        place += 1;
      }
    }
    return place;
  }

  /** Chunks that were expanded: the first of the block, all of them but where an outbox was full. */
  get expanded(): number {
    return Math.min(this.control.get(CHUNK), this.control.get(CHUNKS));
  }

  /** Claims the slots of what is met for the first time, in the parts of the table that are this thread's own. */
  settle(): void {
    const { control, chunks, marks, outbox, members, index } = this;
    const { visited } = this.expander;
    const [base, count] = [control.get(BASE), this.expanded];
    for (let chunk = 0; chunk < count; chunk += 1) {
      const end = chunks[chunk * KNOWN + END] as number;
      let found = 0;
      for (let place = chunks[chunk * KNOWN + START] as number; place < end; place += 1) {
        const hash = marks[place * MARKS + HASH] as number;
        if ((hash & (PARTS - 1)) % members !== index) continue;
        const slot = visited.claim(outbox, place, hash, base);
        marks[place * MARKS + SLOT] = slot;
        if (slot !== -1) found += 1;
      }
      Atomics.add(chunks, chunk * KNOWN + NEW, found);
    }
  }

  /** New states of the block, by what `settle` has found. */
  get found(): number {
    let sum = 0;
    for (let chunk = 0; chunk < this.expanded; chunk += 1)
      sum += this.chunks[chunk * KNOWN + NEW] as number;
    return sum;
  }

  /** Stores the new states of chunks, and asks their properties. */
  store(): void {
    const { control, chunks } = this;
    const expanded = control.get(CHUNKS);
    let id = control.get(BASE);
    let before = 0;
    for (;;) {
      const chunk = control.next(CHUNK);
      if (chunk >= expanded) return;
      for (; before < chunk; before += 1) id += chunks[before * KNOWN + NEW] as number;
      this.storeChunk(chunk, id);
    }
  }

  private storeChunk(chunk: number, firstId: number): void {
    const { chunks, marks, outbox, expander, source } = this;
    const { visited } = expander;
    const { width } = visited;
    const asks = expander.answers.profiles.rows > 0;
    const end = chunks[chunk * KNOWN + END] as number;
    let id = firstId;
    let loaded = -1;
    for (let place = chunks[chunk * KNOWN + START] as number; place < end; place += 1) {
      const slot = marks[place * MARKS + SLOT] as number;
      if (slot === -1) continue;
      const parent = marks[place * MARKS + PARENT] as number;
      visited.confirm(outbox, place, marks[place * MARKS + HASH] as number, slot, id, parent);
      if (asks) {
        if (parent !== loaded) visited.loadPacked(parent, source);
        loaded = parent;
        this.ask(place * width, parent, id);
      }
      id += 1;
    }
  }

  private ask(from: number, parent: number, id: number): void {
    const { expander, outbox, source, control } = this;
    expander.current = parent;
    try {
      expander.inherit(outbox, from, source, 0, parent, id);
    } catch {
      control.lower(UNANSWERED, id);
    }
  }

  /** Fills the larger parts of the table that are this thread's own. */
  refill(): void {
    const { visited } = this.expander;
    for (const part of visited.wider())
      if (part % this.members === this.index) visited.refill(part);
  }
}
