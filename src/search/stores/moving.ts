/**
 * States on their way from whole to compressed, some at a time: each keeps its number, and the memory it was in is let go once what
 * lies there is all compressed. So both are never there in full.
 */
import type { StateStore, Store } from '../store.ts';
import { TreeStore } from './tree.ts';

/** States that a look at what compressing them would save takes, in runs of so many. */
const SAMPLE_STATES = 1 << 16;
const RUN_STATES = 1 << 10;
/** Of its bytes, a state must need no more than this share: else it is not worth the while. */
const WORTH = 0.8;

export class Moving implements StateStore {
  readonly width: number;
  readonly tree: TreeStore;
  private readonly plain: Store;
  /** States before this one are compressed. */
  private moved = 0;

  constructor(plain: Store, tree: TreeStore) {
    this.width = plain.width;
    this.plain = plain;
    this.tree = tree;
  }

  /**
   * Compresses so many more of the states there are; whether that were all.
   * @throws RangeError where there is no memory for them; then none of them are.
   */
  move(count: number, atATime: number): boolean {
    const { plain, tree, moved, width } = this;
    const end = Math.min(count, moved + atATime);
    const words = new Uint32Array(width);
    for (let id = moved; id < end; id += 1) {
      plain.load(id, words, 0);
      tree.reserve(id + 1);
      tree.put(id, words, 0);
    }
    this.moved = end;
    plain.letGo(end === count ? Number.POSITIVE_INFINITY : end);
    return end === count;
  }

  bytesPerState(states: number): number {
    const share = this.moved / Math.max(1, states);
    return share * this.tree.bytesPerState(this.moved) + (1 - share) * this.plain.bytesPerState();
  }

  /** New states are whole. */
  reserve(count: number): void {
    this.plain.reserve(count);
  }

  adopt(): void {
    this.plain.adopt();
    this.tree.adopt();
  }

  put(id: number, words: Uint32Array, from: number): void {
    this.plain.put(id, words, from);
  }

  equals(id: number, words: Uint32Array, from: number): boolean {
    return this.of(id).equals(id, words, from);
  }

  hash(id: number): number {
    return this.of(id).hash(id);
  }

  load(id: number, into: Uint32Array, to: number): void {
    this.of(id).load(id, into, to);
  }

  touch(id: number): number {
    return this.of(id).touch(id);
  }

  private of(id: number): StateStore {
    return id < this.moved ? this.tree : this.plain;
  }
}

/** Whether so many states would take clearly less, by a sample from all over: of more states, more is shared. */
export function isWorthCompressing(store: StateStore, count: number): boolean {
  const { width } = store;
  const tree = new TreeStore(width);
  const words = new Uint32Array(width);
  const runs = Math.min(SAMPLE_STATES / RUN_STATES, Math.ceil(count / RUN_STATES));
  let taken = 0;
  for (let run = 0; run < runs; run += 1) {
    const from = Math.floor((run * count) / runs);
    const end = Math.min(from + RUN_STATES, Math.floor(((run + 1) * count) / runs));
    for (let id = from; id < end; id += 1, taken += 1) {
      store.load(id, words, 0);
      tree.reserve(taken + 1);
      tree.put(taken, words, 0);
    }
  }
  return tree.bytesPerState(taken) < WORTH * store.bytesPerState(taken);
}
