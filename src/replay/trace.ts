/** A schedule with what it did: plain data, made by the frozen engine, read by diagrams, pages and files. */
import type { ContextName, Finding } from '../design/processor.ts';
import type { Explanation } from './explanation.ts';

export interface Access {
  /** `page[0].refcount`. */
  readonly path: string;
  readonly value: string;
  readonly write: boolean;
  readonly atomic: boolean;
}

export interface Change {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface TraceStep {
  /** Index into `Trace.cpus`. */
  readonly cpu: number;
  readonly context: ContextName;
  /** Ordinal among this context's moves in this state; 0 where there is one. */
  readonly choice: number;
  readonly label: string;
  /** Functions from the outermost to the one the step belongs to; for a callback, from the callback on. */
  readonly stack: readonly string[];
  /** A number for each call in `stack`: two steps with the same number are in the same call. */
  readonly calls?: readonly number[];
  /** For a pick: which variant `k`. */
  readonly picked?: number;
  readonly accesses: readonly Access[];
  /** Shared state, ghosts and the client's notes; then masks, readers and queues. Locals are in `locals`. */
  readonly changes: readonly Change[];
  readonly locals: readonly Change[];
  /** What went wrong in this step or in the state it led to. */
  readonly findings: readonly Finding[];
  /** The callback or handler that starts with this step, `start pte_free_now`; what is called there may be no function. */
  readonly enters?: string;
  /** A violating step that did not happen: the state is the one before it. */
  readonly refused: boolean;
}

export interface RelatedTrace {
  /** What it shows, in words. */
  readonly text: string;
  readonly initial: string;
  readonly schedule: string;
  readonly steps: readonly TraceStep[];
  readonly switches: number;
}

export interface Trace {
  readonly schemaVersion: 1;
  readonly tool: string;
  readonly check: string;
  /** SHA-256 of the bundled check, empty outside the command line. */
  readonly modelHash: string;
  readonly initial: string;
  readonly schedule: string;
  readonly property: string;
  /** `CPU0`, `CPU1`, `walker`, `rcuo`, `kworker`: by index. */
  readonly cpus: readonly string[];
  readonly steps: readonly TraceStep[];
  readonly switches: number;
  /** How the schedule was found, where that says how good it is: `found by a random walk and shortened; perhaps not the shortest`. */
  readonly origin?: string;
  /** The violation in words. */
  readonly violation: string;
  /** What the last step or state violated; `kind` is empty where nothing was. */
  readonly finding: Finding;
  /** What it takes more schedules to show: the other halves of a lock order cycle or of an unsafe use. */
  readonly related?: readonly RelatedTrace[];
  /** The schedule that this one was made from by taking other moves, and how many steps the two have in common. */
  readonly branch?: { readonly of: string; readonly at: number };
  /** Why it happens, where that was asked. */
  readonly explanation?: Explanation;
  /** CPUs that cannot move at the end and what they wait for. */
  readonly blocked: readonly { readonly cpu: number; readonly on: string }[];
}

/** What a trace carries where nothing was violated. */
export const NO_FINDING: Finding = { facility: 'property', kind: '', object: '', message: '' };

/** Another half of what no single schedule shows, as a schedule of its own: what is known of the first is not known of it. */
export function traceOfHalf(trace: Trace, { text: _text, ...half }: RelatedTrace): Trace {
  const { explanation: _why, related: _others, branch: _branch, ...same } = trace;
  return { ...same, ...half, blocked: [], finding: NO_FINDING };
}

/** `pte_free_now` of `start pte_free_now`. */
export function startedBy(enters: string): string {
  return enters.replace(/^start /, '');
}

/** Whether what a callback or a work is called is a function, and not what its word holds instead. */
export function isFunctionName(name: string): boolean {
  return /^\w+$/.test(name);
}

/** Where a step runs: a CPU in one of its contexts. */
export type Lane = Pick<TraceStep, 'cpu' | 'context'>;

/** The same for steps of one lane, and for no others. */
export function laneOf({ cpu, context }: Lane): string {
  return `${cpu} ${context}`;
}

/** `CPU1`, `CPU1 softirq`. */
export function laneName(cpus: readonly string[], { cpu, context }: Lane): string {
  return `${cpus[cpu]}${context === 'task' ? '' : ` ${context}`}`;
}
