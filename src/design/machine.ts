/** `machine(schema)`: the state of a design, and the functions that run on it. */
import { type Builder, builder } from './builder.ts';
import { HeddleError, here } from './errors.ts';
import { type Keys, refuseUnknown } from './options.ts';
import { LIST_POISON1, LIST_POISON2, NULL } from './processor.ts';
import type { Fn, Nodes } from './program.ts';
import type { Fields, LocalsView, StateView } from './schema.ts';

export interface MachineOptions<C extends string> {
  /** Names of functions whose address can be stored in a word: RCU callbacks and work functions. */
  readonly callbacks?: readonly C[];
  /**
   * Words with a fixed small value (below 0x10000), by name: `{ PTE_EMPTY: 0x400 }`. NULL,
   * LIST_POISON1 and 2 exist always.
   */
  readonly constants?: Readonly<Record<string, number>>;
}

const MACHINE_OPTIONS = { callbacks: true, constants: true } satisfies Keys<MachineOptions<string>>;
const FRAME = { params: true, locals: true, balanced: true };

type Body<S, P extends Fields, L extends Fields> = (b: Builder<S, LocalsView<P & L>>) => Nodes;

export interface Machine<F extends Fields = Fields, C extends string = string> {
  readonly kind: 'machine';
  readonly schema: F;
  readonly callbacks: readonly C[];
  readonly constants: Readonly<Record<string, number>>;
  /** Declares a function without parameters and locals. */
  // biome-ignore lint/complexity/noBannedTypes: no parameters, no locals.
  fn(name: string, body: Body<StateView<F>, {}, {}>): Fn<{}, {}>;
  /**
   * Declares a function. `balanced: true` also reports one that returns with a lock or reader more
   * or less than it was entered with.
   */
  // biome-ignore lint/complexity/noBannedTypes: no parameters, no locals.
  fn<const P extends Fields = {}, const L extends Fields = {}>(
    name: string,
    frame: { readonly params?: P; readonly locals?: L; readonly balanced?: boolean },
    body: Body<StateView<F>, P, L>,
  ): Fn<NoInfer<P>, NoInfer<L>>;
}

/** The view of a machine's state, for functions written outside a recipe: `StateOf<typeof mm>`. */
export type StateOf<M> = M extends Machine<infer F, string> ? StateView<F> : never;

/**
 * Declares the state of a design.
 * @throws HeddleError `bad-schema` for a constant out of range.
 * @example
 * const counter = machine({ x: uint(2), lock: spinlock() });
 */
export function machine<const F extends Fields, const C extends string = never>(
  schema: F,
  options: MachineOptions<C> = {},
): Machine<F, C> {
  refuseUnknown('bad-schema', 'machine(...)', options, MACHINE_OPTIONS);
  const constants = { NULL, LIST_POISON1, LIST_POISON2, ...options.constants };
  for (const [name, value] of Object.entries(constants)) {
    if (!Number.isInteger(value) || value < 0 || value >= 0x10000) {
      throw new HeddleError('bad-schema', `constant ${name} is not in 0 to 0xffff`, here());
    }
  }
  return {
    kind: 'machine',
    schema,
    callbacks: options.callbacks ?? [],
    constants,
    // biome-ignore lint/suspicious/noExplicitAny: the overloads of Machine.fn are what callers see.
    fn: (name: string, second: any, third?: any) => {
      const frame = typeof second === 'function' ? {} : second;
      const body = typeof second === 'function' ? second : third;
      return declare(name, frame, body);
    },
  };
}

function declare(
  name: string,
  frame: { params?: Fields; locals?: Fields; balanced?: boolean },
  // biome-ignore lint/suspicious/noExplicitAny: typed by Machine.fn.
  body: (b: any) => Nodes,
  // biome-ignore lint/suspicious/noExplicitAny: typed by Machine.fn.
): any {
  refuseUnknown('bad-model', `fn('${name}', ...)`, frame, FRAME);
  let nodes: Nodes | undefined;
  return {
    kind: 'fn',
    name,
    params: frame.params ?? {},
    locals: frame.locals ?? {},
    balanced: frame.balanced ?? false,
    // Made when a model is compiled: a function may name itself or a later one, and is then told that this is recursion.
    get body() {
      nodes ??= body(builder);
      return nodes;
    },
    place: here(),
  };
}
