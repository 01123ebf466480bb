/** Where the steps of a schedule are written: the lines of a model that it goes through. */
import type { Check } from '../design/check.ts';
import { type CompiledMachine, compileMachine } from '../machine/machine.ts';
import type { TraceStep } from '../replay/trace.ts';
import { type Place, placeOf } from './place.ts';

/**
 * Says where a step of a check's traces is written: a kernel word where it is called, the start of a callback where its function is; the
 * end of a task nowhere. The model is compiled when it is first asked.
 */
export function stepPlaces(check: Check): (step: TraceStep) => Place | undefined {
  let places: ReadonlyMap<string, string | undefined> | undefined;
  const found = new Map<string, Place | undefined>();
  return (step) => {
    const key = keyOf(step.stack, step.label);
    if (!found.has(key)) {
      places ??= stacksIn(compileMachine(check.model));
      const stack = places.get(key) ?? places.get(keyOf(step.stack.slice(0, 1), ''));
      found.set(key, stack === undefined ? undefined : placeOf(stack));
    }
    return found.get(key);
  };
}

function stacksIn({ cpus }: CompiledMachine): ReadonlyMap<string, string | undefined> {
  const stacks = new Map<string, string | undefined>();
  for (const { program } of cpus.flatMap(({ slots }) =>
    slots.flatMap((slot) => slot?.loaded ?? []),
  )) {
    stacks.set(keyOf([program.name], ''), program.root.place.stack);
    for (const instruction of program.instructions) {
      if (instruction.op !== 'step') continue;
      const key = keyOf(instruction.stack, instruction.label);
      if (!stacks.has(key)) stacks.set(key, instruction.node.place.stack);
    }
  }
  return stacks;
}

function keyOf(stack: readonly string[], label: string): string {
  return JSON.stringify([...stack, label]);
}
