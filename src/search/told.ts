/** Steps of a schedule and numbers, as explanations speak of them. */
import {
  isFunctionName,
  laneName,
  laneOf,
  startedBy,
  type Trace,
  type TraceStep,
} from '../replay/trace.ts';

/** `CPU1's 'kfree(o)'`. */
export function who(trace: Trace, index: number): string {
  return `${nameOfLane(trace, index)}'s ${quoted(trace, index)}`;
}

/** `After CPU1's 'kfree(o)' (step 3)`; `more` stands behind the number. */
export function afterStep(trace: Trace, index: number, more = ''): string {
  const name = called(trace.steps[index] as TraceStep);
  return `After ${nameOfLane(trace, index)}'s ${name} (step ${index + 1}${more})`;
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
  return isFunctionName(name) ? `start of ${name}()` : `call of ${name}`;
}

/** Who takes a step: `CPU1`, `CPU1 softirq`. */
export function nameOfLane({ cpus, steps }: Trace, index: number): string {
  return laneName(cpus, steps[index] as TraceStep);
}

/** `1,234`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
