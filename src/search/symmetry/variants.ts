/** What all moves of a CPU in one state come to, in a form in which those of an image are compared with them. */
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

/** All moves of a CPU in one state, and all that was attempted. */
export interface Ran {
  readonly variants: readonly Variant[];
  readonly attempts: readonly Attempted[];
}
