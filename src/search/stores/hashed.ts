/** States of which only something of their hashes is kept, and whole ones for the levels at hand: two states may be taken for one. */
import type { Packing } from '../../machine/packing.ts';
import type { Batch } from '../batch.ts';
import { Visited } from '../visited.ts';
import { Window } from './window.ts';

export abstract class Hashed extends Visited {
  override readonly keepsAll = false;
  protected readonly window: Window;
  private readonly packed: Uint32Array;

  constructor(packing: Packing) {
    super(packing);
    this.window = new Window(packing.width);
    this.packed = new Uint32Array(packing.width);
  }

  /** Notes the two hashes of a state; false where they look known. */
  protected abstract enter(first: number, second: number): boolean;
  protected abstract has(first: number, second: number): boolean;
  /** A value of what `enter` would read first. */
  protected abstract touch(first: number): number;

  /** Bytes of the states that are kept whole, at most. */
  get wholeBytes(): number {
    return this.window.mostBytes;
  }

  override get firstKept(): number {
    return this.window.first;
  }

  override insert(state: Uint32Array, parent: number): number {
    const { packed } = this;
    this.packing.pack(new Uint8Array(state.buffer), packed);
    return this.insertPacked(packed, 0, strongHashOf(packed, 0, this.width, FIRST), parent);
  }

  /** As of all states; for one that looks known some id, but not its own. */
  override insertPacked(words: Uint32Array, from: number, hash: number, _parent: number): number {
    if (!this.enter(hash, strongHashOf(words, from, this.width, SECOND))) return 0;
    const id = this.count;
    this.window.put(id, words, from);
    this.count += 1;
    return -1 - id;
  }

  override find(state: Uint32Array): number {
    const { packed } = this;
    this.packing.pack(new Uint8Array(state.buffer), packed);
    return this.findPacked(packed, 0, strongHashOf(packed, 0, this.width, FIRST));
  }

  /** -1, or some id where it looks known. */
  override findPacked(words: Uint32Array, from: number, hash: number): number {
    return this.has(hash, strongHashOf(words, from, this.width, SECOND)) ? 0 : -1;
  }

  /** Also puts the hashes there that tell states apart well enough to be all that is kept. */
  override fetch({ words, hashes, count }: Batch): void {
    const { width } = this;
    let fetched = 0;
    for (let at = 0; at < count; at += 1) {
      const hash = strongHashOf(words, at * width, width, FIRST);
      hashes[at] = hash;
      fetched ^= this.touch(hash);
    }
    this.fetched = fetched;
  }

  override load(id: number, into: Uint32Array): void {
    this.window.load(id, this.packed, 0);
    this.packing.unpack(this.packed, new Uint8Array(into.buffer), 0);
  }

  override loadPacked(id: number, into: Uint32Array, to = 0): void {
    this.window.load(id, into, to);
  }

  /** @throws Error, for parents are not kept. */
  override parent(_id: number): number {
    throw new Error('parents are not kept');
  }

  override forget(before: number): void {
    this.window.forget(before);
  }
}

/** What the two hashes of a state begin with. */
const FIRST = 0x6c078965;
const SECOND = 0x2545f491;

/** Each word goes through all before it: the sum that finds whole states has many more collisions than a hash drawn at random. */
export function strongHashOf(
  state: Uint32Array,
  from: number,
  width: number,
  start: number,
): number {
  let hash = start;
  for (let word = 0; word < width; word += 1) {
    hash = Math.imul(hash ^ (state[from + word] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca77);
    hash = (hash << 13) | (hash >>> 19);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
}
