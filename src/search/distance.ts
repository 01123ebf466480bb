/** How many steps a program is from its end at least, whatever it meets: what a search for an end goes by. */
import type { Instruction, Program } from '../machine/instructions.ts';

/** By point: steps to the end of a program, or 0 where none of its ways ends. */
export function stepsToEnd({ instructions, points }: Program): readonly number[] {
  const steps = instructions.map(whereItEnds);
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = instructions.length - 1; at >= 0; at -= 1) {
      const instruction = instructions[at] as Instruction;
      const ahead = nextOf(instruction, at).map((to) => steps[to] as number);
      const least = Math.min(
        steps[at] as number,
        costOf(instruction) + Math.min(Infinity, ...ahead),
      );
      if (least >= (steps[at] as number)) continue;
      steps[at] = least;
      changed = true;
    }
  }
  return points.map((at, point) =>
    point === 0 || steps[at] === Infinity ? 0 : (steps[at] as number),
  );
}

function whereItEnds(instruction: Instruction): number {
  if (instruction.op === 'step' && instruction.node.form === 'stop') return 1;
  return instruction.op === 'end' ? 0 : Infinity;
}

function costOf({ op }: Instruction): number {
  return op === 'step' ? 1 : 0;
}

function nextOf(instruction: Instruction, at: number): readonly number[] {
  switch (instruction.op) {
    case 'end':
      return [];
    case 'jump':
      return [instruction.to];
    case 'choose':
      return instruction.targets;
    case 'branch':
      return [instruction.whenTrue, instruction.whenFalse];
    case 'step':
      return nextOfStep(instruction);
    default:
      return [at + 1];
  }
}

function nextOfStep({
  node,
  next,
  whenTrue,
  whenFalse,
}: Extract<Instruction, { op: 'step' }>): readonly number[] {
  if (node.form === 'test') return [whenTrue, whenFalse];
  return node.form === 'stop' ? [] : [next];
}
