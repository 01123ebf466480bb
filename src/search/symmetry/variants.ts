/** What all moves of a CPU in one state come to, in a form in which those of an image are compared with them. */
import type { CompiledCpu, Slot } from '../../machine/machine.ts';
import type { Attempted } from './differences.ts';
import type { Stores } from './support.ts';

/** A variant of a move: what it is called and how it ended, the context it waits for or -1, and the packed state it leads to. */
export interface Variant {
  readonly label: string;
  readonly text: string;
  readonly waitsFor: number;
  readonly after: Uint32Array | undefined;
  readonly stores: Stores;
}

/** Told of what moves touch in a state and in its images, which a search leaves out. */
export interface ToldOfImages {
  /** Before the moves of a CPU; the memory holds the state. */
  begin(cpu: CompiledCpu): void;
  /** After a variant that was not refused; the memory is as it left it. */
  touched(slot: Slot): void;
}

/** All moves of a CPU in one state, and all that was attempted; with what was looked at to tell of it. */
export interface Ran {
  readonly toTell: readonly number[];
  readonly variants: readonly Variant[];
  readonly attempts: readonly Attempted[];
}
