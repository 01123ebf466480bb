/** The states of a block that nobody has stored yet, in shared memory: each member of a team puts its own at places of its own. */
import { END, HASH, KNOWN, MARKS, NEW, PARENT, SLOT, START } from '../inner/fields.ts';
import { int32s, type Memory, type Piece, uint32s } from '../memory.ts';
import { BASE, CHUNK_SIZE, type Control, FROM } from './control.ts';

/** Places of one member. */
export const OUTBOX_PLACES = 1 << 16;

/** Takes the memory for so many members and chunks. */
export function takeOutbox(memory: Memory, members: number, chunks: number, width: number): void {
  memory.take('outbox', 0, members * OUTBOX_PLACES * width * 4);
  memory.take('marks', 0, members * OUTBOX_PLACES * MARKS * 4);
  memory.take('chunks', 0, chunks * KNOWN * 4);
}

export class Outbox {
  readonly words: Uint32Array;
  /** What place 0 counts as where ids are told apart: more than any id that the block may give. */
  base = 0;
  readonly marks: Int32Array;
  readonly chunks: Int32Array;
  private readonly width: number;
  private readonly places: number;
  private readonly control: Control;
  /** The first state of the block, and states of a chunk. */
  from = 0;
  chunkSize = 1;

  constructor(memory: Memory, control: Control, members: number, width: number) {
    this.words = uint32s(memory.get('outbox', 0) as Piece);
    this.marks = int32s(memory.get('marks', 0) as Piece);
    this.chunks = int32s(memory.get('chunks', 0) as Piece);
    this.control = control;
    this.width = width;
    this.places = members * OUTBOX_PLACES;
  }

  /** Turns to the block at hand. */
  turn(): void {
    this.base = this.control.get(BASE) + this.places;
    this.from = this.control.get(FROM);
    this.chunkSize = this.control.get(CHUNK_SIZE);
  }

  put(
    place: number,
    words: Uint32Array,
    from: number,
    hash: number,
    parent: number,
    slot: number,
  ): void {
    const { width } = this;
    const to = place * width;
    for (let word = 0; word < width; word += 1)
      this.words[to + word] = words[from + word] as number;
    this.marks[place * MARKS + PARENT] = parent;
    this.marks[place * MARKS + HASH] = hash;
    this.marks[place * MARKS + SLOT] = slot;
  }

  slot(place: number): number {
    return this.marks[place * MARKS + SLOT] as number;
  }

  hash(place: number): number {
    return this.marks[place * MARKS + HASH] as number;
  }

  parent(place: number): number {
    return this.marks[place * MARKS + PARENT] as number;
  }

  equals(place: number, words: Uint32Array, from: number): boolean {
    const { width } = this;
    const at = place * width;
    for (let word = 0; word < width; word += 1)
      if (this.words[at + word] !== words[from + word]) return false;
    return true;
  }

  /** What lies at a place has lost its slot to one that comes first in order. */
  drop(place: number): void {
    const chunk = Math.floor((this.parent(place) - this.from) / this.chunkSize);
    Atomics.sub(this.chunks, chunk * KNOWN + NEW, 1);
  }

  beginChunk(chunk: number, place: number): void {
    this.chunks[chunk * KNOWN + START] = place;
    this.chunks[chunk * KNOWN + END] = place;
  }

  endChunk(chunk: number, place: number): void {
    const start = this.chunks[chunk * KNOWN + START] as number;
    this.chunks[chunk * KNOWN + END] = place;
    Atomics.add(this.chunks, chunk * KNOWN + NEW, place - start);
  }

  /** Nothing is known of any chunk. */
  clear(): void {
    this.chunks.fill(0);
  }

  startOf(chunk: number): number {
    return this.chunks[chunk * KNOWN + START] as number;
  }

  endOf(chunk: number): number {
    return this.chunks[chunk * KNOWN + END] as number;
  }

  newOf(chunk: number): number {
    return this.chunks[chunk * KNOWN + NEW] as number;
  }
}
