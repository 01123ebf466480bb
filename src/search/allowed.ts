/** Which steps a continuation may take: not the stop of a client, and none that a property leaves out. */
import type { Instruction, Program, StepInstruction } from '../machine/instructions.ts';
import type { CompiledMachine } from '../machine/machine.ts';

/** Every step with one of these names, `function: label` or the label alone, in whatever function was inlined. */
export function stepsCalled(
  compiled: CompiledMachine,
  names: readonly string[],
): ReadonlySet<StepInstruction> {
  const wanted = new Set(names);
  const steps = programsOf(compiled).flatMap(({ instructions }) => instructions.filter(isStep));
  return new Set(
    steps.filter(
      ({ label, stack }) => wanted.has(label) || wanted.has(`${stack.at(-1)}: ${label}`),
    ),
  );
}

/** The alternative `stop` of every client. A stop that a program takes by itself is part of the design. */
export function clientStops(compiled: CompiledMachine): ReadonlySet<StepInstruction> {
  const stops = new Set<StepInstruction>();
  for (const { instructions } of programsOf(compiled)) {
    for (const one of instructions) {
      if (one.op !== 'choose' || !one.between) continue;
      const last = instructions[one.targets.at(-1) as number] as Instruction;
      if (isStep(last) && last.node.form === 'stop') stops.add(last);
    }
  }
  return stops;
}

/** All programs, each once, in the order of what loads them. */
export function programsOf({ cpus }: CompiledMachine): Program[] {
  const loaded = cpus.flatMap(({ slots }) => slots.flatMap((slot) => slot?.loaded ?? []));
  return [...new Set(loaded.map(({ program }) => program))];
}

export function isStep(instruction: Instruction): instruction is StepInstruction {
  return instruction.op === 'step';
}
