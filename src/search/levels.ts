/** Levels of a breadth-first search, as positions where each starts. */
import type { StepInstruction } from '../machine/instructions.ts';
import type { Search } from './search.ts';

/** The states that schedules go through, in levels, and the moves they are made of: the whole search, or a part of it. */
export interface Levels {
  /** Where each level starts, by position. */
  readonly starts: readonly number[];
  readonly count: number;
  /** The state at a position; positions are states in order of discovery, from 0. */
  stateAt(position: number): number;
  /** The position of a state, or -1. */
  positionOf(state: number): number;
  /** Whether a step may be part of a schedule. */
  allows(step: StepInstruction | undefined): boolean;
}

export function wholeSearch({ levelStarts, visited }: Search): Levels {
  return {
    starts: levelStarts,
    count: visited.count,
    stateAt: (position) => position,
    positionOf: (state) => state,
    allows: () => true,
  };
}

/** The level of a position, from 0; `from` is a level it is known not to lie before. */
export function levelAt(starts: readonly number[], position: number, from = 0): number {
  let level = from;
  while (level + 1 < starts.length && (starts[level + 1] as number) <= position) level += 1;
  return level;
}
