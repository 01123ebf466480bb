/**
 * The types a model declares its state with. A type is plain data; the machine lays it out once a
 * model is compiled. `ViewOf<T>` is what a recipe sees of a `T`.
 */

import { HeddleError, here } from './errors.ts';

declare const valueOf: unique symbol;
declare const kindOf: unique symbol;

/** How a field takes part in the rules: `shared` memory, a `ghost`, or the `client`'s own notes. */
export type Role = 'shared' | 'ghost' | 'client';

export type ScalarKind = 'int' | 'bool' | 'enum' | 'ref' | 'cpu' | 'word' | 'set';

/** One value in one cell. `V` is the JavaScript value a recipe reads and writes. */
export interface ScalarType<V> {
  readonly kind: ScalarKind;
  /** Largest value of an `int`, or number of members of a `set` of CPUs or objects. */
  readonly max?: number;
  readonly wraps?: boolean;
  readonly values?: readonly string[];
  /** For `ref` and `set`: the heap or array it points into; `cpu` for CPU ids. */
  readonly target?: string;
  readonly role?: Role;
  readonly [valueOf]?: V;
}

export type Fields = { readonly [name: string]: AnyType };

/** A C struct. `name` is what `deref` and the kernel words ask for. */
export interface RecordType<F extends Fields, N extends string = string> {
  readonly kind: 'record';
  readonly name: N;
  readonly fields: F;
  /** Cells that the machine keeps beside the record and no model sees. */
  readonly hidden?: readonly string[];
  /** Lock class for lockdep; the field path when absent. */
  readonly lockClass?: string;
  readonly role?: Role;
}

export interface ArrayType<E extends AnyType> {
  readonly kind: 'array';
  /** Number of elements, or `cpus` for one per CPU and kernel thread. */
  readonly length: number | 'cpus';
  readonly element: E;
  readonly role?: Role;
  readonly placed?: Placed;
}

/** Where the elements of an array lie in memory, as far as it is known. */
export interface Placed {
  /** Size of an element in bytes, of which the model may declare less: a positive multiple of 8. */
  readonly bytes: number;
  /** The first element starts at a multiple of so many bytes: a power of two, 8 to 2^31. */
  readonly aligned: number;
}

export interface HeapType<E extends RecordType<Fields>> {
  readonly kind: 'heap';
  readonly length: number;
  readonly element: E;
  readonly role?: Role;
}

// biome-ignore lint/suspicious/noExplicitAny: the top of the type family needs an unbounded value.
export type AnyType = ScalarType<any> | RecordType<any, any> | ArrayType<any> | HeapType<any>;

/** What every record view carries beside its fields; `$`-names belong to the machine. */
export interface View<N extends string = string> {
  readonly $cell: number;
  readonly $path: string;
  readonly [kindOf]?: N;
}

type ScalarKeys<F extends Fields> = {
  // biome-ignore lint/suspicious/noExplicitAny: matches every scalar.
  [K in keyof F]: F[K] extends ScalarType<any> ? K : never;
}[keyof F];

export type RecordView<F extends Fields, N extends string = string> = View<N> & {
  -readonly [K in ScalarKeys<F>]: ViewOf<F[K]>;
} & { readonly [K in Exclude<keyof F, ScalarKeys<F>>]: ViewOf<F[K]> };

/** An array of numbers, booleans or words: elements are read and written in place. */
export interface ScalarArrayView<V> extends View<'array'> {
  readonly length: number;
  /** The same as `array[index]`, and much faster in a large search. */
  get(index: number): V;
  /** The same as `array[index] = value`, and much faster in a large search. */
  set(index: number, value: V): void;
  [index: number]: V;
  [Symbol.iterator](): IterableIterator<V>;
}

/** An array of records: elements are views. */
export interface RecordArrayView<V> extends View<'array'> {
  readonly length: number;
  readonly [index: number]: V;
  [Symbol.iterator](): IterableIterator<V>;
}

/** A heap: `heap[ref]` is the object, whether it is live or not; see `alloc` and `free`. */
export interface HeapView<V> extends View<'heap'> {
  readonly length: number;
  readonly [index: number]: V;
  [Symbol.iterator](): IterableIterator<V>;
}

export type ViewOf<T> =
  T extends ScalarType<infer V>
    ? V
    : T extends RecordType<infer F, infer N>
      ? RecordView<F, N>
      : T extends ArrayType<infer E>
        ? // biome-ignore lint/suspicious/noExplicitAny: matches every scalar.
          E extends ScalarType<any>
          ? ScalarArrayView<ViewOf<E>>
          : RecordArrayView<ViewOf<E>>
        : T extends HeapType<infer E>
          ? HeapView<ViewOf<E>>
          : never;

export type StateView<F extends Fields> = RecordView<F, 'state'>;
export type LocalsView<F extends Fields> = { -readonly [K in keyof F]: ViewOf<F[K]> };

/** No object, no CPU: the value of an empty `ref` or `cpu_id`. */
export const NONE = -1;

/**
 * An unsigned integer of `bits` bits (1 to 32): 0 to 2^bits - 1. Leaving the range is fatal unless
 * `wraps`.
 */
export function uint(bits: number, options: { wraps?: boolean } = {}): ScalarType<number> {
  return { kind: 'int', max: 2 ** bits - 1, wraps: options.wraps ?? false };
}

/**
 * An unsigned integer 0 to `max` (at most 2^32 - 1). Leaving the range is fatal unless `wraps`
 * (modulo max + 1).
 */
export function range(max: number, options: { wraps?: boolean } = {}): ScalarType<number> {
  return { kind: 'int', max, wraps: options.wraps ?? false };
}

/** A bit field of `n` bits (1 to 32). */
export function bits(n: number): ScalarType<number> {
  return { kind: 'int', max: 2 ** n - 1, wraps: false };
}

/** `true` or `false`; starts `false`. */
export function bool(): ScalarType<boolean> {
  return { kind: 'bool', max: 1 };
}

/** One of the given names; starts as the first. */
export function enumeration<const V extends readonly [string, ...string[]]>(
  ...values: V
): ScalarType<V[number]> {
  return { kind: 'enum', max: values.length - 1, values };
}

/** The index of an element of the top-level heap or array `target`, or `NONE` (where it starts). */
export function ref(target: string): ScalarType<number> {
  return { kind: 'ref', target };
}

/** A CPU, or `NONE` (where it starts). */
export function cpu_id(): ScalarType<number> {
  return { kind: 'cpu', target: 'cpu' };
}

/**
 * A set of elements of the top-level heap or array `target` (or `cpu`), as a bit mask; starts
 * empty. At most 32 elements.
 */
export function set_of(target: string): ScalarType<number> {
  return { kind: 'set', target };
}

/** A machine word: NULL (where it starts), a declared constant, a callback, or the address of a field. */
export function word(): ScalarType<number> {
  return { kind: 'word' };
}

/** A C struct. */
export function record<const F extends Fields>(fields: F): RecordType<F, 'record'>;
export function record<const F extends Fields, N extends string>(
  name: N,
  fields: F,
): RecordType<F, N>;
export function record(first: string | Fields, second?: Fields): RecordType<Fields> {
  return typeof first === 'string'
    ? { kind: 'record', name: first, fields: second as Fields }
    : { kind: 'record', name: 'record', fields: first };
}

/**
 * `length` elements of one type. Where they lie may be given for elements made of words: then
 * `word_bits` knows the low bits of their addresses, and of all words in them.
 * @throws HeddleError `bad-schema` for a place that no memory has.
 * @example array(2, record('table', { pte: array(2, word()) }), { bytes: 0x800, aligned: 0x1000 })
 */
export function array<E extends AnyType>(
  length: number,
  element: E,
  placed?: Placed,
): ArrayType<E> {
  if (placed === undefined) return { kind: 'array', length, element };
  const { bytes, aligned } = placed;
  const whole = Number.isInteger(bytes) && bytes > 0 && bytes % 8 === 0;
  if (!whole || !Number.isInteger(Math.log2(aligned)) || aligned < 8 || aligned > 2 ** 31) {
    const place = `elements of ${bytes} bytes, aligned to ${aligned}`;
    throw new HeddleError('bad-schema', `${place}, lie nowhere`, here());
  }
  return { kind: 'array', length, element, placed };
}

/** One element per CPU and kernel thread (`rcuo`, `kworker`), indexed by `ctx.cpu`. */
export function per_cpu<E extends AnyType>(element: E): ArrayType<E> {
  return { kind: 'array', length: 'cpus', element };
}

/**
 * `length` objects that are allocated and freed; all are free in the initial state unless it
 * allocates them.
 */
export function heap<E extends RecordType<Fields>>(length: number, element: E): HeapType<E> {
  return { kind: 'heap', length, element };
}

let unions = 0;
/** Fields of an `overlay` share storage when they carry the same union number. */
export const UNION = Symbol('union');

/**
 * A C anonymous union: members share the same words. Spread it into a record: `record({ refcount:
 * bits(8), ...overlay({ lru: list_head(), rcu_head: rcu_head() }) })`. Members must be made of
 * words only (records and arrays of words); they may differ in length.
 */
export function overlay<const F extends Fields>(members: F): F {
  unions += 1;
  const union = unions;
  return Object.fromEntries(
    Object.entries(members).map(([name, type]) => [name, { ...type, [UNION]: union }]),
  ) as unknown as F;
}

/**
 * History kept for properties: may be written inside any step, is never read by a guard or an
 * effect on real state, and is exempt from granularity and lock discipline.
 */
export function ghost<T extends AnyType>(type: T): T {
  return { ...type, role: 'ghost' };
}

/**
 * The most general client's own notes (which tables it owns, which are linked): exempt from
 * granularity like a ghost, but its guards and picks may read them, for they say which operations
 * are legal.
 */
export function client<T extends AnyType>(type: T): T {
  return { ...type, role: 'client' };
}

export type ListHead = RecordType<
  { next: ScalarType<number>; prev: ScalarType<number> },
  'list_head'
>;
export type RcuHead = RecordType<
  { next: ScalarType<number>; func: ScalarType<number> },
  'rcu_head'
>;
export type Spinlock = RecordType<{ owner: ScalarType<number> }, 'spinlock'>;
export type Work = RecordType<{ func: ScalarType<number> }, 'work_struct'>;

/**
 * `struct list_head` (include/linux/types.h): two words. Starts NULL/NULL: call `INIT_LIST_HEAD` in
 * the initial state.
 */
export function list_head(): ListHead {
  return { kind: 'record', name: 'list_head', fields: { next: word(), prev: word() } };
}

/** `struct callback_head` (include/linux/types.h): next and func, two words. */
export function rcu_head(): RcuHead {
  return {
    kind: 'record',
    name: 'rcu_head',
    fields: { next: word(), func: word() },
    hidden: ['queued', 'waiting', 'function'],
  };
}

/** `spinlock_t`: starts free. `lockClass` names its lockdep class; the field's path when absent. */
export function spinlock(options: { lockClass?: string } = {}): Spinlock {
  return {
    kind: 'record',
    name: 'spinlock',
    fields: { owner: { kind: 'cpu', target: 'context' } },
    ...(options.lockClass === undefined ? {} : { lockClass: options.lockClass }),
  };
}

/** `struct work_struct`: its function word, and whether it is queued. */
export function work_struct(): Work {
  return { kind: 'record', name: 'work_struct', fields: { func: word() }, hidden: ['queued'] };
}

/** `atomic_t` of 0 to `max` (default 255). An integer; use the `atomic_` words on it. */
export function atomic(max = 255): ScalarType<number> {
  return { kind: 'int', max, wraps: false };
}

/**
 * `refcount_t` of 0 to `max` (default 255); use the `refcount_` words, which report what refcount_t
 * reports.
 */
export function refcount(max = 255): ScalarType<number> {
  return { kind: 'int', max, wraps: false };
}

/**
 * A page's `flags` word: one bit per name, in order. `SetPageActive` and its like work on a record
 * with such a field named `flags`.
 */
export function page_flags<const V extends readonly [string, ...string[]]>(
  ...names: V
): ScalarType<number> {
  return { kind: 'int', max: 2 ** names.length - 1, wraps: false, values: names };
}
