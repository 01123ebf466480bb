/** States that follow from some, in the order in which a search meets them, with the moves that lead to each. */
import type { Move } from '../machine/moves.ts';
import type { PackedEngine } from '../machine/packed.ts';
import { Packing } from '../machine/packing.ts';
import { Visited } from './visited.ts';

export class Region {
  private readonly engine: PackedEngine;
  private readonly visited: Visited;
  private readonly source: Uint32Array;
  /** By state: the one it was first reached from, -1 where the region begins, and by which move. */
  private readonly from: number[] = [];
  private readonly by: (Move | undefined)[] = [];

  constructor(engine: PackedEngine) {
    this.engine = engine;
    const { layout } = engine.compiled;
    this.visited = new Visited(new Packing(layout.cells, layout.bytes));
    this.source = new Uint32Array(engine.memory.words.length);
  }

  get count(): number {
    return this.visited.count;
  }

  /** Adds the state in memory; false where it is known. */
  add(from = -1, by?: Move): boolean {
    if (this.visited.insert(this.engine.memory.words, -1) >= 0) return false;
    this.from.push(from);
    this.by.push(by);
    return true;
  }

  /** Puts a state into memory. */
  load(state: number): void {
    this.visited.load(state, this.source);
    this.restore();
  }

  /** Puts the state that was loaded last into memory again. */
  restore(): void {
    this.engine.memory.words.set(this.source);
  }

  /** The moves to a state, from where the region begins. */
  wayTo(state: number): Move[] {
    const moves: Move[] = [];
    let at = state;
    for (let move = this.by[at]; move !== undefined; move = this.by[at]) {
      moves.unshift(move);
      at = this.from[at] as number;
    }
    return moves;
  }
}
