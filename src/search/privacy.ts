/**
 * Who can reach an object: an object that only the locals of one CPU lead to is not published, and what its owner does to it
 * breaks no discipline (semantics.md section 9). Looked at only where a step is coarse otherwise: a second pass over all states.
 */
import { ACCESS_SHIFT, CORE } from '../design/processor.ts';
import { DEAD, SHARED } from '../machine/heap.ts';
import type { CompiledCpu, Slot } from '../machine/machine.ts';
import { Discipline } from './discipline.ts';
import { type Executed, LearnedMoves } from './learned.ts';
import type { Search } from './search.ts';

/**
 * Collects the discipline anew, without accesses to unpublished objects. Undefined where some step reached an object that nothing
 * it could see leads to (by its index): then no object can be called private.
 */
export function disciplineOfPublished(search: Search): Discipline | undefined {
  const { visited, engine } = search;
  const pass = new PrivacyPass(search);
  const moves = new LearnedMoves(engine, visited.packing, pass);
  moves.counts = false;
  const state = new Uint32Array(visited.packing.width);
  for (let id = 0; id < visited.count && !pass.scanned; id += 1) {
    visited.loadPacked(id, state);
    moves.begin(state, 0);
    for (const { index } of engine.compiled.cpus) moves.of(index);
  }
  return pass.scanned ? undefined : pass.discipline;
}

/** Told of the moves once for all states that agree in what they look at and in who can reach the objects that they touch. */
class PrivacyPass implements Executed {
  readonly discipline: Discipline;
  readonly watchesRaces = false;
  /** An object was reached by somebody nothing leads from to it. */
  scanned = false;
  private readonly search: Search;
  private readonly source: Uint32Array;
  private readonly successor: Uint32Array;
  private readonly keepers = new Map<number, { before: number; after: number }>();

  constructor(search: Search) {
    this.search = search;
    this.discipline = new Discipline(search.engine.compiled);
    this.source = new Uint32Array(search.source.length);
    this.successor = new Uint32Array(search.source.length);
  }

  begin(cpu: CompiledCpu): void {
    this.source.set(this.search.engine.memory.words);
    this.search.begin(cpu);
  }

  executed(slot: Slot): number {
    const { engine } = this.search;
    if (engine.step === undefined || !engine.touched()) return -1;
    this.keepers.clear();
    const held = this.search.held.ofCpu(slot);
    this.discipline.record(engine.step, slot, held, (entry) => this.isPrivate(entry, slot.cpu));
    return -1;
  }

  races(): number {
    return 0;
  }

  private isPrivate(entry: number, cpu: number): boolean {
    const { cells } = this.search.engine.compiled.layout;
    const object = cells[entry >>> ACCESS_SHIFT]?.object ?? -1;
    if (object === -1) return false;
    const { before, after } = this.keepersOf(object);
    if (before === SHARED) return false;
    // Allocated by this very step, or known to it alone.
    if (before === DEAD || before === cpu) return (entry & CORE) !== 0 || after !== SHARED;
    this.scanned = true;
    return false;
  }

  /** Who can reach an object in the state before the step and in the one after it. */
  private keepersOf(object: number): { before: number; after: number } {
    const known = this.keepers.get(object);
    if (known !== undefined) return known;
    const { engine } = this.search;
    const { memory, heap } = engine;
    const after = heap.keeper(object);
    this.successor.set(memory.words);
    memory.words.set(this.source);
    const before = memory.footprint.beforeStores(() => heap.keeper(object));
    memory.words.set(this.successor);
    const keepers = { before, after };
    this.keepers.set(object, keepers);
    return keepers;
  }
}
