/** Where the moves of a state lead, and how they count: played from what was learned of them. */
import type { StepInstruction } from '../machine/instructions.ts';
import type { PackedEngine } from '../machine/packed.ts';
import { Batch } from './batch.ts';
import type { Deeds } from './deeds.ts';
import {
  FIRST_MOVE,
  FIRST_STORE,
  FREE,
  type LearnedMoves,
  MOVES,
  NUMBER,
  OUTCOME,
  REFUSED,
  SHORTAGES,
  STORES,
  WAITS,
} from './learned.ts';
import type { Visited } from './visited.ts';

export class Successors {
  readonly moves: LearnedMoves;
  /** The states that moves lead to, CPU by CPU; a failed attempt of a polling step leads to the state itself. */
  readonly batch: Batch;
  /** The moves that a fatal finding has ended, by the numbers of their deeds. */
  readonly refused: number[] = [];
  /** For whom each CPU's running context waits, as `WAITS` says it; and whether any waits at all. */
  readonly waitsOf: Int32Array;
  waited = false;
  private readonly engine: PackedEngine;
  private readonly visited: Visited;
  readonly deeds: Deeds;
  private readonly state: Uint32Array;

  constructor(engine: PackedEngine, visited: Visited, moves: LearnedMoves, deeds: Deeds) {
    this.engine = engine;
    this.visited = visited;
    this.moves = moves;
    this.deeds = deeds;
    const { width } = visited.packing;
    this.state = new Uint32Array(width);
    this.waitsOf = new Int32Array(engine.compiled.cpus.length);
    this.batch = new Batch(width, this.waitsOf.length);
  }

  /** Whether something is found by one of the moves collected last, or is asked of a state they lead to. */
  get tells(): boolean {
    const { numbers, count } = this.batch;
    if (this.refused.length > 0) return true;
    for (let at = 0; at < count; at += 1)
      if (this.deeds.tells[numbers[at] as number] === true) return true;
    return false;
  }

  /** Makes every move of a stored state, or those of one CPU. With `counts`, moves are counted as made. */
  collect(id: number, counts: boolean, only = -1): void {
    const { state, moves, waitsOf, batch } = this;
    this.visited.loadPacked(id, state);
    this.refused.length = 0;
    batch.begin(state);
    moves.begin(state);
    let waits = 0;
    for (let cpu = 0; cpu < waitsOf.length; cpu += 1) {
      if (only !== -1 && cpu !== only) {
        batch.endOf[cpu] = batch.count;
        continue;
      }
      const record = moves.of(cpu);
      waitsOf[cpu] = moves.records[record + WAITS] as number;
      waits |= moves.records[record + WAITS] as number;
      this.play(record, counts);
      batch.endOf[cpu] = batch.count;
    }
    this.waited = (waits & ~FREE) !== 0;
  }

  /** Has the memory fetched where the states collected last are looked for. */
  fetch(): void {
    const { batch, visited } = this;
    let fetched = 0;
    for (let at = 0; at < batch.count; at += 1) fetched ^= visited.peek(batch.hashes[at] as number);
    batch.fetched = fetched;
  }

  /** The id of one of the states collected last, or -1. */
  stateAt(at: number): number {
    const { words, width, hashes } = this.batch;
    return this.visited.findPacked(words, at * width, hashes[at] as number);
  }

  /** The step that leads to one of the states collected last. */
  stepTo(at: number): StepInstruction | undefined {
    return this.deeds.steps[this.batch.numbers[at] as number];
  }

  private play(record: number, counts: boolean): void {
    const { state, batch } = this;
    const { records } = this.moves;
    const { taken } = this.deeds;
    if (counts) this.engine.heap.refused += records[record + SHORTAGES] as number;
    let move = record + FIRST_MOVE;
    for (let left = records[record + MOVES] as number; left > 0; left -= 1) {
      const number = records[move + NUMBER] as number;
      const end = move + FIRST_STORE + 3 * (records[move + STORES] as number);
      if (records[move + OUTCOME] === REFUSED) this.refused.push(number);
      else batch.add(state, records, move + FIRST_STORE, end, number);
      if (counts) taken[number] = (taken[number] as number) + 1;
      move = end;
    }
  }
}
