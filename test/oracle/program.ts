/**
 * A program as JSON: what the oracle interprets and `translate.ts` writes down again in heddle's own language.
 * It knows only what both sides need: no recipes, no views, no closures.
 */

/** Computed on locals alone. `variant` is the choice of the `pick` it stands in. Everything is a number; NONE is -1. */
export type Value =
  | number
  | { readonly local: string }
  | {
      readonly op: 'add' | 'xor' | 'and' | 'or' | 'shl' | 'shr';
      readonly of: readonly [Value, Value];
    }
  | { readonly variant: true };

export type Comparison = 'eq' | 'ne' | 'lt';

/** A condition on locals. */
export interface Test {
  readonly left: Value;
  readonly is: Comparison;
  readonly right: Value;
}

/** One word of shared memory: a variable, this CPU's element of a per-CPU one or that of a CPU which is named, or the value of an object. */
export type Place =
  | { readonly shared: string }
  | { readonly own: string; readonly of?: number }
  | { readonly object: string };

/** A condition on one word of shared memory. */
export interface PlaceTest {
  readonly place: Place;
  readonly is: Comparison;
  readonly right: Value;
}

export type ListWord =
  | 'list_add'
  | 'list_add_tail'
  | 'list_del'
  | 'list_del_init'
  | 'INIT_LIST_HEAD';

/** What a step does. `to` and `object` name locals; an `object` local holds the index of an object. */
export type Effect =
  | { readonly op: 'set'; readonly to: string; readonly value: Value }
  | { readonly op: 'load'; readonly from: Place; readonly to: string }
  | { readonly op: 'store'; readonly on: Place; readonly value: Value }
  | {
      readonly op: 'rmw';
      readonly how: 'add' | 'sub' | 'xor' | 'inc_not_zero';
      readonly on: Place;
      readonly by: Value;
      /** Gets the new value; of inc_not_zero whether it did. */
      readonly to?: string;
    }
  | { readonly op: 'xchg'; readonly on: Place; readonly value: Value; readonly to: string }
  | {
      readonly op: 'cmpxchg';
      /** No bool: an expected value is compared as it is. */
      readonly on: Place;
      readonly expected: Value;
      readonly value: Value;
      readonly to: string;
    }
  | { readonly op: 'alloc'; readonly to: string; readonly value?: Value }
  | { readonly op: 'free'; readonly object: string }
  | { readonly op: 'call_rcu'; readonly object: string; readonly callback: string }
  | { readonly op: 'queue_work'; readonly work: number; readonly callback: string }
  | { readonly op: 'list'; readonly word: ListWord; readonly object: string; readonly list: number }
  /** The object of the first node of a list, NONE where it is empty. */
  | { readonly op: 'list_first'; readonly list: number; readonly to: string }
  | { readonly op: 'trylock'; readonly lock: number; readonly to: string }
  | { readonly op: 'claim'; readonly id: string; readonly holds: Test }
  | { readonly op: 'BUG_ON'; readonly when: Test }
  | { readonly op: 'WARN_ON'; readonly when: Test }
  | { readonly op: 'ghost'; readonly name: string; readonly value: Value };

/** A lock by its number, or by the local that holds it. */
export type LockName = number | { readonly local: string };
export type LockForm = 'plain' | 'bh' | 'irqsave';
export type MaskForm = 'rcu' | 'preempt' | 'bh' | 'irq';

export type Node =
  | { readonly do: 'step'; readonly effects: readonly Effect[] }
  | { readonly do: 'until'; readonly guard: PlaceTest; readonly effects: readonly Effect[] }
  | { readonly do: 'spin_until'; readonly guard: PlaceTest; readonly effects: readonly Effect[] }
  | {
      readonly do: 'test';
      readonly guard: PlaceTest;
      readonly yes: readonly Node[];
      readonly no: readonly Node[];
    }
  | {
      readonly do: 'pick';
      readonly choices: number;
      /** A variant is enabled iff this holds. */
      readonly guard: Test;
      readonly effects: readonly Effect[];
    }
  | {
      readonly do: 'when';
      readonly guard: Test;
      readonly yes: readonly Node[];
      readonly no: readonly Node[];
    }
  | { readonly do: 'loop'; readonly body: readonly Node[] }
  | { readonly do: 'leave' }
  | {
      readonly do: 'choose';
      readonly alternatives: readonly (readonly Node[])[];
      /** Stands between operations: what `client` is made of. */
      readonly between?: boolean;
    }
  | { readonly do: 'client'; readonly operations: readonly (readonly Node[])[] }
  | {
      readonly do: 'call';
      readonly function: string;
      /** Parameter to value, in the caller's locals. */
      readonly args: Readonly<Record<string, Value>>;
      /** The caller's local to the callee's. */
      readonly results: Readonly<Record<string, string>>;
    }
  | { readonly do: 'scope'; readonly locals: Variables; readonly body: readonly Node[] }
  | { readonly do: 'local'; readonly to: string; readonly value: Value }
  | { readonly do: 'return' }
  | { readonly do: 'stop' }
  | { readonly do: 'lock'; readonly lock: LockName; readonly form: LockForm }
  | { readonly do: 'unlock'; readonly lock: LockName; readonly form: LockForm }
  | { readonly do: 'mask'; readonly what: MaskForm; readonly on: boolean }
  | { readonly do: 'synchronize_rcu' | 'rcu_barrier' | 'ipi_sync' };

export type Body = readonly Node[];

export type Type =
  | { readonly type: 'uint'; readonly max: number; readonly wraps?: boolean }
  /** 0 or 1; a store keeps whether the value is not 0. */
  | { readonly type: 'bool' }
  /** The index of an object, or NONE (where it starts). */
  | { readonly type: 'ref' };

export type Variables = Readonly<Record<string, Type>>;

export interface Func {
  readonly params: Variables;
  readonly locals: Variables;
  /** Is to return with the masks, readers and locks it was called with. */
  readonly balanced?: boolean;
  /**
   * Its address can be stored: an RCU callback calls the object whose head was queued `head`; a work function knows
   * nothing of its work.
   */
  readonly callback?: 'rcu' | 'work';
  readonly body: readonly Node[];
}

export interface Cpu {
  readonly count: number;
  readonly task?: string;
  /** Handlers that may come at any moment where they are not masked. */
  readonly softirq?: string;
  readonly hardirq?: string;
}

export type Property =
  | { readonly kind: 'always'; readonly test: SharedTest }
  | { readonly kind: 'at_rest'; readonly test: SharedTest }
  | { readonly kind: 'whenever'; readonly freeLock: number; readonly test: SharedTest }
  | {
      readonly kind: 'possibly';
      /** Instances: `k` from 0 is added to the number on the right of both tests. */
      readonly each: number;
      readonly from: SharedTest;
      readonly to: SharedTest;
      /** Steps of these kinds no continuation takes. */
      readonly without: readonly StepKind[];
    }
  | { readonly kind: 'claimed' };

/** Kinds of steps whose labels begin with them. */
export const stepKinds = ['step', 'until', 'spin_until', 'test', 'pick'] as const;
export type StepKind = (typeof stepKinds)[number];

/** Compares a shared variable, or a ghost, with a number or another one. */
export interface SharedTest {
  readonly left: string;
  readonly is: Comparison;
  readonly right: number | string;
}

export interface Rcu {
  readonly callbacks: 'softirq' | 'offloaded' | 'both';
  readonly order: 'any' | 'fifo';
  /** `real` needs `fifo`. */
  readonly doubleQueue: 'debug' | 'real';
  readonly consolidated: boolean;
}

export interface Program {
  readonly shared: Variables;
  /** One element per CPU. */
  readonly perCpu: Variables;
  readonly ghosts: Variables;
  readonly initial: Readonly<Record<string, number>>;
  readonly locks: number;
  readonly lists: number;
  readonly objects: number;
  /** Largest value of an object. */
  readonly maxValue: number;
  /** What object 0 starts with, where it is live at the start. */
  readonly firstValue: number;
  /** Object 0 is live at the start: reached through the variable `r`, or through list 0. */
  readonly firstObject: 'free' | 'published' | 'listed';
  /** Whether an object's list node and its rcu_head are the same two words. */
  readonly overlay: boolean;
  readonly functions: Readonly<Record<string, Func>>;
  readonly cpus: readonly Cpu[];
  /** Work items, queued by index. */
  readonly works: number;
  readonly rcu: Rcu;
  /** Keyed by id. */
  readonly properties: Readonly<Record<string, Property>>;
}

export const NONE = -1;

/** An empty program to spread: a test names only what it is about. */
export const blank: Program = {
  shared: {},
  perCpu: {},
  ghosts: {},
  initial: {},
  locks: 0,
  lists: 0,
  objects: 0,
  maxValue: 3,
  firstValue: 1,
  firstObject: 'free',
  overlay: false,
  functions: {},
  cpus: [],
  works: 0,
  rcu: { callbacks: 'softirq', order: 'any', doubleQueue: 'debug', consolidated: false },
  properties: {},
};

export function compare(left: number, is: Comparison, right: number): boolean {
  if (is === 'eq') return left === right;
  return is === 'ne' ? left !== right : left < right;
}

/** Computes a value, given what its names stand for. */
export function compute(value: Value, local: (name: string) => number, variant: number): number {
  if (typeof value === 'number') return value;
  if ('local' in value) return local(value.local);
  if ('variant' in value) return variant;
  const [left, right] = value.of.map((part) => compute(part, local, variant)) as [number, number];
  return {
    add: left + right,
    xor: left ^ right,
    and: left & right,
    or: left | right,
    shl: left << right,
    shr: left >> right,
  }[value.op];
}
