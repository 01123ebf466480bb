/**
 * A function's body, as its author wrote it: a tree of nodes. `machine/compile.ts` turns it into
 * step tables.
 */
import type { Declared } from './errors.ts';
import type { Context } from './processor.ts';
import type { AnyType, Fields, LocalsView } from './schema.ts';

export type Nodes = readonly (Node | Nodes)[];

/** How a step runs: guard false means disabled; the effect changes the state. */
// biome-ignore lint/suspicious/noExplicitAny: nodes are stored without their view types; the builder keeps them.
export type Recipe<R> = (s: any, l: any, ctx: Context) => R;
// biome-ignore lint/suspicious/noExplicitAny: see Recipe.
export type LocalCode<R> = (l: any, s: any) => R;

export interface StepNode {
  readonly kind: 'step';
  readonly form: 'step' | 'until' | 'spin_until' | 'test' | 'pick' | 'stop';
  readonly label: string;
  readonly guard?: Recipe<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: a pick's recipe takes the choice between locals and context.
  readonly effect?: (s: any, l: any, a: any, b?: any) => unknown;
  /** Alternatives of a `pick`. */
  readonly choices?: number;
  /** Branches of a `test`. */
  readonly whenTrue?: Nodes;
  readonly whenFalse?: Nodes;
  /** Why a coarse step is one step on hardware. */
  readonly atomic?: string;
  /** Kernel bookkeeping (masks, readers) rather than shared memory: exempt from granularity. */
  readonly core?: boolean;
  /** Which machine state this step needs, so that models without it do not carry it. */
  readonly uses?: readonly string[];
  readonly place: Declared;
}

export type Node =
  | StepNode
  | {
      readonly kind: 'when';
      readonly label: string;
      readonly condition: LocalCode<boolean>;
      readonly whenTrue: Nodes;
      readonly whenFalse: Nodes;
      readonly place: Declared;
    }
  | { readonly kind: 'loop'; readonly body: Nodes; readonly place: Declared }
  | { readonly kind: 'leave'; readonly place: Declared }
  | {
      readonly kind: 'choose';
      readonly alternatives: readonly Nodes[];
      /** Stands between operations: a state here may be at rest. */
      readonly between: boolean;
      readonly place: Declared;
    }
  | {
      readonly kind: 'call';
      readonly fn: AnyFn;
      readonly args?: LocalCode<Record<string, unknown>>;
      // biome-ignore lint/suspicious/noExplicitAny: caller's and callee's locals.
      readonly result?: (l: any, callee: any) => void;
      readonly place: Declared;
    }
  | {
      /** A kernel word of several steps, expanded in place under its own name. */
      readonly kind: 'inline';
      readonly name: string;
      readonly body: Nodes;
      readonly place: Declared;
    }
  | {
      readonly kind: 'scope';
      readonly locals: Fields;
      readonly body: Nodes;
      readonly place: Declared;
    }
  | { readonly kind: 'local'; readonly code: LocalCode<void>; readonly place: Declared }
  | { readonly kind: 'return'; readonly place: Declared };

/**
 * A function: parameters and locals live in a slice of its CPU's frame and are zero again when it
 * returns.
 */
export interface Fn<P extends Fields = Fields, L extends Fields = Fields> {
  readonly kind: 'fn';
  readonly name: string;
  readonly params: P;
  readonly locals: L;
  readonly balanced: boolean;
  readonly body: Nodes;
  readonly place: Declared;
}

// biome-ignore lint/suspicious/noExplicitAny: functions of any signature.
export type AnyFn = Fn<any, any>;

export type ArgsOf<P extends Fields> = {
  readonly [K in keyof P]: P[K] extends AnyType ? LocalsView<P>[K] : never;
};
