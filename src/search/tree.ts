/**
 * A decision tree over packed states: inner nodes look at some bits of a byte, leaves are numbers. Grown from footprints, so a walk
 * looks at what the computation itself would look at, in the same order, and ends at what that found.
 */
import { HeddleError } from '../design/errors.ts';
import { lookAt } from '../machine/footprint.ts';
import type { Packing } from '../machine/packing.ts';
import { type Heap, ORDINARY } from './heap.ts';
import { Shortcut } from './shortcut.ts';

/** What a walk ends in where no computation has gone yet. */
export const UNKNOWN = -1;

/** Leaves from which on it is asked whether knowing them pays, and the fewest uses of each that do. */
const PROBE = 4096;
const FEWEST_USES = 2;

/** How much use there is in what was learned at one place: counted in states, so the same in every run. */
export class Worth {
  learned = 0;
  used = 0;

  get pays(): boolean {
    return this.learned < PROBE || this.used >= this.learned * FEWEST_USES;
  }
}

/** A node is its header, its range and a child per value: 0 for none, else a node, or below 0 a leaf. */
const CHILDREN = 2;
const FIRST_ROOM = 1 << 10;

/** No node. */
const NONE = -1;

export class Tree {
  /** Words its nodes take. */
  get words(): number {
    return this.used;
  }

  /** The first entry is the child that stands for the root. */
  nodes: Int32Array = ORDINARY.int32s(FIRST_ROOM);
  private used = 1;
  private heap = ORDINARY;
  private readonly packing: Packing;
  private readonly start: Shortcut;
  private walks = 0;

  constructor(packing: Packing) {
    this.packing = packing;
    this.start = new Shortcut(packing.width);
  }

  /** Has its nodes lie where the inner loop reaches them. */
  moveTo(heap: Heap): void {
    this.heap = heap;
    this.nodes = heap.larger(this.nodes, this.nodes.length);
  }

  /** The leaf of the packed state that starts at `from`, or `UNKNOWN`. */
  walk(words: Uint32Array, from: number): number {
    const { nodes, start } = this;
    let at = start.of(words, from);
    if (at === 0) at = this.begin(words, from);
    while (at > 0) {
      const header = nodes[at] as number;
      // A shift counts modulo 32, so the low five bits of the header are the distance.
      const word = words[(from + (header >>> 13)) | 0] as number;
      at = nodes[(at + CHILDREN + ((word >>> header) & ((header >>> 5) & 0xff))) | 0] as number;
    }
    return at === 0 ? UNKNOWN : -1 - at;
  }

  /** Where a walk for which there is no shortcut yet begins. */
  private begin(words: Uint32Array, from: number): number {
    const { nodes, start } = this;
    this.walks += 1;
    // What comes first may change while the tree grows.
    if (this.walks === 1 << 6 || this.walks === 1 << 12) this.layShortcut(words, from);
    if (!start.isLaid) return nodes[0] as number;
    let at = nodes[0] as number;
    while (at > 0) {
      const header = nodes[at] as number;
      const mask = (header >>> 5) & 0xff;
      if (!start.covers(header >>> 13, mask << (header & 31))) break;
      const word = words[from + (header >>> 13)] as number;
      at = nodes[at + CHILDREN + ((word >>> header) & mask)] as number;
    }
    if (at !== 0) start.set(words, from, at);
    return at;
  }

  /** Has the shortcut go by what a walk looks at first. */
  private layShortcut(words: Uint32Array, from: number): void {
    const { nodes, start } = this;
    start.clear();
    for (let at = nodes[0] as number; at > 0; ) {
      const header = nodes[at] as number;
      const mask = (header >>> 5) & 0xff;
      if (!start.add(header >>> 13, mask << (header & 31))) break;
      const word = words[from + (header >>> 13)] as number;
      at = nodes[at + CHILDREN + ((word >>> header) & mask)] as number;
    }
    start.lay();
  }

  /**
   * Makes walks end in `leaf` (from 0) for every state that agrees with this one in `looks`.
   * @throws HeddleError `nondeterministic-step` where the same looks have led elsewhere before.
   */
  grow(words: Uint32Array, from: number, looks: readonly number[], leaf: number): void {
    if (!this.tryGrow(words, from, looks, leaf)) throw strayed();
  }

  /** The same; false, and nothing is made, where the same looks have led elsewhere before. */
  tryGrow(words: Uint32Array, from: number, looks: readonly number[], leaf: number): boolean {
    let parent = 0;
    let value = 0;
    for (const look of looks) {
      const { offset, mask, low, high } = lookAt(look);
      const bits = mask & (this.packing.mask[offset] as number);
      if (bits === 0) continue;
      const skip = 31 - Math.clz32(bits & -bits);
      const word = this.packing.word[offset] as number;
      const shift = (this.packing.shift[offset] as number) + skip;
      const header = (word << 13) | ((bits >>> skip) << 5) | shift;
      parent = this.child(parent, value, header, low * 256 + high);
      if (parent === NONE) return false;
      value = ((words[from + word] as number) >>> shift) & (bits >>> skip);
    }
    if (this.nodes[parent === 0 ? 0 : parent + CHILDREN + value] !== 0) return false;
    this.put(parent, value, -1 - leaf);
    return true;
  }

  /** The child of a node for a value, made where there is none; `NONE` where it looks elsewhere. */
  private child(parent: number, value: number, header: number, range: number): number {
    const known = this.nodes[parent === 0 ? 0 : parent + CHILDREN + value] as number;
    if (known === 0) {
      const node = this.add(header, range);
      this.put(parent, value, node);
      return node;
    }
    const isSame = known > 0 && this.nodes[known] === header && this.nodes[known + 1] === range;
    return isSame ? known : NONE;
  }

  /** Values outside a node's range have one child. */
  private put(parent: number, value: number, child: number): void {
    const { nodes } = this;
    if (parent === 0) {
      nodes[0] = child;
      return;
    }
    const range = nodes[parent + 1] as number;
    const [low, high] = [range >>> 8, range & 0xff];
    const last = ((nodes[parent] as number) >>> 5) & 0xff;
    if (value >= low && value <= high) nodes[parent + CHILDREN + value] = child;
    else {
      for (let other = 0; other <= last; other += 1) {
        if (other < low || other > high) nodes[parent + CHILDREN + other] = child;
      }
    }
  }

  private add(header: number, range: number): number {
    const node = this.used;
    this.used += CHILDREN + ((header >>> 5) & 0xff) + 1;
    if (this.used > this.nodes.length) {
      this.nodes = this.heap.larger(this.nodes, this.nodes.length * 2 + this.used);
    }
    this.nodes[node] = header;
    this.nodes[node + 1] = range;
    return node;
  }
}

function strayed(): HeddleError {
  return new HeddleError(
    'nondeterministic-step',
    'a step or property looked elsewhere in a state that is the same in all it had looked at before',
  );
}
