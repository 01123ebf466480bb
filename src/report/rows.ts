/** A trace as rows of a diagram: who, how deep, what; steps that add nothing folded into one row. */
import type { ContextName, Finding } from '../design/processor.ts';
import { isFunctionName, type Trace, type TraceStep } from '../replay/trace.ts';
import { Arguments, functionsOf } from './arguments.ts';
import { ascii, TIE } from './text.ts';
import { type Comment, commentOf, everyComment, remark, type Values, valuesOf } from './values.ts';
import {
  callOf,
  type Item,
  itemsOf,
  labelOf,
  type Repetition,
  repeats,
  repetitionsOf,
  withoutInner,
} from './words.ts';

export interface Row {
  /** Index into `Trace.cpus`. */
  readonly cpu: number;
  /** Whose column it stands in: that of the CPU's task, or one of its own for what interrupts it. */
  readonly context: ContextName;
  /** Levels of indentation. */
  readonly depth: number;
  readonly text: string;
  /** Comments, without their delimiters. */
  readonly comments: readonly Comment[];
  readonly kind: 'function' | 'mark' | 'step' | 'fault' | 'waits';
  /** Steps of the trace this row stands for: first to last, both -1 for none. */
  readonly first: number;
  readonly last: number;
}

export interface RowOptions {
  /** Every step on a row of its own, with every word it touched. */
  readonly full?: boolean;
  /** Softirqs and hardirqs in columns of their own, instead of indented below what they interrupt; default false. */
  readonly apart?: boolean;
}

const LEVEL: Readonly<Record<ContextName, number>> = { task: 0, softirq: 1, hardirq: 2 };

/** By which columns stand in order: those of one CPU side by side. */
export function columnOf({ cpu, context }: Pick<Row, 'cpu' | 'context'>): number {
  return cpu * 3 + LEVEL[context];
}

/** The thread of offloaded callbacks runs them with softirqs off but interrupts nobody. */
const CALLBACK_THREAD = 'rcuo';

/** A property without an id is called by its whole sentence, which is too long to be repeated under a step. */
const LONGEST_ID = 16;

/** What runs on a CPU in one context: the functions whose names have been printed. */
interface Frame {
  readonly context: ContextName;
  /** Where its lines stand. */
  readonly column: ContextName;
  /** Indentation of its outermost line. */
  readonly base: number;
  /** 1 where the outermost function only drives others, so that its name would be noise. */
  readonly hidden: number;
  /** Functions shown, from the outermost. */
  stack: readonly string[];
  /** Which calls of them, where the trace tells. */
  calls: readonly number[];
  /** First step label of each function shown, to notice that it was called again. */
  readonly entries: string[];
  previous: string;
}

/** The rows of a trace, in the order of its steps; the CPUs that cannot move come last. */
export function rowsOf(trace: Trace, options: RowOptions = {}): Row[] {
  const writer = new RowWriter(trace, options);
  const folded = options.full === true ? [] : repetitionsOf(trace);
  for (const item of itemsOf(trace, options.full === true)) {
    const loop = folded.find(({ from, to }) => from <= item.first && item.first < to);
    if (loop === undefined) writer.item(item);
    else if (loop.from === item.first) writer.repeats(item.cpu, loop);
  }
  for (const { cpu, on } of trace.blocked) writer.waits(cpu, on);
  return writer.rows;
}

class RowWriter {
  readonly rows: Row[] = [];
  private readonly frames = new Map<number, Frame[]>();
  private readonly trace: Trace;
  private readonly values: Values;
  private readonly calls: Arguments;
  private readonly full: boolean;
  private readonly apart: boolean;
  private readonly drivers: ReadonlySet<number>;

  constructor(trace: Trace, { full = false, apart = false }: RowOptions) {
    this.trace = trace;
    this.values = valuesOf(trace);
    this.calls = new Arguments(trace);
    this.full = full;
    this.apart = apart;
    this.drivers = driversOf(trace);
  }

  item(item: Item): void {
    const { cpu, steps, word, whole, first } = item;
    const [step] = steps;
    const frame = this.enter(cpu, step, first);
    let depth = this.functions(cpu, frame, step, first);
    const grouped = word !== undefined && !whole && steps.length > 1;
    if (grouped) {
      this.write(cpu, depth, callOf(word, steps), first, { kind: 'function' });
      depth += 1;
    }
    const last = first + steps.length - 1;
    if (whole) this.write(cpu, depth, callOf(word ?? '', steps), first, { last });
    else if (steps.length > 1 || step.label !== step.enters) this.steps(item, depth, grouped);
    steps.forEach((one, index) => {
      for (const text of faultsOf(one, this.endingAt(first + index))) {
        this.write(cpu, depth, text, first + index, { kind: 'fault' });
      }
    });
    frame.previous = steps.at(-1)?.label ?? '';
  }

  /** What the trace ends in, if it ends here. A deadlock is shown by those who wait instead. */
  private endingAt(at: number): Finding | undefined {
    const { steps, finding } = this.trace;
    const isShown = finding.kind !== '' && finding.facility !== 'deadlock';
    return isShown && at === steps.length - 1 ? finding : undefined;
  }

  /** In place of steps that did the same again. */
  repeats(cpu: number, { from, to, times }: Repetition): void {
    const frame = this.frames.get(cpu)?.at(-1);
    const depth = frame === undefined ? 0 : insideOf(frame);
    const text = `... the same again${times === 1 ? '' : ` ${times}${TIE}times`}`;
    this.write(cpu, depth, text, from, { last: to - 1 });
  }

  /** `on` is `function: label` of the step that is not enabled. */
  waits(cpu: number, on: string): void {
    if (!this.trace.steps.some((step) => step.cpu === cpu)) return;
    const frames = this.frames.get(cpu) ?? [];
    const isIn = ({ stack }: Frame): boolean => on.startsWith(`${stack.at(-1)}: `);
    // A callback that was the last to run is over where it is not the one that waits.
    while (frames.length > 1 && frames.some(isIn) && !isIn(frames[frames.length - 1]))
      this.close(cpu, frames, -1);
    const frame = frames.at(-1);
    const isHere = frame !== undefined && isIn(frame);
    const label = isHere ? on.slice(on.indexOf(': ') + 2) : on.replace(': ', '(): ');
    const depth = frame === undefined ? 0 : insideOf(frame);
    const comments = [remark('waits')];
    this.write(cpu, depth, ascii(withoutInner(label)), -1, { kind: 'waits', comments });
  }

  private write(cpu: number, depth: number, text: string, first: number, rest: Partial<Row>): void {
    const row = {
      cpu,
      context: this.frames.get(cpu)?.at(-1)?.column ?? 'task',
      depth,
      text: text.trim(),
      comments: [],
      first,
      last: first,
      kind: 'step' as const,
    };
    this.rows.push({ ...row, ...rest });
  }

  /** The rows of single steps; a step repeated without any effect is written once, with how often. */
  private steps(item: Item, depth: number, inner: boolean): void {
    const { steps } = item;
    for (let at = 0; at < steps.length; ) {
      const step = steps[at];
      let count = 1;
      while (repeats(step, steps[at + count])) count += 1;
      const comments = this.commentsOf(step);
      const text = this.full ? ascii(step.label) : labelOf(step, inner);
      const times = count > 1 ? ` (${count}${TIE}times)` : '';
      const first = item.first + at;
      this.write(item.cpu, depth, text + times, first, { comments, last: first + count - 1 });
      at += count;
    }
  }

  private commentsOf(step: TraceStep): readonly Comment[] {
    if (this.full) return everyComment(step, this.values);
    const comment = commentOf(step, this.values);
    return comment === undefined ? [] : [comment];
  }

  /** Opens and closes contexts until the one of `step` is on top, and returns its frame. */
  private enter(cpu: number, step: TraceStep, at: number): Frame {
    const frames = this.frames.get(cpu) ?? [];
    this.frames.set(cpu, frames);
    const level = LEVEL[step.context];
    const isAbove = (frame: Frame | undefined): boolean =>
      frame !== undefined && LEVEL[frame.context] > level;
    while (isAbove(frames.at(-1))) this.close(cpu, frames, at);
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
    const { context } = step;
    const isThread = this.trace.cpus[cpu] === CALLBACK_THREAD;
    const isApart = this.apart && context !== 'task' && !isThread;
    let base = isApart || below === undefined ? 0 : insideOf(below);
    if (isApart) this.interrupt(cpu, below, context, at);
    else if (context !== 'task' && !isThread) {
      this.write(cpu, base, markOf(context), at, { kind: 'mark' });
      base += 1;
    }
    const hidden = context === 'task' && this.drivers.has(cpu) ? 1 : 0;
    const column = isApart ? context : (below?.column ?? 'task');
    const frame: Frame = {
      context,
      column,
      base,
      hidden,
      stack: [],
      calls: [],
      entries: [],
      previous: '',
    };
    frames.push(frame);
    return frame;
  }

  /** Says in the column of what was interrupted what goes on in another; once, whatever runs there. */
  private interrupt(cpu: number, below: Frame | undefined, context: ContextName, at: number): void {
    if (below === undefined) return;
    const text = markOf(context);
    const last = this.rows.findLast((row) => row.cpu === cpu && row.context === below.column);
    if (last?.text !== text) this.write(cpu, insideOf(below), text, at, { kind: 'mark' });
  }

  private close(cpu: number, frames: Frame[], at: number): void {
    const frame = frames.pop() as Frame;
    if (this.trace.cpus[cpu] === CALLBACK_THREAD || this.apart) return;
    this.write(cpu, frame.base - 1, `</${frame.context}>`, at, { kind: 'mark' });
  }

  /** Prints the functions `step` is in that have not been printed, and returns the depth of its own line. */
  private functions(cpu: number, frame: Frame, step: TraceStep, at: number): number {
    const stack = functionsOf(step);
    let common = 0;
    const calls = step.calls ?? [];
    const isSame = (level: number): boolean =>
      frame.stack[level] === stack[level] &&
      (frame.calls[level] === calls[level] || stack !== step.stack);
    while (common < frame.stack.length && isSame(common)) common += 1;
    if (step.calls === undefined && common === stack.length && isCalledAgain(frame, step)) {
      common -= 1;
    }
    for (let level = common; level < stack.length; level += 1) {
      frame.entries[level] = step.label;
      if (level < frame.hidden) continue;
      const called = level === 0 ? '' : this.calls.of(stack[level], at);
      const isFunction = step.enters === undefined || isFunctionName(stack[level]);
      const work = /^the work of (.+)$/.exec(stack[level])?.[1];
      const wild = work === undefined ? 'head->func(head)' : 'work->func(work)';
      const text = isFunction ? ascii(`${stack[level]}(${called})`) : wild;
      const where = work === undefined ? `func: ${stack[level]}` : `work: ${work}`;
      const comments = isFunction ? [] : [remark(ascii(where))];
      const depth = frame.base + level - frame.hidden;
      this.write(cpu, depth, text, at, { kind: 'function', comments });
    }
    frame.stack = stack;
    frame.calls = calls;
    return insideOf(frame);
  }
}

function markOf(context: ContextName): string {
  return `<${context}>`;
}

/** Where a line inside the innermost function of a frame begins. */
function insideOf(frame: Frame): number {
  return frame.base + Math.max(0, frame.stack.length - frame.hidden);
}

/** Back at the first step of a called function, and not because that step was repeated. */
function isCalledAgain(frame: Frame, step: TraceStep): boolean {
  const innermost = step.stack.length - 1;
  return innermost >= 1 && frame.entries[innermost] === step.label && frame.previous !== step.label;
}

/** CPUs whose task calls functions: its own name and indentation are left out. */
function driversOf(trace: Trace): ReadonlySet<number> {
  const driving = trace.steps.filter((step) => step.context === 'task' && step.stack.length > 1);
  const callbacks = trace.steps.filter(
    (step) => step.enters !== undefined && step.context === 'task',
  );
  const threads = new Set(callbacks.map((step) => step.cpu));
  // One that also has steps of its own needs its name, or they would stand without a function.
  for (const { context, stack, cpu } of trace.steps) {
    if (context === 'task' && stack.length === 1) threads.add(cpu);
  }
  return new Set(driving.map((step) => step.cpu).filter((cpu) => !threads.has(cpu)));
}

/** What went wrong at a step, in a few words under it. */
function faultsOf(step: TraceStep, ending: Finding | undefined): string[] {
  const all = ending === undefined ? step.findings : [...step.findings, ending];
  const texts = all.map(({ facility, kind }) => {
    const isOwn =
      facility === 'property' ||
      facility === 'claim' ||
      (facility === 'possibly' && kind !== 'undecided');
    if (!isOwn) return ascii(`^^^ ${kind}`);
    return ascii(kind.length > LONGEST_ID ? '^^^ violated here' : `^^^ violates ${kind}`);
  });
  if (texts.length === 0 && step.refused) return ['^^^ refused'];
  return [...new Set(texts)];
}
