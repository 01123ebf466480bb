/**
 * Who can reach an object: an object that only the locals of one CPU lead to is not published, and what its owner does to it
 * breaks no discipline (semantics.md section 9). Looked at only where a step is coarse otherwise: a second pass over all states.
 */
import { ACCESS_SHIFT, CORE } from '../design/processor.ts';
import type { Attempt } from '../machine/engine.ts';
import { DEAD, SHARED } from '../machine/heap.ts';
import type { Slot } from '../machine/machine.ts';
import { expand, type MoveVisitor } from '../machine/moves.ts';
import { Discipline } from './discipline.ts';
import type { Search } from './search.ts';

/**
 * Collects the discipline anew, without accesses to unpublished objects. Undefined where some step reached an object that nothing
 * it could see leads to (by its index): then no object can be called private.
 */
export function disciplineOfPublished(search: Search): Discipline | undefined {
  const pass = new PrivacyPass(search);
  const { visited, engine } = search;
  const { refused } = engine.heap;
  for (let state = 0; state < visited.count && !pass.scanned; state += 1) {
    visited.load(state, search.source);
    search.restore();
    search.beginState();
    expand(search.engine, pass);
  }
  // What is looked at again is not counted again.
  engine.heap.refused = refused;
  return pass.scanned ? undefined : pass.discipline;
}

class PrivacyPass implements MoveVisitor {
  readonly discipline: Discipline;
  /** An object was reached by somebody nothing leads from to it. */
  scanned = false;
  private readonly search: Search;
  private readonly successor: Uint32Array;
  private readonly keepers = new Map<number, { before: number; after: number }>();

  constructor(search: Search) {
    this.search = search;
    this.discipline = new Discipline(search.engine.compiled);
    this.successor = new Uint32Array(search.source.length);
  }

  restore(): void {
    this.search.restore();
  }

  visit(slot: Slot, _entering: boolean, _outcome: Attempt): void {
    const { engine } = this.search;
    if (engine.step === undefined || !engine.touched()) return;
    this.keepers.clear();
    const held = this.search.heldBy(slot);
    this.discipline.record(engine.step, slot, held, (entry) => this.isPrivate(entry, slot.cpu));
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
    const after = engine.heap.keeper(object);
    this.successor.set(engine.memory.words);
    this.search.restore();
    const before = engine.heap.keeper(object);
    engine.memory.words.set(this.successor);
    const keepers = { before, after };
    this.keepers.set(object, keepers);
    return keepers;
  }
}
