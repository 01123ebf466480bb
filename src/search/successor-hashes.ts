/** Where the moves of the first states lead, as sums of hashes: to compare when those are executed again. */
import type { PackedEngine } from '../machine/packed.ts';
import type { Packing } from '../machine/packing.ts';
import type { Batch } from './batch.ts';
import { hashOf } from './hash.ts';

/** States up to which every step is executed a second time (semantics.md section 12). */
export const CHECKED_STATES = 10_000;

export class SuccessorHashes {
  /** By state. */
  readonly sums = new Uint32Array(CHECKED_STATES);
  private readonly engine: PackedEngine;
  private readonly packing: Packing;

  constructor(engine: PackedEngine, packing: Packing) {
    this.engine = engine;
    this.packing = packing;
  }

  /** Notes the moves of states from `first` on, which are the origins of a batch. */
  note(batch: Batch, first: number): void {
    for (let origin = 0, at = 0; origin < batch.origins; origin += 1) {
      if (first + origin >= CHECKED_STATES) return;
      for (const end = batch.startOf(origin + 1); at < end; at += 1)
        this.add(first + origin, batch, at);
    }
  }

  /** Notes all moves of a batch as those of one state. */
  noteAll(batch: Batch, state: number): void {
    if (state >= CHECKED_STATES) return;
    for (let at = 0; at < batch.count; at += 1) this.add(state, batch, at);
  }

  private add(state: number, { words, width }: Batch, at: number): void {
    const { memory } = this.engine;
    this.packing.unpack(words, memory.bytes, at * width);
    const hash = hashOf(memory.words, 0, memory.words.length);
    this.sums[state] = (this.sums[state] as number) + hash;
  }
}
