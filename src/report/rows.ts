/** A trace as rows of a diagram: who, how deep, what; steps that add nothing folded into one row. */
import type { ContextName } from '../design/processor.ts';
import type { Trace, TraceStep } from '../replay/trace.ts';
import { ascii } from './text.ts';
import { accessComments, type Comment, commentOf, type Values, valuesOf } from './values.ts';

export interface Row {
  /** Index into `Trace.cpus`. */
  readonly cpu: number;
  /** Levels of indentation. */
  readonly depth: number;
  readonly text: string;
  /** Comments, without their delimiters. */
  readonly comments: readonly Comment[];
  readonly kind: 'function' | 'step' | 'fault' | 'waits';
  /** Steps of the trace this row stands for: first to last, both -1 for none. */
  readonly first: number;
  readonly last: number;
}

export interface RowOptions {
  /** Every step on a row of its own, with every word it touched. */
  readonly full?: boolean;
}

/** Inner steps of kernel words that say nothing the word does not: shown as the word when they are not interrupted. */
const WHOLE: readonly (readonly string[])[] = [
  ['softirqs off', 'take lock'],
  ['interrupts off', 'take lock'],
  ['release lock', 'softirqs on'],
  ['release lock', 'interrupts on'],
  ['take lock'],
  ['release lock'],
  ['grace period begins', 'grace period over'],
  ['rcu_barrier begins', 'rcu_barrier over'],
  ['send IPI to all other CPUs', 'all other CPUs took the IPI'],
];

const LEVEL: Readonly<Record<ContextName, number>> = { task: 0, softirq: 1, hardirq: 2 };

/** What runs on a CPU in one context: the functions whose names have been printed. */
interface Frame {
  readonly context: ContextName;
  /** Indentation of its outermost line. */
  readonly base: number;
  /** Functions shown, from the outermost. */
  stack: readonly string[];
  /** First step label of each function shown, to notice that it was called again. */
  entries: string[];
  previous: string;
}

interface Item {
  readonly cpu: number;
  readonly steps: readonly TraceStep[];
  readonly first: number;
  /** The kernel word the steps are part of, if any. */
  readonly word: string | undefined;
  readonly whole: boolean;
}

/** The rows of a trace, in the order of its steps; the CPUs that cannot move come last. */
export function rowsOf(trace: Trace, options: RowOptions = {}): Row[] {
  const values = valuesOf(trace);
  const writer = new RowWriter(trace, values, options.full === true);
  for (const item of itemsOf(trace, options.full === true)) writer.item(item);
  for (const { cpu, on } of trace.blocked) writer.waits(cpu, on);
  return writer.rows;
}

class RowWriter {
  readonly rows: Row[] = [];
  private readonly frames = new Map<number, Frame[]>();
  private readonly drivers: ReadonlySet<number>;

  private readonly trace: Trace;
  private readonly values: Values;
  private readonly full: boolean;

  constructor(trace: Trace, values: Values, full: boolean) {
    this.trace = trace;
    this.values = values;
    this.full = full;
    this.drivers = driversOf(trace);
  }

  item(item: Item): void {
    const [step] = item.steps;
    const frame = this.enter(item.cpu, step, item.first);
    let depth = this.functions(item.cpu, frame, step, item.first);
    if (item.word !== undefined && !item.whole && item.steps.length > 1) {
      this.push(item, depth, bare(item.word, step), 'function');
      depth += 1;
    }
    const opensHandler = step.enters !== undefined && item.steps.length === 1 && isStart(step);
    if (item.whole) this.push(item, depth, bare(item.word ?? '', step), 'step');
    else if (!opensHandler) this.steps(item, depth);
    item.steps.forEach((one, index) => {
      for (const text of faultsOf(one, this.trace.property)) {
        const at = item.first + index;
        this.rows.push({
          cpu: item.cpu,
          depth,
          text,
          comments: [],
          kind: 'fault',
          first: at,
          last: at,
        });
      }
    });
    frame.previous = item.steps.at(-1)?.label ?? '';
  }

  waits(cpu: number, on: string): void {
    if (!this.trace.steps.some((step) => step.cpu === cpu)) return;
    const frame = this.frames.get(cpu)?.at(-1);
    const depth =
      frame === undefined ? 0 : frame.base + frame.stack.length - this.hidden(cpu, frame);
    const text = `... waits for ${ascii(on)}`;
    this.rows.push({ cpu, depth, text, comments: [], kind: 'waits', first: -1, last: -1 });
  }

  /** The rows of single steps; a step repeated without any effect is written once, with how often. */
  private steps(item: Item, depth: number): void {
    const inner = item.word !== undefined && item.steps.length > 1;
    for (let index = 0; index < item.steps.length; index += 1) {
      const step = item.steps[index];
      let count = 1;
      while (!this.full && repeats(step, item.steps[index + count])) count += 1;
      const label = inner ? innerOf(step.label) : step.label;
      const comments = this.commentsOf(step);
      const times = count > 1 ? ` (${count} times)` : '';
      this.rows.push({
        cpu: item.cpu,
        depth,
        text: this.full ? ascii(label) : called(label, step) + times,
        comments,
        kind: 'step',
        first: item.first + index,
        last: item.first + index + count - 1,
      });
      index += count - 1;
    }
  }

  private commentsOf(step: TraceStep): readonly Comment[] {
    if (this.full) return accessComments(step, this.values);
    if (WHOLE.some((inner) => inner.includes(innerOf(step.label)))) return [];
    const comment = commentOf(step, this.values);
    return comment === undefined ? [] : [comment];
  }

  private push(item: Item, depth: number, text: string, kind: Row['kind']): void {
    const last = kind === 'function' ? item.first : item.first + item.steps.length - 1;
    this.rows.push({ cpu: item.cpu, depth, text, comments: [], kind, first: item.first, last });
  }

  /** Opens and closes contexts until the one of `step` is on top, and returns its frame. */
  private enter(cpu: number, step: TraceStep, at: number): Frame {
    const frames = this.frames.get(cpu) ?? [];
    this.frames.set(cpu, frames);
    const level = LEVEL[step.context];
    while (frames.length > 0 && LEVEL[frames[frames.length - 1].context] > level) {
      this.close(cpu, frames, at);
    }
    const top = frames.at(-1);
    if (top !== undefined && top.context === step.context) {
      if (step.enters === undefined) return top;
      if (level > 0) this.close(cpu, frames, at);
      else frames.pop();
    }
    return this.open(cpu, frames, step, at);
  }

  private open(cpu: number, frames: Frame[], step: TraceStep, at: number): Frame {
    const below = frames.at(-1);
    let base = below === undefined ? 0 : below.base + below.stack.length - this.hidden(cpu, below);
    if (step.context !== 'task') {
      const text = `<${step.context}>`;
      this.rows.push({
        cpu,
        depth: base,
        text,
        comments: [],
        kind: 'function',
        first: at,
        last: at,
      });
      base += 1;
    }
    const frame: Frame = { context: step.context, base, stack: [], entries: [], previous: '' };
    frames.push(frame);
    return frame;
  }

  private close(cpu: number, frames: Frame[], at: number): void {
    const frame = frames.pop() as Frame;
    const text = `</${frame.context}>`;
    const depth = frame.base - 1;
    this.rows.push({ cpu, depth, text, comments: [], kind: 'function', first: at, last: at });
  }

  /** Prints the functions `step` is in that have not been printed, and returns the depth of its own line. */
  private functions(cpu: number, frame: Frame, step: TraceStep, at: number): number {
    const hidden = this.hidden(cpu, frame);
    let common = 0;
    while (common < frame.stack.length && frame.stack[common] === step.stack[common]) common += 1;
    const innermost = step.stack.length - 1;
    const again =
      common === step.stack.length &&
      innermost >= 1 &&
      frame.entries[innermost] === step.label &&
      frame.previous !== step.label;
    if (again) common = innermost;
    for (let level = common; level < step.stack.length; level += 1) {
      frame.entries[level] = step.label;
      if (level < hidden) continue;
      const text = `${ascii(step.stack[level])}()`;
      const depth = frame.base + level - hidden;
      this.rows.push({ cpu, depth, text, comments: [], kind: 'function', first: at, last: at });
    }
    frame.stack = step.stack;
    return frame.base + step.stack.length - hidden;
  }

  /** 1 where the outermost function only drives others, so that its name would be noise. */
  private hidden(cpu: number, frame: Frame): number {
    return frame.context === 'task' && frame.stack.length + 1 > 0 && this.drivers.has(cpu) ? 1 : 0;
  }
}

/** CPUs whose task calls functions: its own name and indentation are left out. */
function driversOf(trace: Trace): ReadonlySet<number> {
  const found = new Set<number>();
  for (const step of trace.steps) {
    if (step.context === 'task' && step.stack.length > 1) found.add(step.cpu);
  }
  return found;
}

/** Neighbouring steps of one CPU that belong to one kernel word become one item. */
function itemsOf(trace: Trace, full: boolean): Item[] {
  const items: Item[] = [];
  const { steps } = trace;
  for (let at = 0; at < steps.length; ) {
    const word = full ? undefined : wordOf(steps[at].label);
    let end = at + 1;
    while (end < steps.length && belongs(steps[at], steps[end], word)) end += 1;
    const group = steps.slice(at, end);
    const inner = group.map((step) => innerOf(step.label));
    const whole = word !== undefined && isWhole(word, inner);
    items.push({ cpu: steps[at].cpu, steps: group, first: at, word, whole });
    at = end;
  }
  return items;
}

function belongs(first: TraceStep, next: TraceStep, word: string | undefined): boolean {
  return (
    next.cpu === first.cpu &&
    next.context === first.context &&
    next.enters === undefined &&
    next.stack.join() === first.stack.join() &&
    (word === undefined
      ? next.label === first.label && repeats(first, next)
      : wordOf(next.label) === word && ordinal(next.label) === ordinal(first.label))
  );
}

/** The same step again, to no effect: a failed attempt of a spinning loop. */
function repeats(step: TraceStep, next: TraceStep | undefined): boolean {
  return (
    next !== undefined &&
    next.label === step.label &&
    next.changes.length === 0 &&
    next.locals.length === 0 &&
    next.findings.length === 0 &&
    step.findings.length === 0
  );
}

/** `spin_lock_bh(lock)` of `spin_lock_bh(lock): take lock`. */
function wordOf(label: string): string | undefined {
  return /^([A-Za-z_]\w*(?:\(.*?\))?)(?: #\d+)?: ./.exec(label)?.[1];
}

function innerOf(label: string): string {
  return wordOf(label) === undefined ? label : shown(label.slice(label.indexOf(': ') + 2));
}

/** The number that tells a second use of a word in one function from the first. */
function ordinal(label: string): string {
  return / #(\d+)(?:$|: )/.exec(label)?.[1] ?? '';
}

/** A label without that number. */
function shown(label: string): string {
  return ascii(label).replace(/ #\d+(?=$|: )/, '');
}

function isWhole(word: string, inner: readonly string[]): boolean {
  const name = word.replace(/\(.*$/, '');
  if (inner.length === 1 && inner[0] === name) return true;
  const forms = WHOLE.filter((form) => form.join() === inner.join());
  const alone = inner.length === 1;
  // Half of `spin_lock_bh` is not `spin_lock`.
  return forms.length > 0 && !(alone && /_(bh|irqsave|irqrestore)$/.test(name));
}

/** Words of one step whose label is their name: shown as the calls they are. */
const CALLS = /^(?:spin_\w+|rcu_read_(?:un)?lock|local_(?:irq|bh)_\w+|preempt_\w+|might_sleep)$/;

/** A kernel word with its argument, taken from the lock it touched where the model gave none. */
function bare(word: string, step: TraceStep): string {
  if (word.includes('(')) return ascii(word);
  const lock = step.accesses.find((one) => one.path.endsWith('.owner'));
  return `${ascii(word)}(${lock === undefined ? '' : ascii(lock.path.slice(0, -'.owner'.length))})`;
}

function called(label: string, step: TraceStep): string {
  const text = shown(label);
  return CALLS.test(text) ? bare(text, step) : text;
}

/** Whether the step only starts a callback or handler, so that the function's name says it all. */
function isStart(step: TraceStep): boolean {
  return step.label === step.enters || /^(start|run|enter|call)/.test(step.label);
}

/** What went wrong at a step, in a few words under it. */
function faultsOf(step: TraceStep, property: string): string[] {
  const id = property.includes(':') ? property.slice(0, property.indexOf(':')) : 'violated';
  const texts = step.findings.map((one) => {
    if (one.facility !== 'property' && one.facility !== 'claim') return `^^^ ${ascii(one.kind)}`;
    return `^^^ ${ascii(id)} here`;
  });
  if (texts.length === 0 && step.refused) return ['^^^ refused'];
  return [...new Set(texts)];
}
