/** Where CPUs stand in their programs. */
import type { Cell } from '../machine/layout.ts';
import type { CompiledMachine, Slot } from '../machine/machine.ts';
import type { Packing } from '../machine/packing.ts';

/** A context, with the cell that says where it stands. */
export interface CounterPlace {
  readonly slot: Slot;
  readonly cell: Cell;
}

export class Counters {
  /** Those of each CPU's contexts. */
  readonly of: readonly (readonly CounterPlace[])[];
  private readonly packing: Packing;

  constructor({ cpus, layout }: CompiledMachine, packing: Packing) {
    this.packing = packing;
    this.of = cpus.map(({ slots }) =>
      slots.flatMap((slot) =>
        slot === undefined ? [] : [{ slot, cell: layout.cells[slot.counter] as Cell }],
      ),
    );
  }

  /** Where the contexts of a CPU stand in a packed state, as one number. */
  standing(words: Uint32Array, from: number, cpu: number): number {
    let sum = 0;
    const counters = this.of[cpu] as readonly CounterPlace[];
    for (let at = 0; at < counters.length; at += 1) {
      const { slot, cell } = counters[at] as CounterPlace;
      sum = sum * slot.loadedAt.length + this.packing.codeAt(words, from, cell);
    }
    return sum;
  }
}
