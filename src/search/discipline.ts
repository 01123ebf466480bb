/**
 * Granularity, verified: a step with several accesses stands only if each word it touches is
 * touched by one CPU alone, or in the whole model only under a lock that is held there
 * (semantics.md section 1). Collected over all steps, decided at the end.
 */
import { HeddleError } from '../design/errors.ts';
import { ACCESS_MASK, ACCESS_SHIFT, accesses, CORE } from '../design/processor.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { CompiledMachine, Slot } from '../machine/machine.ts';

/** Different sets of words one step was seen to touch; more than this many are not told apart. */
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

export class Discipline {
  /** Locks held at every access so far, per cell: a bit each. */
  private readonly lockset: Int32Array;
  /** CPUs that ever touched a cell, and levels of context in which they did: a bit each. */
  private readonly touchedBy: Int32Array;
  private readonly touchedAt: Uint8Array;
  private readonly shapes = new Map<StepInstruction, Map<string, Shape>>();
  /** The last step that touched a cell with fewer locks held than all before it. */
  private readonly opened = new Map<number, StepInstruction>();
  private readonly compiled: CompiledMachine;
  private readonly locks: ReadonlySet<number>;

  constructor(compiled: CompiledMachine) {
    this.compiled = compiled;
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
    for (let at = 0; at < count && at <= ACCESS_MASK; at += 1) {
      const cell = (entries[at] as number) >>> ACCESS_SHIFT;
      if (isPrivate?.(entries[at] as number) === true) continue;
      if (((this.lockset[cell] as number) & ~held & LOCKS) !== 0) this.opened.set(cell, step);
      (this.lockset[cell] as number) &= held;
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
    const shapes = this.shapes.get(step) ?? new Map<string, Shape>();
    this.shapes.set(step, shapes);
    const key = cells.join();
    const shape = shapes.get(key);
    if (shape !== undefined) shape.held &= held;
    else if (shapes.size < MAX_SHAPES) shapes.set(key, { cells, held, least });
  }

  /**
   * Decides, once everything was seen.
   * @throws HeddleError `coarse-step`
   */
  decide(): void {
    for (const [step, shapes] of this.shapes) {
      for (const shape of shapes.values()) this.decideShape(step, shape);
    }
  }

  private decideShape(step: StepInstruction, { cells, held, least }: Shape): void {
    const shared = cells.filter((cell) => this.isShared(cell, held));
    if (shared.length < least) return;
    const open = shared.filter((cell) => !this.isLocked(cell, held));
    if (open.length === 0) return;
    const names = [...new Set(shared.map((cell) => this.name(cell)))];
    const openNames = [...new Set(open.map((cell) => this.name(cell)))];
    const number = least === 1 ? names.length + 1 : shared.length;
    const what = `'${step.stack.at(-1)}: ${step.label}' makes ${number} accesses to shared memory`;
    const opener = this.opened.get(open[0] as number);
    const by =
      opener === undefined || opener === step
        ? ''
        : `: '${opener.stack.at(-1)}: ${opener.label}' touches it otherwise`;
    const why = `no one lock held here protects ${openNames.join(', ')}${by}`;
    throw new HeddleError(
      'coarse-step',
      `${what} (${names.join(', ')}), and ${why}`,
      step.node.place,
    );
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
