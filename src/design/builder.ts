/** The words a function's body is written in. Each returns a node; nothing runs here. */
import { HeddleError, here } from './errors.ts';
import type { Context } from './processor.ts';
import type { ArgsOf, Fn, Node, Nodes, StepNode } from './program.ts';
import type { Fields, LocalsView } from './schema.ts';

/** A kernel word of several steps, such as `spin_lock_bh`: `b.call(spin_lock_bh, (s) => s.lock)`. */
export interface Macro<V> {
  readonly kind: 'macro';
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a kernel word is written for every state.
  expand(b: Builder<any, any>, target: (s: any, l: any, ctx: Context) => V): Nodes;
}

/** Locals under new names must not hide others: the views of nested scopes see all of them. */
type Both<A, B> = A & B;

/** One node, or a list of them. */
type Body = Node | Nodes;

export interface Builder<S, L> {
  /** One atomic move: always enabled. */
  step(label: string, effect: (s: S, l: L, ctx: Context) => void): StepNode;
  /** Blocks until the guard holds, then runs the effect in the same step (a lock's compare-and-swap). */
  until(
    label: string,
    guard: (s: S, l: L, ctx: Context) => boolean,
    effect?: (s: S, l: L, ctx: Context) => void,
  ): StepNode;
  /** As `until`, but a failed attempt is a step too, which leads back to the same state. */
  spin_until(
    label: string,
    guard: (s: S, l: L, ctx: Context) => boolean,
    effect?: (s: S, l: L, ctx: Context) => void,
  ): StepNode;
  /** Branches on locals: free, part of the step before it. */
  when(label: string, condition: (l: L) => boolean, then: Body, otherwise?: Body): Node;
  /** Branches on shared state: reading it is a step of its own. */
  test(
    label: string,
    condition: (s: S, l: L, ctx: Context) => boolean,
    then: Body,
    otherwise?: Body,
  ): StepNode;
  /** For ever, until `leave`, `return` or `stop`. */
  loop(body: Body): Node;
  /** Leaves the innermost loop. */
  leave(): Node;
  /**
   * Tries every alternative: one is enabled iff its first step is, and picking it and doing that
   * step is one move.
   */
  choose(...alternatives: (Node | Nodes)[]): Node;
  /** One step with `choices` variants, `k` from 0; a variant that returns `false` is not enabled. */
  pick(
    label: string,
    choices: number,
    effect: (s: S, l: L, k: number, ctx: Context) => unknown,
  ): StepNode;
  /** Any number of the given operations, in any order, then `stop`: the most general client. */
  client(...operations: (Node | Nodes)[]): Node;
  /** Calls a function: arguments and results are copied between locals as free local moves. */
  call<P extends Fields, F extends Fields>(
    fn: Fn<P, F>,
    ...rest: keyof P extends never
      ? [args?: undefined, result?: (l: L, callee: LocalsView<P & F>) => void]
      : [args: (l: L, s: S) => ArgsOf<P>, result?: (l: L, callee: LocalsView<P & F>) => void]
  ): Node;
  /**
   * Expands a kernel word of several steps; `label` names its argument in schedules:
   * `'mm->context.lock'`.
   */
  call<V>(word: Macro<V>, target?: (s: S, l: L, ctx: Context) => NoInfer<V>, label?: string): Node;
  /**
   * Declares that a step with several accesses is one step on hardware, and why; the scope of a
   * HOLDS repeats it.
   */
  atomic(reason: string, step: StepNode): StepNode;
  /** More locals for `body`, zero again after it. */
  scope<F extends Fields>(locals: F, body: (b: Builder<S, Both<L, LocalsView<F>>>) => Nodes): Node;
  /** Computes on locals: free, part of the step before it. */
  local(code: (l: L) => void): Node;
  /** Returns from the function. */
  return(): Node;
  /** This CPU does nothing more; a step. */
  stop(): StepNode;
}

type AnyRecipe = StepNode['guard'];

/** The builder is stateless: one serves every function; its types are what differs. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export const builder: Builder<any, any> = {
  step: (label, effect) => ({ kind: 'step', form: 'step', label, effect, place: here() }),
  until: (label, guard, effect) => waiting('until', label, guard, effect),
  spin_until: (label, guard, effect) => waiting('spin_until', label, guard, effect),
  when: (label, condition, then, otherwise = []) => ({
    kind: 'when',
    label,
    condition,
    whenTrue: nodesOf(then),
    whenFalse: nodesOf(otherwise),
    place: here(),
  }),
  test: (label, condition, then, otherwise = []) => ({
    kind: 'step',
    form: 'test',
    label,
    effect: condition,
    whenTrue: nodesOf(then),
    whenFalse: nodesOf(otherwise),
    place: here(),
  }),
  loop: (body) => ({ kind: 'loop', body: nodesOf(body), place: here() }),
  leave: () => ({ kind: 'leave', place: here() }),
  choose: (...alternatives) => choose(alternatives, false),
  pick: (label, choices, effect) => ({
    kind: 'step',
    form: 'pick',
    label,
    choices,
    effect,
    place: here(),
  }),
  client: (...operations) => ({
    kind: 'loop',
    body: [choose([...operations, builder.stop()], true)],
    place: here(),
  }),
  // biome-ignore lint/suspicious/noExplicitAny: the overloads above are what callers see.
  call: (callee: any, second?: any, third?: any): Node => {
    if (callee?.kind === 'fn') {
      return { kind: 'call', fn: callee, args: second, result: third, place: here() };
    }
    if (callee?.kind !== 'macro') {
      throw new HeddleError('bad-model', 'call takes a function or a kernel word', here());
    }
    const target = second ?? (() => undefined);
    const name = third === undefined ? callee.name : `${callee.name}(${third})`;
    return { kind: 'inline', name, body: callee.expand(builder, target), place: here() };
  },
  atomic: (reason, step) => ({ ...step, atomic: reason }),
  scope: (locals, body) => ({ kind: 'scope', locals, body: body(builder), place: here() }),
  local: (code) => ({ kind: 'local', code, place: here() }),
  return: () => ({ kind: 'return', place: here() }),
  stop: () => ({ kind: 'step', form: 'stop', label: 'stop', core: true, place: here() }),
};

function waiting(
  form: 'until' | 'spin_until',
  label: string,
  guard: AnyRecipe,
  effect: StepNode['effect'],
): StepNode {
  return { kind: 'step', form, label, guard, effect, place: here() };
}

function choose(alternatives: readonly (Node | Nodes)[], between: boolean): Node {
  if (alternatives.length === 0) {
    throw new HeddleError('empty-choose', 'choose has no alternatives', here());
  }
  const lists = alternatives.map(nodesOf);
  return { kind: 'choose', alternatives: lists, between, place: here() };
}

function nodesOf(body: Body): Nodes {
  return (Array.isArray(body) ? body : [body]) as Nodes;
}
