/** Where the moves of states lead, and how they count: played from what was learned of them. */
import type { StepInstruction } from '../machine/instructions.ts';
import type { PackedEngine } from '../machine/packed.ts';
import { Batch } from './batch.ts';
import type { Deeds } from './deeds.ts';
import type { LearnedMoves } from './learned.ts';
import {
  FIRST_MOVE,
  FIRST_STORE,
  FREE,
  MOVES,
  NUMBER,
  OUTCOME,
  REFUSED,
  STORES,
  WAITS,
} from './records.ts';
import type { Visited } from './visited.ts';

export class Successors {
  moves: LearnedMoves;
  /** The states that moves lead to, CPU by CPU; a failed attempt of a polling step leads to the state itself. */
  readonly batch: Batch;
  /** The moves of the state gathered last that a fatal finding has ended, by the numbers of their deeds. */
  readonly refused: number[] = [];
  /** For whom each CPU's running context waits there, as `WAITS` says it; and whether any waits at all. */
  readonly waitsOf: Int32Array;
  waited = false;
  /** Told of the record of each CPU's moves, while they can be executed on the state. */
  onRecord: ((cpu: number, record: number) => void) | undefined;
  /** Told once the moves of an origin are all in the batch. */
  onPlayed: (() => void) | undefined;
  private readonly visited: Visited;
  readonly deeds: Deeds;

  constructor(engine: PackedEngine, visited: Visited, moves: LearnedMoves, deeds: Deeds) {
    this.visited = visited;
    this.moves = moves;
    this.deeds = deeds;
    this.waitsOf = new Int32Array(engine.compiled.cpus.length);
    this.batch = new Batch(visited.packing.width, this.waitsOf.length);
  }

  /** Whether something is found by one of the moves collected last, or is asked of a state they lead to. */
  get tells(): boolean {
    const { numbers, count } = this.batch;
    if (this.refused.length > 0) return true;
    for (let at = 0; at < count; at += 1)
      if (this.deeds.tells[numbers[at] as number] === true) return true;
    return false;
  }

  /** Makes every move of a stored state, or those of one CPU; whether any leads on. With `counts`, moves are counted as made. */
  collect(id: number, counts: boolean, only = -1): boolean {
    this.batch.begin();
    return this.gather(id, counts, only);
  }

  /** Adds every move of a stored state to the batch. Whether there are any but loops. */
  gather(id: number, counts: boolean, only = -1): boolean {
    this.moves.counts = counts;
    const from = this.batch.open();
    this.visited.loadPacked(id, this.batch.sources, from);
    return this.play(only);
  }

  /** The same for a state that the batch has as one that a move leads to. Counts nothing. */
  gatherFrom(at: number): boolean {
    const { batch } = this;
    this.moves.counts = false;
    const from = batch.open();
    const { words, sources, width } = batch;
    for (let word = 0; word < width; word += 1)
      sources[from + word] = words[at * width + word] as number;
    return this.play(-1);
  }

  /** Adds the moves of the origin opened last. */
  private play(only: number): boolean {
    const { moves, waitsOf, batch } = this;
    // Setting a length is slow, and there is hardly ever anything.
    if (this.refused.length > 0) this.refused.length = 0;
    const before = batch.count;
    batch.opened();
    moves.begin(batch.sources, (batch.origins - 1) * batch.width);
    let waits = 0;
    for (let cpu = 0; cpu < waitsOf.length; cpu += 1) {
      if (only === -1 || cpu === only) {
        const record = moves.of(cpu);
        this.onRecord?.(cpu, record);
        const waitsHere = moves.records[record + WAITS] as number;
        waitsOf[cpu] = waitsHere;
        waits |= waitsHere;
        this.playRecord(record);
      }
      batch.close(cpu);
    }
    this.waited = (waits & ~FREE) !== 0;
    this.onPlayed?.();
    for (let at = before; at < batch.count; at += 1) if (batch.loops[at] === 0) return true;
    return false;
  }

  /** Has the memory fetched where the states of the batch are looked for. */
  fetch(): void {
    this.visited.fetch(this.batch);
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

  private playRecord(record: number): void {
    const { batch } = this;
    const { records } = this.moves;
    let move = record + FIRST_MOVE;
    for (let left = records[record + MOVES] as number; left > 0; left -= 1) {
      const number = records[move + NUMBER] as number;
      const end = move + FIRST_STORE + 3 * (records[move + STORES] as number);
      if (records[move + OUTCOME] === REFUSED) this.refused.push(number);
      else batch.add(records, move + FIRST_STORE, end, number);
      move = end;
    }
  }
}
