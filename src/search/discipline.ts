/**
 * Granularity, verified: a step with several accesses stands only if each word it touches is
 * touched by one CPU alone, or in the whole model only under a lock that is held there
 * (semantics.md section 1). Collected over all steps, decided at the end.
 */
import { HeddleError } from '../design/errors.ts';
import { ACCESS_MASK, ACCESS_SHIFT, accesses, CORE } from '../design/processor.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { CompiledMachine, Slot } from '../machine/machine.ts';
import { StepNumbers } from './step-numbers.ts';

/** Different sets of words kept of what one step was seen to touch: the first in an order that is not that of the search. */
const MAX_SHAPES = 256;

/** Beside a bit per lock, `held` says which contexts could not start on top of the step. */
export const NO_SOFTIRQ = 1 << 30;
export const NO_HARDIRQ = 1 << 29;
const LOCKS = NO_HARDIRQ - 1;

/** Whether an entry of the access log touched an object that nobody else could reach. */
export type IsPrivate = (entry: number) => boolean;

interface Shape {
  readonly cells: readonly number[];
  /** Shared accesses from which on the step is coarse: one beside a lock, else two. */
  readonly least: number;
  held: number;
}

/** What was recorded, as plain data: by cell, by step and cell, by step. */
export interface DisciplineNotes {
  readonly lockset: readonly number[];
  readonly touchedBy: readonly number[];
  readonly touchedAt: readonly number[];
  readonly locksOf: readonly (readonly [number, number])[];
  readonly shapes: readonly (readonly [step: number, shapes: readonly Shape[]])[];
}

/** An exchange of CPUs or objects: the image of each cell, and of a set of locks and of CPUs, a bit each. */
export interface Exchanged {
  readonly cells: Int32Array;
  locks(of: number): number;
  cpus(of: number): number;
}

export class Discipline {
  /** Locks held at every access so far, per cell: a bit each. */
  private readonly lockset: Int32Array;
  /** CPUs that ever touched a cell, and levels of context in which they did: a bit each. */
  private readonly touchedBy: Int32Array;
  private readonly touchedAt: Uint8Array;
  private readonly shapes = new Map<number, Map<string, Shape>>();
  /** Locks held at every access of one step to a cell: by the number of the step times all cells, plus the cell. */
  private readonly locksOf = new Map<number, number>();
  private readonly compiled: CompiledMachine;
  private readonly steps: StepNumbers;
  private readonly locks: ReadonlySet<number>;

  constructor(compiled: CompiledMachine) {
    this.compiled = compiled;
    this.steps = new StepNumbers(compiled);
    this.locks = new Set(compiled.layout.locks.map((plan) => plan.cell));
    this.lockset = new Int32Array(compiled.layout.cells.length).fill(-1);
    this.touchedBy = new Int32Array(compiled.layout.cells.length);
    this.touchedAt = new Uint8Array(compiled.layout.cells.length);
  }

  /**
   * Records what the last attempt touched. `held` are the locks its CPU held before it, and the
   * contexts that could not come on top. Accesses for which `isPrivate` do not count.
   */
  record(step: StepInstruction, slot: Slot, held: number, isPrivate?: IsPrivate): void {
    const { count, entries } = accesses;
    const first = this.steps.of(step) * this.lockset.length;
    for (let at = 0; at < count && at <= ACCESS_MASK; at += 1) {
      const cell = (entries[at] as number) >>> ACCESS_SHIFT;
      if (isPrivate?.(entries[at] as number) === true) continue;
      (this.lockset[cell] as number) &= held;
      this.locksOf.set(first + cell, (this.locksOf.get(first + cell) ?? LOCKS) & held);
      (this.touchedBy[cell] as number) |= 1 << slot.cpu;
      (this.touchedAt[cell] as number) |= 1 << slot.level;
    }
    // A kernel word's own step touches its lock, or nothing; more than that, its target has read.
    if (step.node.atomic === undefined && (count > 1 || step.node.core === true))
      this.remember(step, count, held, isPrivate);
  }

  private remember(
    step: StepInstruction,
    count: number,
    held: number,
    isPrivate?: IsPrivate,
  ): void {
    const cells: number[] = [];
    const isWord = step.node.core === true;
    let queues = false;
    for (let at = 0; at < count && at <= ACCESS_MASK; at += 1) {
      const entry = accesses.entries[at] as number;
      const cell = entry >>> ACCESS_SHIFT;
      if (isPrivate?.(entry) === true || (isWord && this.locks.has(cell))) continue;
      // call_rcu is one access, whatever the RCU core stores for it.
      if ((entry & CORE) === 0 || !queues) cells.push(cell);
      if ((entry & CORE) !== 0) queues = true;
    }
    const least = isWord ? 1 : 2;
    // A blocking step that looks at a word and changes that word alone is a compare-and-swap.
    const waits = step.node.form === 'until' || step.node.form === 'spin_until';
    if (cells.length < least) return;
    if (!isWord && waits && cells.every((cell) => cell === cells[0])) return;
    this.keep(this.steps.of(step), { cells, held, least });
  }

  /** Adds to a shape of a step. Which ones are kept does not depend on the order in which they come. */
  private keep(step: number, { cells, held, least }: Shape): void {
    const shapes = this.shapes.get(step) ?? new Map<string, Shape>();
    this.shapes.set(step, shapes);
    const key = cells.join();
    const shape = shapes.get(key);
    if (shape !== undefined) {
      shape.held &= held;
      return;
    }
    shapes.set(key, { cells, held, least });
    if (shapes.size > MAX_SHAPES) shapes.delete([...shapes.keys()].sort().at(-1) as string);
  }

  notes(): DisciplineNotes {
    return {
      lockset: [...this.lockset],
      touchedBy: [...this.touchedBy],
      touchedAt: [...this.touchedAt],
      locksOf: [...this.locksOf],
      shapes: [...this.shapes].map(([step, shapes]) => {
        return [step, [...shapes.values()].map((shape) => ({ ...shape }))];
      }),
    };
  }

  /** Adds what was recorded elsewhere. */
  absorb({ lockset, touchedBy, touchedAt, locksOf, shapes }: DisciplineNotes): void {
    for (let cell = 0; cell < this.lockset.length; cell += 1) {
      (this.lockset[cell] as number) &= lockset[cell] as number;
      (this.touchedBy[cell] as number) |= touchedBy[cell] as number;
      (this.touchedAt[cell] as number) |= touchedAt[cell] as number;
    }
    for (const [key, locks] of locksOf)
      this.locksOf.set(key, (this.locksOf.get(key) ?? LOCKS) & locks);
    for (const [step, some] of shapes) for (const shape of some) this.keep(step, shape);
  }

  /** Adds what holds of other CPUs and words by exchanges; a step that is coarse for one of them is then coarse for all. */
  spread(exchanges: readonly Exchanged[]): void {
    for (let isNew = true; isNew; ) {
      isNew = false;
      for (const { cells, locks, cpus } of exchanges) {
        for (const [cell, image] of cells.entries()) {
          const lockset = (this.lockset[image] as number) & locks(this.lockset[cell] as number);
          const by = (this.touchedBy[image] as number) | cpus(this.touchedBy[cell] as number);
          const at = (this.touchedAt[image] as number) | (this.touchedAt[cell] as number);
          if (lockset !== this.lockset[image] || by !== this.touchedBy[image]) isNew = true;
          if (at !== this.touchedAt[image]) isNew = true;
          this.lockset[image] = lockset;
          this.touchedBy[image] = by;
          this.touchedAt[image] = at;
        }
      }
    }
  }

  /**
   * Decides, once everything was seen.
   * @throws HeddleError `coarse-step`
   */
  decide(): void {
    const inOrder = [...this.shapes].sort(([one], [other]) => one - other);
    for (const [step, shapes] of inOrder) {
      for (const key of [...shapes.keys()].sort()) this.decideShape(step, shapes.get(key) as Shape);
    }
  }

  private decideShape(number: number, { cells, held, least }: Shape): void {
    const step = this.steps.step(number);
    const shared = cells.filter((cell) => this.isShared(cell, held));
    if (shared.length < least) return;
    const open = shared.filter((cell) => !this.isLocked(cell, held));
    if (open.length === 0) return;
    const names = [...new Set(shared.map((cell) => this.name(cell)))];
    const openNames = [...new Set(open.map((cell) => this.name(cell)))];
    const count = least === 1 ? names.length + 1 : shared.length;
    const what = `'${step.stack.at(-1)}: ${step.label}' makes ${count} accesses to shared memory`;
    const opener = this.opener(open[0] as number, number, held);
    const by =
      opener === undefined
        ? ''
        : `: '${opener.stack.at(-1)}: ${opener.label}' touches it otherwise`;
    const why = `no one lock held here protects ${openNames.join(', ')}${by}`;
    throw new HeddleError(
      'coarse-step',
      `${what} (${names.join(', ')}), and ${why}`,
      step.node.place,
    );
  }

  /** The first other step after which no lock of `held` protects a cell. */
  private opener(cell: number, step: number, held: number): StepInstruction | undefined {
    let locks = held & LOCKS;
    if (locks === 0) return undefined;
    for (const [key, others] of [...this.locksOf].sort(([one], [other]) => one - other)) {
      const other = Math.floor(key / this.lockset.length);
      if (key % this.lockset.length !== cell || other === step) continue;
      locks &= others;
      if (locks === 0) return this.steps.step(other);
    }
    return undefined;
  }

  /** Whether anybody else could look at a cell in the middle of a step that ran with `held`. */
  private isShared(cell: number, held: number): boolean {
    if (isMany(this.touchedBy[cell] as number)) return true;
    const levels = this.touchedAt[cell] as number;
    const softirq = (levels & 2) !== 0 && (held & NO_SOFTIRQ) === 0;
    const hardirq = (levels & 4) !== 0 && (held & NO_HARDIRQ) === 0;
    return isMany(levels) && (softirq || hardirq);
  }

  private isLocked(cell: number, held: number): boolean {
    return ((this.lockset[cell] as number) & held & LOCKS) !== 0;
  }

  private name(cell: number): string {
    return this.compiled.layout.cells[cell]?.name ?? '?';
  }

  /** Words always accessed under one lock, by lock: what reviewers want to read. */
  protectedWords(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const cell of this.compiled.layout.cells) {
      const mask = this.lockset[cell.index] as number;
      if (
        cell.role !== 'shared' ||
        (this.touchedBy[cell.index] as number) === 0 ||
        (mask & LOCKS) === 0
      )
        continue;
      for (const [at, lock] of this.compiled.layout.locks.entries()) {
        if ((mask & (1 << at)) === 0 || cell.index === lock.cell) continue;
        found.set(lock.name, [...(found.get(lock.name) ?? []), cell.name]);
      }
    }
    return found;
  }
}

function isMany(set: number): boolean {
  return (set & (set - 1)) !== 0;
}
