/** Who can never go on: nobody, or some that wait for each other. */
import type { Finding } from '../design/processor.ts';
import { allEnded } from '../machine/moves.ts';
import type { PackedEngine } from '../machine/packed.ts';
import { Waits } from '../replay/waits.ts';
import type { Successors } from './successors.ts';

/** A deadlock of all CPUs, in words. */
export const NOBODY = 'no CPU can go on, and not all have finished';

const NOTHING: readonly Finding[] = [];

export class Deadlocks {
  private readonly engine: PackedEngine;
  private readonly successors: Successors;
  private readonly waits: Waits;

  constructor(engine: PackedEngine, successors: Successors) {
    this.engine = engine;
    this.successors = successors;
    this.waits = new Waits(engine.compiled.cpus.length);
  }

  /** Of the state whose moves were gathered last; `goesOn` where one of them leads to another. */
  find(goesOn: boolean): readonly Finding[] {
    const { successors, engine } = this;
    if (engine.modes.deadlock === 'off') return NOTHING;
    if (!goesOn && successors.refused.length === 0) {
      successors.moves.show();
      if (!allEnded(engine)) {
        return [
          {
            facility: 'deadlock',
            kind: 'deadlock',
            object: '',
            message: NOBODY,
          },
        ];
      }
    }
    return successors.waited ? this.waitCycle() : NOTHING;
  }

  private waitCycle(): readonly Finding[] {
    const { waitsOf } = this.successors;
    for (let cpu = 0; cpu < waitsOf.length; cpu += 1) this.waits.add(cpu, waitsOf[cpu] as number);
    const message = this.waits.cycle(this.engine.compiled);
    return message === undefined
      ? NOTHING
      : [{ facility: 'deadlock', kind: 'wait-cycle', object: '', message }];
  }
}
