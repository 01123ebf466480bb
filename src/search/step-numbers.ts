/** Steps as numbers that are the same wherever a model is compiled. */
import type { StepInstruction } from '../machine/instructions.ts';
import type { CompiledMachine } from '../machine/machine.ts';
import { isStep, programsOf } from './allowed.ts';

export class StepNumbers {
  private readonly steps: readonly StepInstruction[];
  private readonly numbers: ReadonlyMap<StepInstruction, number>;

  constructor(compiled: CompiledMachine) {
    this.steps = programsOf(compiled).flatMap(({ instructions }) => instructions.filter(isStep));
    this.numbers = new Map(this.steps.map((step, number) => [step, number]));
  }

  of(step: StepInstruction): number {
    return this.numbers.get(step) as number;
  }

  step(number: number): StepInstruction {
    return this.steps[number] as StepInstruction;
  }
}
