/**
 * The port between the kernel words and whatever engine runs them. A recipe never sees it: the
 * engine puts itself into `running.on` before a recipe runs, and the words ask it for what a CPU
 * can do.
 */
import type { View } from './schema.ts';

export type ContextName = 'task' | 'softirq' | 'hardirq';

/** Who executes a step: `cpu` is the index of the CPU (or kernel thread), `context` what runs on it. */
export interface Context {
  readonly cpu: number;
  readonly context: ContextName;
}

/** What can be nested on a CPU. `rcu`, `preempt` are counted per context; `bh`, `irq` per CPU. */
export type Nesting = 'bh' | 'irq' | 'preempt' | 'rcu';

export const FACILITIES = [
  'KASAN',
  'leak',
  'DEBUG_LIST',
  'DEBUG_OBJECTS_RCU_HEAD',
  'LOCKDEP',
  'RCU',
  'refcount_t',
  'BUG_ON',
  'WARN_ON',
  'range',
  'deadlock',
  'KCSAN',
] as const;
export type Facility = (typeof FACILITIES)[number];
export type FacilityMode = 'fatal' | 'soft' | 'off';

/** What a facility or a claim saw. `kind` is a stable short name, such as `use-after-free`. */
export interface Finding {
  readonly facility: Facility | 'claim' | 'property' | 'possibly';
  readonly kind: string;
  /** The object or field concerned, as a path: `page[0].rcu_head`. */
  readonly object: string;
  readonly message: string;
}

/** Thrown by the port to end a step at a fatal finding. Carries no stack: it is no bug. */
export class Fault {
  readonly finding: Finding;
  constructor(finding: Finding) {
    this.finding = finding;
  }
}

export interface Processor {
  readonly context: Context;
  /** An internal choice among `n`: every value 0 to n - 1 is explored. */
  choose(n: number): number;
  /**
   * Reports a finding: throws `Fault` where the facility is fatal, returns `true` where it is soft,
   * `false` where off.
   */
  report(facility: Facility, kind: string, object: string, message: string): boolean;
  claim(id: string, holds: boolean): void;

  /** The address of a record or of one of its fields, as a word. */
  address(view: View, field?: string): number;
  /** The view of type `name` at an address, or undefined for any other word. Says nothing about liveness. */
  viewAt(word: number, name: string): View | undefined;
  /** The index of the object of heap or array `container` whose field `member` is at this address, or -1. */
  containerOf(word: number, container: string, member: string): number;
  /** The word of a declared callback. */
  functionWord(name: string): number;
  describeWord(word: number): string;
  /** Known low bits of a word under `mask`; an unknown bit of an address is a two-way choice. */
  wordBits(word: number, mask: number): number;
  /** Loads and stores one word by address, with every check an access has. */
  loadWord(word: number): number;
  storeWord(word: number, value: number): void;

  allocate(heap: View, initial: Readonly<Record<string, unknown>> | undefined): number;
  release(heap: View, index: number): void;
  isLive(view: View): boolean;
  /** Whether a facility watches at all (fatal or soft). */
  isOn(facility: Facility): boolean;
  /** Runs `body` without use-after-free reports: `speculative` accesses to a struct whose object is gone. */
  speculate<T>(body: () => T): T;

  nesting(what: Nesting): number;
  nest(what: Nesting, by: 1 | -1): void;
  /**
   * True in softirq or hardirq context, or where a lock, preempt_disable or a masked context
   * forbids sleeping.
   */
  mayNotSleep(): string | undefined;

  /** Appends a head to this CPU's callback list; its grace period is over already where it does not wait. */
  callRcu(head: View, functionWord: number, waits: boolean): void;
  isQueued(head: View): boolean;
  /**
   * Starts waiting for all readers inside now (synchronize_rcu), or for all queued callbacks
   * (rcu_barrier).
   */
  beginWait(what: 'readers' | 'callbacks' | 'ipi'): void;
  /** `rcu_dereference` has read the pointer in this cell. */
  dereferenced(cell: number): void;
  waitOver(what: 'readers' | 'callbacks' | 'ipi'): boolean;
  queueWork(work: View, functionWord: number): boolean;
  /** The running attempt found its lock held by `owner` (CPU * 3 + context level). */
  blockedOn(owner: number): void;
  describeContext(owner: number): string;
}

/**
 * The engine whose step is being executed. Module-level, because kernel words take no context
 * argument, as in C.
 */
export const running: { on: Processor | undefined } = { on: undefined };

export function processor(): Processor {
  if (running.on === undefined) throw new Error('a kernel word was called outside a step');
  return running.on;
}

/** What a kernel word is given: a mask of bits, an amount to add, or a value to store. */
export type Operand = 'mask' | 'amount' | 'value';

/** Stands between the kernel words of one step and what they do: to see it, or to have them do something else. */
export interface Interceptor {
  /** What an atomic read-modify-write has loaded; gives what it goes on with. */
  loaded<T>(value: T): T;
  /** What a word was given; gives what it uses. */
  given<T>(value: T, as: Operand): T;
  /** Whether a callback that is being queued waits for readers. */
  waits(): boolean;
}

/** Set only while a step runs whose words are intercepted. */
export const intercepted: { by: Interceptor | undefined } = { by: undefined };

/** What a kernel word uses of what it was given. */
export function given<T>(value: T, as: Operand): T {
  return intercepted.by === undefined ? value : intercepted.by.given(value, as);
}

/**
 * Accesses to shared memory by the running step: `cell * 64 + flags`. The views append; the engine
 * resets and reads. A ring of a fixed size: a step that touches more words than that is refused
 * long before.
 */
export const accesses = { count: 0, entries: new Int32Array(1024) };
export const ACCESS_MASK = 1023;
export const WRITE = 1;
export const MARKED = 2;
export const ATOMIC = 4;
/** Made by the RCU core on behalf of the step: counts for lock discipline, not for granularity. */
export const CORE = 8;
/** Made inside `data_race`: no data race of KCSAN's. */
export const UNWATCHED = 16;
/** An atomic read-modify-write that did store: a cmpxchg that failed does not. */
export const CHANGED = 32;
export const ACCESS_SHIFT = 6;

/** Folds everything logged since `mark` (loads and stores of one word) into one atomic read-modify-write. */
export function foldAtomic(mark: number): void {
  // Ghosts, the client's notes and locals are not logged.
  if (accesses.count === mark) return;
  const stored = accesses.count > mark + 1 ? CHANGED : 0;
  accesses.entries[mark & ACCESS_MASK] |= WRITE | MARKED | ATOMIC | stored;
  accesses.count = mark + 1;
}

/**
 * Flags what was logged since `mark` as marked (READ_ONCE, WRITE_ONCE, ordered accesses); nothing
 * was where the field is a ghost, the client's or a local.
 */
export function markSince(mark: number, flag = MARKED): void {
  for (let at = mark; at < accesses.count; at += 1) accesses.entries[at & ACCESS_MASK] |= flag;
}

/**
 * Words with fixed values. Constants are below `FUNCTION_BASE`; addresses start at `ADDRESS_BASE`
 * and are 8-byte aligned.
 */
export const NULL = 0;
export const LIST_POISON1 = 0x100;
export const LIST_POISON2 = 0x122;
export const FUNCTION_BASE = 0x10000;
export const ADDRESS_BASE = 0x100000;
export const ADDRESS_STEP = 8;
