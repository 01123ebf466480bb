/** What functions were called with, read from the locals that changed when they were entered. */
import {
  type Change,
  isFunctionName,
  startedBy,
  type Trace,
  type TraceStep,
} from '../replay/trace.ts';
import { ascii } from './text.ts';

export interface Local {
  readonly owner: string;
  readonly name: string;
}

/** `CPU1 page_table_free#4.page` belongs to a call of `page_table_free`. */
export function localOf(path: string): Local | undefined {
  const match = /(?:^| )([^ .]+?)(?:#\d+)?\.([^.]+)$/.exec(path);
  return match === null ? undefined : { owner: match[1], name: match[2] };
}

/** The functions a step is in, from the outermost; the start of a callback is in the callback. */
export function functionsOf({ stack, enters }: TraceStep): readonly string[] {
  if (enters === undefined) return stack;
  const name = startedBy(enters);
  return stack.includes(name) ? stack : [name];
}

/** A local's value, with its name where the value does not begin with it. */
export function localText({ path, after }: Pick<Change, 'path' | 'after'>): string {
  const name = localOf(path)?.name ?? path;
  return ascii(after.startsWith(`${name}[`) ? after : `${name} = ${after}`);
}

/** What locals are when their function begins or has ended. */
export const ZERO: ReadonlySet<string> = new Set(['0', '0x00', 'NONE', 'NULL', 'false']);

/** Arguments of every call in a trace. A call copies them at the end of the step before it. */
export class Arguments {
  private readonly steps: readonly TraceStep[];
  /** Parameters of each function that were ever seen to be set. */
  private readonly known = new Map<string, string[]>();
  private readonly numeric = new Set<string>();

  constructor(trace: Trace) {
    this.steps = trace.steps;
    trace.steps.forEach((step, at) => {
      for (const change of this.copied(step, at)) this.learn(change);
    });
  }

  /** `page[0], h = 1` for the call of `name` whose first step is at `at`; empty where nothing is known. */
  of(name: string, at: number): string {
    const before = this.steps[this.before(at)];
    const set = [...(before?.locals ?? []), ...this.steps[at].locals];
    const texts = (this.known.get(name) ?? []).map((parameter) => {
      const isIt = ({ path }: Change) => {
        const local = localOf(path);
        return local?.owner === name && local.name === parameter;
      };
      const change = set.find((one) => isIt(one) && !ZERO.has(one.after));
      if (change !== undefined) return localText(change);
      return this.numeric.has(`${name}.${parameter}`) ? `${parameter} = 0` : '';
    });
    return texts.filter((text) => text !== '').join(', ');
  }

  /** `page_table_free(page[0], h = 1)` for the innermost function of the step at `at`. */
  callAt(at: number): string {
    const step = this.steps[at];
    const stack = functionsOf(step);
    const name = stack.at(-1) ?? '';
    let entry = at;
    for (let index = this.before(at); index >= 0; index = this.before(index)) {
      if (functionsOf(this.steps[index])[stack.length - 1] !== name) break;
      entry = index;
    }
    // What a word led to that was not to be read has no name.
    if (step?.enters !== undefined && !isFunctionName(name)) return ascii(name);
    return ascii(`${name}(${stack.length > 1 ? this.of(name, entry) : ''})`);
  }

  /** The step of the same context before this one, or -1. */
  private before(at: number): number {
    const step = this.steps[at];
    for (let index = at - 1; index >= 0; index -= 1) {
      const one = this.steps[index];
      if (one.cpu === step.cpu && one.context === step.context) return index;
    }
    return -1;
  }

  /** Locals that the step before `at` set for functions it was not in but this step is. */
  private copied(step: TraceStep, at: number): readonly Change[] {
    const before = this.steps[this.before(at)];
    if (before === undefined) return [];
    const entered = step.stack.filter((name) => !before.stack.includes(name));
    return before.locals.filter((one) => entered.includes(localOf(one.path)?.owner ?? ''));
  }

  private learn(change: Change): void {
    const local = localOf(change.path);
    if (local === undefined || ZERO.has(change.after)) return;
    const names = this.known.get(local.owner) ?? [];
    if (!names.includes(local.name)) names.push(local.name);
    this.known.set(local.owner, names);
    if (/^(?:\d+|0x[0-9a-f]+)$/.test(change.after))
      this.numeric.add(`${local.owner}.${local.name}`);
  }
}
