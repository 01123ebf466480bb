/**
 * Packed states by number, compressed without loss: their words are folded pairwise into components that are stored once, and a state is
 * a pair of numbers. After tree compression (Laarman, van de Pol, Weber: Parallel Recursive State Compression for Free, 2011), with
 * leaves of several words.
 */
import { finished, mixed, sumOf } from '../hash.ts';
import { type Memory, SharedMemory, uint32s } from '../memory.ts';
import { SEGMENT_BITS } from '../shapes.ts';
import type { StateStore } from '../store.ts';
import { Component } from './component.ts';

/** States per segment; memory is taken only where a state has been stored. */
const SEGMENT_STATES = 1 << SEGMENT_BITS;
const IN_SEGMENT = SEGMENT_STATES - 1;
/** Words of a leaf at most. */
const LEAF_WORDS = 5;
/** States for which room is made at once. */
const STRIDE = 1024;

export class TreeStore implements StateStore {
  readonly width: number;
  private readonly memory: Memory;
  /** Pairs of numbers, by state. */
  readonly roots: Uint32Array[] = [];
  /** Leaves and pairs, each after those it is made of. */
  readonly components: Component[] = [];
  /**
   * What each component is made of, as places in `values`: first those of the words of a state, then those of the numbers of
   * components. Those of one component end where those of the next begin.
   */
  readonly parts: number[] = [];
  readonly starts: number[] = [0];
  /** The first word of the right half, and where the values of both halves are. */
  readonly middle: number;
  readonly left: number;
  readonly right: number;
  private readonly values: Uint32Array;
  /** By component, the row that was put in last, with what is kept beside it, and its number; states in a row share most. */
  private readonly rows: Uint32Array[];
  private readonly numbers: Int32Array;
  /** What a hash begins with. */
  private readonly empty: number;
  /** Room was made for so many states. */
  private room = 0;

  constructor(width: number, memory: Memory = new SharedMemory()) {
    this.width = width;
    this.memory = memory;
    const middle = Math.ceil(width / 2);
    this.middle = middle;
    this.left = this.fold(0, middle, true);
    this.right = width === 1 ? this.left : this.fold(middle, width, true);
    this.values = new Uint32Array(width + this.components.length);
    this.rows = this.components.map((one) => new Uint32Array(one.width + 1));
    this.numbers = new Int32Array(this.components.length).fill(-1);
    this.empty = sumOf(this.values, 0, 0);
    this.adopt();
  }

  /** Plans what is made of the words from `from` on, before `to`; a half keeps its part of the hash. Where its value is. */
  private fold(from: number, to: number, isHalf = false): number {
    if (to - from === 1) return from;
    const middle = Math.ceil((from + to) / 2);
    const parts =
      to - from <= LEAF_WORDS
        ? Array.from({ length: to - from }, (_, at) => from + at)
        : [this.fold(from, middle), this.fold(middle, to)];
    const index = this.components.length;
    this.components.push(new Component(`tree ${index}`, parts.length, isHalf, this.memory));
    this.parts.push(...parts);
    this.starts.push(this.parts.length);
    return this.width + index;
  }

  bytesPerState(states: number): number {
    const shared = this.components.reduce((sum, one) => sum + one.bytes, 0);
    return 8 + shared / Math.max(1, states);
  }

  reserve(count: number): void {
    if (count <= this.room) return;
    const { memory, roots } = this;
    // What is stored since room was made last is not more than that room.
    const more = count - this.room + 2 * STRIDE;
    for (const one of this.components) one.reserve(more);
    this.room = count + STRIDE;
    while (roots.length * SEGMENT_STATES < this.room) {
      memory.take('roots', roots.length, SEGMENT_STATES * 8);
      this.adopt();
    }
  }

  adopt(): void {
    for (const one of this.components) one.adopt();
    for (let index = this.roots.length; ; index += 1) {
      const roots = this.memory.get('roots', index);
      if (roots === undefined) return;
      this.roots.push(uint32s(roots));
    }
  }

  put(id: number, words: Uint32Array, from: number): void {
    const { width, values, parts, starts, components, rows, numbers } = this;
    for (let word = 0; word < width; word += 1) values[word] = words[from + word] as number;
    for (let index = 0, part = 0; index < components.length; index += 1) {
      const row = rows[index] as Uint32Array;
      const end = starts[index + 1] as number;
      let changed = 0;
      for (let at = 0; part < end; part += 1, at += 1) {
        const value = values[parts[part] as number] as number;
        changed |= value ^ (row[at] as number);
        row[at] = value;
      }
      if (changed !== 0 || numbers[index] === -1) numbers[index] = this.putRow(index);
      values[width + index] = numbers[index] as number;
    }
    const roots = this.roots[id >>> SEGMENT_BITS] as Uint32Array;
    const at = (id & IN_SEGMENT) * 2;
    roots[at] = values[this.left] as number;
    roots[at + 1] = values[this.right] as number;
  }

  private putRow(index: number): number {
    const { width, values, middle } = this;
    const row = this.rows[index] as Uint32Array;
    const place = width + index;
    if (place === this.left) row[row.length - 1] = partOf(values, 0, middle);
    else if (place === this.right) row[row.length - 1] = partOf(values, middle, width);
    return (this.components[index] as Component).put(row);
  }

  /** Puts the roots of a state where it is folded to. */
  private turnTo(id: number): void {
    const { values } = this;
    const roots = this.roots[id >>> SEGMENT_BITS] as Uint32Array;
    const root = (id & IN_SEGMENT) * 2;
    values[this.left] = roots[root] as number;
    values[this.right] = roots[root + 1] as number;
  }

  equals(id: number, words: Uint32Array, from: number): boolean {
    const { width, values, parts, starts, components } = this;
    this.turnTo(id);
    // What is a word by itself stands in a root.
    if (this.left < width && values[this.left] !== words[from + this.left]) return false;
    if (this.right < width && values[this.right] !== words[from + this.right]) return false;
    for (let index = components.length - 1; index >= 0; index -= 1) {
      const one = components[index] as Component;
      const number = values[width + index] as number;
      const segment = one.segmentOf(number);
      let at = one.placeOf(number);
      const end = starts[index + 1] as number;
      for (let part = starts[index] as number; part < end; part += 1, at += 1) {
        const place = parts[part] as number;
        const value = segment[at] as number;
        if (place >= width) values[place] = value;
        else if (value !== words[from + place]) return false;
      }
    }
    return true;
  }

  load(id: number, into: Uint32Array, to: number): void {
    const { width, values, parts, starts, components } = this;
    this.turnTo(id);
    for (let index = components.length - 1; index >= 0; index -= 1) {
      const one = components[index] as Component;
      const number = values[width + index] as number;
      const segment = one.segmentOf(number);
      let at = one.placeOf(number);
      const end = starts[index + 1] as number;
      for (let part = starts[index] as number; part < end; part += 1, at += 1)
        values[parts[part] as number] = segment[at] as number;
    }
    for (let word = 0; word < width; word += 1) into[to + word] = values[word] as number;
  }

  hash(id: number): number {
    const roots = this.roots[id >>> SEGMENT_BITS] as Uint32Array;
    const root = (id & IN_SEGMENT) * 2;
    const left = this.sumOfHalf(this.left, roots[root] as number);
    if (this.right === this.left) return finished((this.empty + left) | 0);
    return finished(
      (this.empty + left + this.sumOfHalf(this.right, roots[root + 1] as number)) | 0,
    );
  }

  private sumOfHalf(place: number, value: number): number {
    if (place < this.width) return mixed(place, value);
    return (this.components[place - this.width] as Component).sumOf(value) | 0;
  }

  touch(id: number): number {
    const roots = this.roots[id >>> SEGMENT_BITS] as Uint32Array;
    const root = (id & IN_SEGMENT) * 2;
    return (
      this.touchPart(this.left, roots[root] as number) ^
      this.touchPart(this.right, roots[root + 1] as number)
    );
  }

  private touchPart(place: number, value: number): number {
    if (place < this.width) return value;
    const one = this.components[place - this.width] as Component;
    return one.segmentOf(value)[one.placeOf(value)] as number;
  }
}

/** What some words of a state add to the sum that its hash is made of. */
function partOf(state: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let word = from; word < to; word += 1) sum = (sum + mixed(word, state[word] as number)) | 0;
  return sum;
}
