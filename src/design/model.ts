/** `model(...)`: a machine, its CPUs and what runs on each of them. */
import { type Declared, HeddleError, here } from './errors.ts';
import type { Machine } from './machine.ts';
import { type Keys, refuseOther, refuseUnknown } from './options.ts';
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

export interface CpuOptions {
  readonly task?: AnyFn;
  readonly softirq?: AnyFn;
  readonly hardirq?: AnyFn;
  readonly count?: number;
  readonly name?: string;
}

const CPU_OPTIONS = {
  task: true,
  softirq: true,
  hardirq: true,
  count: true,
  name: true,
} satisfies Keys<CpuOptions>;

/**
 * One CPU, or `count` identical ones. `task` is a function without parameters. RCU callbacks run as
 * softirqs of the CPU that queued them without being named here.
 * @throws HeddleError `bad-model` for an unknown option or a count below 1.
 */
export function cpu(options: CpuOptions): Cpu {
  refuseUnknown('bad-model', 'cpu(...)', options, CPU_OPTIONS);
  const { count = 1 } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new HeddleError('bad-model', `cpu(...) with count ${count}`, here());
  }
  return {
    kind: 'cpu',
    name: options.name,
    count,
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

const MODEL_OPTIONS = {
  machine: true,
  cpus: true,
  callbacks: true,
  initial: true,
  rcu: true,
  roots: true,
  source: true,
} satisfies Keys<ModelOptions<Fields, string>>;

/** The values each option of RCU may have, the default first. */
const RCU_OPTIONS = {
  order: ['any', 'fifo'],
  callbacks: ['both', 'softirq', 'offloaded'],
  consolidated: [false, true],
  doubleQueue: ['debug', 'real'],
} as const satisfies { [K in keyof RcuOptions]-?: readonly RcuOptions[K][] };

function refuseUnknownOptions(options: ModelOptions<Fields, string>): void {
  const { machine, rcu, roots = [], callbacks } = options;
  refuseUnknown('bad-model', 'model(...)', options, MODEL_OPTIONS);
  refuseUnknown('bad-model', 'rcu of model(...)', rcu, RCU_OPTIONS);
  for (const name of Object.keys(RCU_OPTIONS) as (keyof RcuOptions)[]) {
    refuseOther('bad-model', `rcu.${name} of model(...)`, rcu?.[name], RCU_OPTIONS[name]);
  }
  for (const name of roots) {
    refuseOther('bad-model', 'a root of model(...)', name, Object.keys(machine.schema));
  }
  const named = Object.fromEntries(machine.callbacks.map((name) => [name, true]));
  refuseUnknown('unknown-callback', 'callbacks of model(...)', callbacks, named);
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
  readonly place: Declared;
}

/**
 * Puts a design on CPUs.
 * @throws HeddleError `bad-model` for no CPU, a task with parameters, or an unknown option; `unknown-callback`.
 * @example
 * model({ machine: counter, cpus: [cpu({ count: 2, task: increment })] })
 */
export function model<F extends Fields, C extends string = never>(
  options: ModelOptions<F, C>,
): Model<StateView<F>> {
  refuseUnknownOptions(options as unknown as ModelOptions<Fields, string>);
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
      order: rcu.order ?? RCU_OPTIONS.order[0],
      callbacks: rcu.callbacks ?? RCU_OPTIONS.callbacks[0],
      consolidated: rcu.consolidated ?? RCU_OPTIONS.consolidated[0],
      doubleQueue: rcu.doubleQueue ?? RCU_OPTIONS.doubleQueue[0],
    },
    roots: options.roots,
    source: options.source,
    place: here(),
  };
}

function withDefault<S>(named: Readonly<Record<string, Initial<S>>>): Record<string, Initial<S>> {
  return Object.keys(named).length === 0 ? { initial: () => undefined } : { ...named };
}
