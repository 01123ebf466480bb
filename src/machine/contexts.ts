/** What runs on a CPU and what it holds: contexts on top of each other, masks, readers and locks. */
import type { Nesting } from '../design/processor.ts';
import type { Engine } from './engine.ts';
import type { CompiledCpu, Slot } from './machine.ts';

/**
 * Locks told apart when it is verified which words they protect; a model with more gets no credit
 * for the others.
 */
const MAX_LOCKS = 29;

export class Contexts {
  private readonly engine: Engine;
  private readonly lockCells: readonly number[];

  constructor(engine: Engine) {
    this.engine = engine;
    this.lockCells = engine.compiled.layout.locks.map((plan) => plan.cell);
  }

  /**
   * The slots of a CPU that can move now: the topmost active context, and those that may start on
   * top of it.
   */
  activeSlot(cpu: CompiledCpu): Slot | undefined {
    for (let level = 2; level >= 0; level -= 1) {
      const slot = cpu.slots[level];
      if (slot !== undefined && this.engine.memory.isSet(slot.counter)) return slot;
    }
    return undefined;
  }

  /** Whether a context of `level` may start on top of what runs on this CPU. */
  mayEnter(cpu: CompiledCpu, level: number): boolean {
    const slot = cpu.slots[level];
    if (level === 0 || slot === undefined) return false;
    if (this.isSet(cpu.irq)) return false;
    if (level === 1 && this.isSet(cpu.bh)) return false;
    for (let above = level; above <= 2; above += 1) {
      const other = cpu.slots[above];
      if (other !== undefined && this.engine.memory.isSet(other.counter)) return false;
    }
    return true;
  }

  /** Whether the lock at a cell is held by this context (CPU * 3 + level). */
  isOwner(cell: number, owner: number): boolean {
    const { bias } = this.engine.compiled.layout.cells[cell] as { bias: number };
    const cpu = owner - (owner % 3) + bias + 1;
    return this.engine.memory.codeWithin(cell, cpu, cpu + 2) === owner + bias + 1;
  }

  self(slot: Slot): number {
    return slot.cpu * 3 + slot.level;
  }

  /** A bit per lock that one context (CPU * 3 + level) holds. */
  heldByOwner(owner: number): number {
    let mask = 0;
    for (let at = 0; at < this.lockCells.length && at < MAX_LOCKS; at += 1) {
      if (this.isOwner(this.lockCells[at] as number, owner)) mask |= 1 << at;
    }
    return mask;
  }

  holdsLock(slot: Slot): boolean {
    const self = this.self(slot);
    return this.lockCells.some((cell) => this.isOwner(cell, self));
  }

  heldBy(owner: number): string[] {
    const { locks } = this.engine.compiled.layout;
    return locks.filter((plan) => this.isOwner(plan.cell, owner)).map((plan) => plan.name);
  }

  /** Reports what a context still holds where it must hold nothing. */
  checkLeftBehind(slot: Slot, what: string): void {
    const cpu = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    for (const lock of this.heldBy(this.self(slot))) {
      this.engine.report('LOCKDEP', 'lock-left-behind', lock, `${what} ends with ${lock} held`);
    }
    if (this.isSet(cpu.rcu[slot.level] as number)) {
      this.engine.report(
        'RCU',
        'reader-left-behind',
        cpu.name,
        `${what} ends inside rcu_read_lock`,
      );
    }
    const masks: [string, number][] = [
      // A hardirq may come where softirqs are off: that is not its doing.
      ['softirqs off', slot.level === 2 ? -1 : cpu.bh],
      ['interrupts off', cpu.irq],
      ['preemption off', cpu.preempt[slot.level] as number],
    ];
    for (const [mask, cell] of masks) {
      if (this.isSet(cell)) {
        this.engine.report('LOCKDEP', 'mask-left-behind', cpu.name, `${what} ends with ${mask}`);
      }
    }
  }

  describe(owner: number): string {
    const name = this.engine.compiled.cpus[Math.floor(owner / 3)]?.name ?? 'nobody';
    return `${name}${['', ' softirq', ' hardirq'][owner % 3]}`;
  }

  nestingCell(what: Nesting): number {
    const cpu = this.engine.compiled.cpus[this.engine.slot.cpu] as CompiledCpu;
    if (what === 'bh' || what === 'irq') return cpu[what];
    return cpu[what][this.engine.slot.level] as number;
  }

  nesting(what: Nesting): number {
    return this.codeOr(this.nestingCell(what));
  }

  nest(what: Nesting, by: 1 | -1): void {
    const cell = this.nestingCell(what);
    const now = this.codeOr(cell) + by;
    if (now < 0) {
      const facility = what === 'rcu' ? 'RCU' : 'LOCKDEP';
      const word = {
        rcu: 'rcu_read_unlock',
        bh: 'local_bh_enable',
        irq: 'local_irq_restore',
        preempt: 'preempt_enable',
      }[what];
      this.engine.report(
        facility,
        'unbalanced',
        this.describe(this.self(this.engine.slot)),
        `${word} without its counterpart`,
      );
      return;
    }
    if (now > 7) this.engine.range(cell, now);
    this.engine.memory.setCode(cell, now);
    if (now === 0) this.engine.rcu.mayHaveLeft(this.engine.slot, what);
  }

  mayNotSleep(): string | undefined {
    const cpu = this.engine.compiled.cpus[this.engine.slot.cpu] as CompiledCpu;
    if (this.engine.slot.level > 0) return `in ${this.engine.slot.context}`;
    const [lock] = this.heldBy(this.self(this.engine.slot));
    if (lock !== undefined) return `holding ${lock}`;
    if (this.isSet(cpu.irq)) return 'with interrupts off';
    if (this.isSet(cpu.bh)) return 'with softirqs off';
    if (this.isSet(cpu.preempt[0] as number)) return 'with preemption off';
    if (this.isSet(cpu.rcu[0] as number)) return 'inside rcu_read_lock';
    return undefined;
  }

  /** Masks, readers and locks held, as one number: equal before and after a balanced function. */
  balance(slot: Slot): number {
    const cpu = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    const nested = [
      cpu.bh,
      cpu.irq,
      cpu.rcu[slot.level] as number,
      cpu.preempt[slot.level] as number,
    ];
    // Each is at most 7; above them a bit per lock, as far as they go.
    let sum = nested.reduce((before, cell) => before * 8 + this.codeOr(cell), 0);
    for (const [at, cell] of this.lockCells.entries()) {
      if (at < 20 && this.isOwner(cell, this.self(slot))) sum += 2 ** (12 + at);
    }
    return sum;
  }

  private isSet(cell: number): boolean {
    return cell !== -1 && this.engine.memory.isSet(cell);
  }

  private codeOr(cell: number): number {
    return cell === -1 ? 0 : this.engine.memory.code(cell);
  }
}
