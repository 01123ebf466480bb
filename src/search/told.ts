/** Steps of a schedule and numbers, as explanations speak of them. */
import { startedBy, type Trace, type TraceStep } from '../replay/trace.ts';

/** `CPU1's 'kfree(o)'`. */
export function who(trace: Trace, index: number): string {
  return `${nameOfLane(trace, trace.steps[index] as TraceStep)}'s ${quoted(trace, index)}`;
}

/** What a step is called, and which it is where its context has others of that name. */
export function quoted({ steps }: Trace, index: number): string {
  const step = steps[index] as TraceStep;
  const text = called(step);
  const isOther = (one: TraceStep, at: number): boolean =>
    at !== index && laneOf(one) === laneOf(step) && called(one) === text;
  return steps.some(isOther) ? `${text} (step ${index + 1})` : text;
}

/** A label without the number that told it from another use of the same word; of a callback that starts, its name. */
function called({ label, enters }: TraceStep): string {
  if (enters !== undefined) return startOf(startedBy(enters));
  return `'${label.replace(/ #\d+(?=$|: )/, '').replace(/: (?:take|release) lock$/, '')}'`;
}

function startOf(name: string): string {
  return /^\w+$/.test(name) ? `start of ${name}()` : `call of ${name}`;
}

export function nameOfLane(trace: Trace, { cpu, context }: TraceStep): string {
  return `${trace.cpus[cpu]}${context === 'task' ? '' : ` ${context}`}`;
}

export function laneOf({ cpu, context }: TraceStep): string {
  return `${cpu} ${context}`;
}

/** `1,234`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
