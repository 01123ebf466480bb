/** The calls of a trace as spans of its steps, for the lanes of the page. */
import type { ContextName } from '../../design/processor.ts';
import type { Trace } from '../../replay/trace.ts';

export interface Span {
  readonly name: string;
  /** First and last step (from 0). */
  readonly first: number;
  readonly last: number;
  /** Row of its lane, from 0. */
  readonly row: number;
}

/** By CPU: its calls. A function that all steps of its task are in, and that calls others, is left out: it says nothing. */
export function spansOf(trace: Trace): Span[][] {
  return trace.cpus.map((_, cpu) => {
    const calls = callsOf(trace, cpu);
    const own = trace.steps.filter((step) => step.cpu === cpu && step.context === 'task').length;
    const isDriver = ({ depth, context, steps }: Call): boolean =>
      depth === 0 && context === 'task' && steps === own && calls.some((other) => other.depth > 0);
    return inRows(calls.filter((call) => !isDriver(call)));
  });
}

interface Call {
  readonly name: string;
  readonly depth: number;
  readonly context: ContextName;
  readonly first: number;
  last: number;
  steps: number;
}

function callsOf(trace: Trace, cpu: number): Call[] {
  const calls = new Map<string, Call>();
  trace.steps.forEach((step, at) => {
    if (step.cpu !== cpu) return;
    step.stack.forEach((name, depth) => {
      const number = step.calls?.[depth] ?? `${step.context} ${depth}`;
      const key = `${number} ${name}`;
      const call = calls.get(key) ?? {
        name,
        depth,
        context: step.context,
        first: at,
        last: at,
        steps: 0,
      };
      call.last = at;
      call.steps += 1;
      calls.set(key, call);
    });
  });
  return [...calls.values()].sort(
    (one, other) => one.first - other.first || one.depth - other.depth,
  );
}

/** Each span in the first row, no higher than its depth asks for, in which nothing else is at that time. */
export function inRows<T extends { readonly first: number; readonly last: number }>(
  spans: readonly T[],
): (T & { readonly row: number })[] {
  const ends: number[] = [];
  return spans.map((span) => {
    let row = ends.findIndex((end) => end < span.first);
    if (row === -1) row = ends.length;
    ends[row] = span.last;
    return { ...span, row };
  });
}
