/** What each CPU holds in the state whose moves are executed: a step's own unlock must not hide what protected it. */

import type { CompiledCpu, Slot } from '../machine/machine.ts';
import type { PackedEngine } from '../machine/packed.ts';
import { NO_HARDIRQ, NO_SOFTIRQ } from './discipline.ts';

export class Held {
  /** By owner, that is CPU and level: a bit per lock. */
  private readonly locks: number[];
  private readonly engine: PackedEngine;

  constructor(engine: PackedEngine) {
    this.engine = engine;
    this.locks = engine.compiled.cpus.flatMap(() => [0, 0, 0]);
  }

  /** Notes what a CPU holds in the state in memory, before its moves are tried. */
  begin({ index }: CompiledCpu): void {
    if (this.engine.compiled.layout.locks.length === 0) return;
    for (let owner = index * 3; owner < index * 3 + 3; owner += 1)
      this.locks[owner] = this.engine.contexts.heldByOwner(owner);
  }

  /** Locks that the context of a slot held. */
  ofContext({ cpu, level }: Slot): number {
    return this.locks[cpu * 3 + level] as number;
  }

  /** Locks that the CPU of a slot held, and which contexts could not come on top. */
  ofCpu(slot: Slot): number {
    const cpu = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    const irqsOff = slot.level === 2 || this.isSet(cpu.irq);
    const softirqsOff = irqsOff || slot.level === 1 || this.isSet(cpu.bh);
    const masks = (irqsOff ? NO_HARDIRQ : 0) | (softirqsOff ? NO_SOFTIRQ : 0);
    let locks = 0;
    for (let level = 0; level <= 2; level += 1) locks |= this.locks[slot.cpu * 3 + level] as number;
    return locks | masks;
  }

  private isSet(cell: number): boolean {
    return cell !== -1 && this.engine.memory.isSet(cell);
  }
}
