/** Kernel words of several steps: which of their steps say nothing the word does not. */
import type { Trace, TraceStep } from '../replay/trace.ts';
import { ascii } from './text.ts';

/** Neighbouring steps of one CPU that are shown together. */
export interface Item {
  readonly cpu: number;
  readonly steps: readonly TraceStep[];
  /** Index of the first of them. */
  readonly first: number;
  /** The kernel word they are part of, if any. */
  readonly word: string | undefined;
  /** They are all of the word, and the word says it all. */
  readonly whole: boolean;
}

/** Steps of kernel words that are shown as the word alone where nobody comes between them. */
const WHOLE: readonly string[] = [
  'softirqs off, take lock',
  'interrupts off, take lock',
  'release lock, softirqs on',
  'release lock, interrupts on',
  'grace period begins, grace period over',
  'rcu_barrier begins, rcu_barrier over',
  'send IPI to all other CPUs, all other CPUs took the IPI',
];

/** The steps of a trace, those of one kernel word put together; with `full` each on its own. */
export function itemsOf(trace: Trace, full: boolean): Item[] {
  const items: Item[] = [];
  const { steps } = trace;
  for (let at = 0; at < steps.length; ) {
    const word = full ? undefined : wordOf(steps[at].label);
    let end = at + 1;
    while (!full && end < steps.length && belongs(steps[at], steps[end], word)) end += 1;
    const group = steps.slice(at, end);
    const inner = group.map((step) => innerOf(step.label)).join(', ');
    const whole = word !== undefined && WHOLE.includes(inner);
    items.push({ cpu: steps[at].cpu, steps: group, first: at, word, whole });
    at = end;
  }
  return items;
}

function belongs(first: TraceStep, next: TraceStep, word: string | undefined): boolean {
  if (next.cpu !== first.cpu || next.context !== first.context || next.enters !== undefined) {
    return false;
  }
  if (next.stack.join() !== first.stack.join()) return false;
  if (word === undefined) return repeats(first, next);
  return wordOf(next.label) === word && ordinal(next.label) === ordinal(first.label);
}

/** The same step again, to no effect: a failed attempt of a spinning loop. */
export function repeats(step: TraceStep, next: TraceStep | undefined): boolean {
  return (
    next !== undefined &&
    next.label === step.label &&
    [step, next].every((one) => one.findings.length === 0 && one.locals.length === 0) &&
    step.changes.length === 0 &&
    next.changes.length === 0
  );
}

/** Steps of one CPU that do the same again to no effect: a polling loop of several steps. */
export interface Repetition {
  /** First of the steps that only repeat those before, and the first after them. */
  readonly from: number;
  readonly to: number;
  readonly times: number;
}

const LONGEST_LOOP = 8;

/** Every repetition of two steps or more, in order. */
export function repetitionsOf({ steps }: Trace): Repetition[] {
  const found: Repetition[] = [];
  for (let at = 0; at < steps.length; ) {
    const one = repetitionAt(steps, at);
    if (one !== undefined) found.push(one);
    at = one?.to ?? at + 1;
  }
  return found;
}

function repetitionAt(steps: readonly TraceStep[], at: number): Repetition | undefined {
  for (let size = 2; size <= LONGEST_LOOP; size += 1) {
    let to = at + size;
    while (to < steps.length && again(steps[to - size], steps[to])) to += 1;
    const times = Math.floor((to - at) / size) - 1;
    const loop = steps.slice(at, at + size);
    if (times > 0 && loop.every(isIdle) && loop.some(({ accesses }) => accesses.length > 0))
      return { from: at + size, to: at + size + times * size, times };
  }
  return undefined;
}

function again(step: TraceStep, next: TraceStep): boolean {
  const told = ({ cpu, context, label, stack, calls, accesses, enters }: TraceStep): string =>
    JSON.stringify([cpu, context, label, stack, calls ?? stack, accesses, enters]);
  return isIdle(next) && told(step) === told(next);
}

function isIdle({ changes, findings }: TraceStep): boolean {
  return changes.length === 0 && findings.length === 0;
}

/** `spin_lock_bh(lock)` of `spin_lock_bh(lock): take lock`. */
function wordOf(label: string): string | undefined {
  return /^([A-Za-z_]\w*(?:\(.*?\))?)(?: #\d+)?: ./.exec(label)?.[1];
}

/** `take lock` of the same. */
export function innerOf(label: string): string {
  return wordOf(label) === undefined ? label : label.slice(label.indexOf(': ') + 2);
}

/** `spin_lock_bh(lock)` of the same, where a CPU waits in it. */
export function withoutInner(label: string): string {
  return label.replace(/(?: #\d+)?: (?:take lock|.* over|all other CPUs took the IPI)$/, '');
}

/** The number that tells a second use of a word in one function from the first. */
function ordinal(label: string): string {
  return / #(\d+)(?:$|: )/.exec(label)?.[1] ?? '';
}

/** Words of one step, which are shown as the calls they are. */
const CALLS =
  /^(?:spin_\w+|rcu_read_(?:un)?lock|local_(?:irq|bh)_\w+|preempt_\w+|might_sleep)(?:\(|: |$)/;

/** A label without the number that told it from another use of the same word. */
export function labelOf(step: TraceStep, inner: boolean): string {
  const label = ascii(inner ? innerOf(step.label) : step.label).replace(/ #\d+(?=$|: )/, '');
  if (!CALLS.test(label)) return label;
  const word = wordOf(label);
  return word === undefined
    ? callOf(label, [step])
    : callOf(word, [step]) + label.slice(word.length);
}

/** A kernel word with its argument, which is taken from the lock it touched where the model gave none. */
export function callOf(word: string, steps: readonly TraceStep[]): string {
  if (word.includes('(')) return ascii(word);
  const lock = steps.flatMap(({ accesses }) => accesses).find((one) => one.path.endsWith('.owner'));
  return `${ascii(word)}(${lock === undefined ? '' : ascii(lock.path.slice(0, -'.owner'.length))})`;
}

/** Kernel words about locks and masks: that the lock was free and is taken is what the word says. */
export function isAboutLocks(label: string): boolean {
  return /^(?:spin_(?:un|try)?lock|local_|preempt_|rcu_read_)/.test(label);
}
