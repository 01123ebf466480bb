/** What a function is compiled to: a flat table of steps and of the local code between them. */
import type { Declared } from '../design/errors.ts';
import type { AnyFn, LocalCode, StepNode } from '../design/program.ts';
import type { Codec } from './codec.ts';

/** A local of one inlined call: relative to the frame of the context that runs the program. */
export interface FrameField {
  readonly name: string;
  readonly codec: Codec;
  readonly cell: number;
  readonly offset: number;
  /** Path below the frame in the frozen state: the call it belongs to, then its name. */
  readonly owner: string;
}

/** What a recipe's `l` shows at some place: the locals of its function and of the scopes around it. */
export interface Scope {
  readonly id: number;
  readonly fields: readonly FrameField[];
}

export interface StepInstruction {
  readonly op: 'step';
  readonly node: StepNode;
  readonly label: string;
  /** Functions from the program's root to the one that holds the step. */
  readonly stack: readonly string[];
  readonly scope: Scope;
  point: number;
  next: number;
  whenTrue: number;
  whenFalse: number;
}

export interface ChooseInstruction {
  readonly op: 'choose';
  readonly between: boolean;
  readonly stack: readonly string[];
  readonly scope: Scope;
  readonly targets: number[];
  readonly place: Declared;
  point: number;
}

export type Instruction =
  | StepInstruction
  | ChooseInstruction
  | {
      readonly op: 'branch';
      readonly condition: LocalCode<boolean>;
      readonly scope: Scope;
      whenTrue: number;
      whenFalse: number;
      readonly place: Declared;
    }
  | { readonly op: 'jump'; to: number }
  | {
      readonly op: 'enter';
      readonly args: LocalCode<Record<string, unknown>> | undefined;
      readonly caller: Scope;
      readonly callee: Scope;
      readonly balance: FrameField | undefined;
      readonly place: Declared;
    }
  | {
      readonly op: 'exit';
      readonly result: CopyOut | undefined;
      readonly caller: Scope;
      readonly callee: Scope;
      readonly zero: readonly FrameField[];
      readonly balance: FrameField | undefined;
      readonly name: string;
      readonly place: Declared;
    }
  | { readonly op: 'zero'; readonly fields: readonly FrameField[] }
  | {
      readonly op: 'local';
      readonly code: LocalCode<void>;
      readonly scope: Scope;
      readonly place: Declared;
    }
  | { readonly op: 'end' };

/** Copies a call's results into its caller's locals. */
// biome-ignore lint/suspicious/noExplicitAny: caller's and callee's locals.
export type CopyOut = (l: any, callee: any) => void;

export interface Program {
  readonly name: string;
  readonly root: AnyFn;
  readonly instructions: readonly Instruction[];
  /** Instruction of each point; index 0 is unused, for point 0 means ended or idle. */
  readonly points: readonly number[];
  readonly scopes: readonly Scope[];
  /** Scope of the root function; its parameters are set when the program starts. */
  readonly rootScope: Scope;
  readonly fields: readonly FrameField[];
  readonly frameBytes: number;
  readonly uses: ReadonlySet<string>;
}
