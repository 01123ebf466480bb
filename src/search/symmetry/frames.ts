/** Which locals a frame holds at each point of a program: those of different calls share bytes. */
import type { FrameField, Program } from '../../machine/instructions.ts';

/**
 * By point: the locals of the function that stands there, of the scopes around it and of its callers. All others are zero, for a
 * call zeroes its own when it ends. Bodies are inlined in place, so what lies between an entry and its exit is the call.
 */
export function liveFieldsOf(program: Program): readonly (readonly FrameField[])[] {
  const live = program.points.map((): readonly FrameField[] => []);
  const callers: (readonly FrameField[])[] = [];
  for (const instruction of program.instructions) {
    switch (instruction.op) {
      case 'enter': {
        const { caller, balance } = instruction;
        callers.push(balance === undefined ? caller.fields : [...caller.fields, balance]);
        break;
      }
      case 'exit':
        callers.pop();
        break;
      case 'step':
      case 'choose':
        live[instruction.point] = [...callers.flat(), ...instruction.scope.fields];
        break;
    }
  }
  return live;
}

/** Fields that keep what was held when a function was entered: see `Contexts.balance`. */
export function balancesOf(program: Program): ReadonlySet<FrameField> {
  const balances = new Set<FrameField>();
  for (const instruction of program.instructions) {
    if (instruction.op === 'enter' && instruction.balance !== undefined)
      balances.add(instruction.balance);
  }
  return balances;
}
