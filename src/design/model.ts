/** `model(...)`: a machine, its CPUs and what runs on each of them. */
import { HeddleError, here } from './errors.ts';
import type { Machine } from './machine.ts';
import type { AnyFn } from './program.ts';
import type { Fields, StateView } from './schema.ts';

export interface Cpu {
  readonly kind: 'cpu';
  /** Name in output; `CPU` when absent, with the index appended. */
  readonly name: string | undefined;
  readonly count: number;
  readonly task: AnyFn | undefined;
  /**
   * A softirq handler that may be raised at any moment where softirqs are not masked, any number of
   * times.
   */
  readonly softirq: AnyFn | undefined;
  /** A hardirq handler that may come at any moment where interrupts are not masked, any number of times. */
  readonly hardirq: AnyFn | undefined;
}

/**
 * One CPU, or `count` identical ones. `task` is a function without parameters. RCU callbacks run as
 * softirqs of the CPU that queued them without being named here.
 */
export function cpu(options: {
  task?: AnyFn;
  softirq?: AnyFn;
  hardirq?: AnyFn;
  count?: number;
  name?: string;
}): Cpu {
  return {
    kind: 'cpu',
    name: options.name,
    count: options.count ?? 1,
    task: options.task,
    softirq: options.softirq,
    hardirq: options.hardirq,
  };
}

export interface RcuOptions {
  /**
   * `any` (default): each runnable callback of a CPU may run next, the documented guarantee.
   * `fifo`: the real list, threaded through the heads in order of call_rcu.
   */
  readonly order?: 'any' | 'fifo';
  /**
   * Where callbacks run: on the queueing CPU's softirq, on an offloaded thread (RCU_NOCB), or
   * either (default).
   */
  readonly callbacks?: 'softirq' | 'offloaded' | 'both';
  /**
   * Regions with softirqs off or a spinlock held also count as readers. Default false, which allows
   * more schedules.
   */
  readonly consolidated?: boolean;
  /**
   * What a second call_rcu on a queued head does: `debug` leaks it (default), `real` breaks the
   * list (needs `order: 'fifo'`).
   */
  readonly doubleQueue?: 'debug' | 'real';
}

type Initial<S> = (s: S) => void;

export interface ModelOptions<F extends Fields, C extends string> {
  readonly machine: Machine<F, C>;
  readonly cpus: readonly Cpu[];
  /**
   * The function behind each callback the machine names. Its parameter, if any, is the word of the
   * head or work it was called with.
   */
  readonly callbacks?: { readonly [K in C]: AnyFn };
  /** The state the search starts from, or several by name. Fields not set are zero, empty, free or NONE. */
  readonly initial?: Initial<StateView<F>> | Readonly<Record<string, Initial<StateView<F>>>>;
  readonly rcu?: RcuOptions;
  /**
   * Top-level fields whose references keep objects alive, for the leak check. Default: all but
   * heaps and ghosts.
   */
  readonly roots?: readonly string[];
  /** One line each: what this design models and what it leaves out; repeated in the scope. */
  readonly source?: string;
}

/** A design on CPUs; `S` is what a property sees of its state. */
// biome-ignore lint/suspicious/noExplicitAny: a model of any state.
export interface Model<S = any> {
  readonly kind: 'model';
  /** Never set: carries the state's type. */
  readonly stateType?: S;
  // biome-ignore lint/suspicious/noExplicitAny: fields and callbacks do not matter from here on.
  readonly machine: Machine<any, any>;
  readonly cpus: readonly Cpu[];
  readonly callbacks: Readonly<Record<string, AnyFn>>;
  readonly initial: Readonly<Record<string, (s: S) => void>>;
  readonly rcu: Required<RcuOptions>;
  readonly roots: readonly string[] | undefined;
  readonly source: string | undefined;
  readonly place: string;
}

/**
 * Puts a design on CPUs.
 * @throws HeddleError `bad-model` for no CPU, or a task with parameters; `unknown-callback`.
 * @example
 * model({ machine: counter, cpus: [cpu({ count: 2, task: increment })] })
 */
export function model<F extends Fields, C extends string = never>(
  options: ModelOptions<F, C>,
): Model<StateView<F>> {
  if (options.cpus.length === 0) throw new HeddleError('bad-model', 'a model has no CPU', here());
  for (const one of options.cpus) {
    for (const fn of [one.task, one.softirq, one.hardirq]) {
      if (fn !== undefined && Object.keys(fn.params).length > 0) {
        throw new HeddleError(
          'bad-model',
          `${fn.name} runs on a CPU but takes parameters`,
          fn.place,
        );
      }
    }
  }
  const callbacks = (options.callbacks ?? {}) as Readonly<Record<string, AnyFn>>;
  for (const name of options.machine.callbacks) {
    if (callbacks[name] === undefined) {
      throw new HeddleError('unknown-callback', `callback '${name}' has no function`, here());
    }
  }
  const initial = options.initial ?? {};
  const rcu = options.rcu ?? {};
  return {
    kind: 'model',
    machine: options.machine,
    cpus: options.cpus,
    callbacks,
    initial: typeof initial === 'function' ? { initial } : withDefault(initial),
    rcu: {
      order: rcu.order ?? 'any',
      callbacks: rcu.callbacks ?? 'both',
      consolidated: rcu.consolidated ?? false,
      doubleQueue: rcu.doubleQueue ?? 'debug',
    },
    roots: options.roots,
    source: options.source,
    place: here(),
  };
}

function withDefault<S>(named: Readonly<Record<string, Initial<S>>>): Record<string, Initial<S>> {
  return Object.keys(named).length === 0 ? { initial: () => undefined } : { ...named };
}
