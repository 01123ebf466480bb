/** Packed states by number, whole: in segments of shared memory that never move. */
import { hashOf } from './hash.ts';
import { type Memory, SharedMemory, uint32s } from './memory.ts';
import { SEGMENT_BITS } from './shapes.ts';

/** States per segment; memory is taken only where a state has been stored. */
const SEGMENT_STATES = 1 << SEGMENT_BITS;
const IN_SEGMENT = SEGMENT_STATES - 1;
const NOTHING = new Uint32Array(0);

/** How packed states are kept by number. */
export interface StateStore {
  /** 32-bit words of one state. */
  readonly width: number;
  /** Bytes of one of so many states. */
  bytesPerState(states: number): number;
  /** Makes room for so many states in all. Only the thread that leads does. */
  reserve(count: number): void;
  /** Turns to memory that was taken by another thread. */
  adopt(): void;
  put(id: number, words: Uint32Array, from: number): void;
  equals(id: number, words: Uint32Array, from: number): boolean;
  hash(id: number): number;
  load(id: number, into: Uint32Array, to: number): void;
  /** A value of what `equals` would read: asked for many states in a row, they are fetched all at once. */
  touch(id: number): number;
}

export class Store implements StateStore {
  readonly width: number;
  readonly segments: Uint32Array[] = [];
  private readonly memory: Memory;

  constructor(width: number, memory: Memory = new SharedMemory()) {
    this.width = width;
    this.memory = memory;
  }

  bytesPerState(): number {
    return this.width * 4;
  }

  reserve(count: number): void {
    while (this.segments.length * SEGMENT_STATES < count) {
      const index = this.segments.length;
      this.memory.take('states', index, SEGMENT_STATES * this.width * 4);
      this.adopt();
    }
  }

  adopt(): void {
    for (let index = this.segments.length; ; index += 1) {
      const states = this.memory.get('states', index);
      if (states === undefined) return;
      this.segments.push(uint32s(states));
    }
  }

  /** Lets the memory of states before one go; they must not be asked for any more. */
  letGo(before: number): void {
    const whole = Math.min(this.segments.length, Math.floor(before / SEGMENT_STATES));
    for (let index = whole - 1; index >= 0; index -= 1) {
      if (this.segments[index] === NOTHING) return;
      this.segments[index] = NOTHING;
      this.memory.drop('states', index);
    }
  }

  put(id: number, words: Uint32Array, from: number): void {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    const to = (id & IN_SEGMENT) * this.width;
    for (let word = 0; word < this.width; word += 1)
      segment[to + word] = words[from + word] as number;
  }

  equals(id: number, words: Uint32Array, from: number): boolean {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    const at = (id & IN_SEGMENT) * this.width;
    for (let word = 0; word < this.width; word += 1) {
      if (segment[at + word] !== words[from + word]) return false;
    }
    return true;
  }

  hash(id: number): number {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    return hashOf(segment, (id & IN_SEGMENT) * this.width, this.width);
  }

  load(id: number, into: Uint32Array, to: number): void {
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    const from = (id & IN_SEGMENT) * this.width;
    for (let word = 0; word < this.width; word += 1)
      into[to + word] = segment[from + word] as number;
  }

  touch(id: number): number {
    // The first and the last.
    const segment = this.segments[id >>> SEGMENT_BITS] as Uint32Array;
    const from = (id & IN_SEGMENT) * this.width;
    return (segment[from] as number) ^ (segment[from + this.width - 1] as number);
  }
}
