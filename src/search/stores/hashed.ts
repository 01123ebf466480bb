/** States of which only something of their hashes is kept, and whole ones for the levels at hand: two states may be taken for one. */
import type { Packing } from '../../machine/packing.ts';
import type { Batch } from '../batch.ts';
import { Visited } from '../visited.ts';
import { MoveNumbers } from './move-numbers.ts';
import { Window } from './window.ts';

export abstract class Hashed extends Visited {
  override readonly keepsAll = false;
  protected readonly window: Window;
  private readonly packed: Uint32Array;
  /** Which move of its parent each state is reached by; undefined where parents are not kept. */
  private readonly moves: MoveNumbers | undefined;

  constructor(packing: Packing, keepsParents = false) {
    super(packing);
    this.moves = keepsParents ? new MoveNumbers() : undefined;
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
  override insertPacked(
    words: Uint32Array,
    from: number,
    hash: number,
    parent: number,
    move = 0,
  ): number {
    if (!this.enter(hash, strongHashOf(words, from, this.width, SECOND))) return 0;
    const id = this.count;
    if (this.moves !== undefined) {
      this.parents.reserve(id + 1);
      this.parents.put(id, parent);
      this.moves.put(id, move);
    }
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

  get keepsParents(): boolean {
    return this.moves !== undefined;
  }

  /** Bytes of what is kept of one parent. */
  protected get bytesPerParent(): number {
    return this.moves === undefined ? 0 : this.parents.bytesPerState + this.moves.bytesPerState;
  }

  /** @throws Error where parents are not kept. */
  override parent(id: number): number {
    if (this.moves === undefined) throw new Error('parents are not kept');
    return this.parents.get(id);
  }

  /** Which move of its parent has led to a state, in the order of a batch, from 0. */
  move(id: number): number {
    return this.moves?.get(id) ?? 0;
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
