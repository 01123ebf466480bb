/** Explains a violation: from where on it was unavoidable, which of its steps must keep their order, and who believed what. */
import type { Check } from '../design/check.ts';
import { compileMachine } from '../machine/machine.ts';
import type { Move } from '../machine/moves.ts';
import { beliefsOf } from '../replay/beliefs.ts';
import { walk } from '../replay/cursor.ts';
import type { Critical, Explanation, Ordered } from '../replay/explanation.ts';
import { formatSchedule } from '../replay/schedule.ts';
import { startedBy, type Trace, type TraceStep } from '../replay/trace.ts';
import { type Turn, turningPoint } from './critical.ts';
import { Judged, nameOfStep } from './judged.ts';
import { type Reorderings, reorderings } from './reorderings.ts';
import type { Outcomes } from './verdict.ts';

export interface ExplainOptions {
  /** States that may be looked at for the critical switch, and points of reorderings beside; default 20,000. */
  readonly maxStates?: number;
}

const MOST_STATES = 20_000;
/** The same for all traces of a check, of which each gets at least the least. */
const STATES_IN_ALL = 80_000;
const LEAST_STATES = 2_000;

/**
 * The explanation of a trace that ends in a violation, from the graph of what can follow its states; undefined where it violates nothing,
 * where several schedules show it, and for a `possibly`.
 * The same trace gives the same explanation.
 * @example explain(check, trace)?.words === "It takes CPU1's 'kfree(o)' between CPU0's 'o = READ_ONCE(current)' and 'value = o->value'."
 * @throws HeddleError `bad-schedule`, `no-such-step` where the trace is not one of this check.
 */
export function explain(
  check: Check,
  trace: Trace,
  options: ExplainOptions = {},
): Explanation | undefined {
  if (trace.finding.kind === '' || trace.property === '') return undefined;
  // Halves of a lock order are no violation each, and what is out of reach no single state shows.
  if ((trace.related ?? []).length > 0 || trace.finding.facility === 'possibly') return undefined;
  const most = options.maxStates ?? MOST_STATES;
  const compiled = compileMachine(check.model);
  const cursor = walk(check, trace.schedule, trace.initial, compiled);
  const beliefs = beliefsOf(cursor);
  const judged = new Judged(check, compiled, trace.property);
  const { moves } = cursor;
  const turn = turningPoint(judged, trace.initial, moves, most);
  const steps = cursor.steps.map(({ stack, label, picked, enters }, index) => ({
    move: moves[index] as Move,
    name: enters ?? nameOfStep(stack, label, picked ?? -1),
  }));
  const orders = reorderings(judged, trace.initial, steps, most);
  const critical = criticalOf(turn, trace);
  const undecided = [
    ...(turn.kind === 'unknown'
      ? [`the critical switch: more than ${grouped(most)} states to look at`]
      : []),
    ...(orders === undefined
      ? [`the order of steps: more than ${grouped(most)} points to look at`]
      : []),
  ];
  const ordered = (orders?.pairs ?? []).map(
    (pair): Ordered => ({
      ...pair,
      words: `${who(trace, pair.before)} before ${who(trace, pair.after)}`,
    }),
  );
  return {
    ...(critical === undefined ? {} : { critical }),
    orders: ordered,
    ...(orders?.counted === undefined ? {} : { counted: orders.counted }),
    beliefs,
    words: wordsOf(trace, turn, orders),
    ...(undecided.length === 0 ? {} : { undecided }),
  };
}

/** Every trace of a check explained, all of them within as many states as one check is worth. */
export function explainAll(check: Check, { verdict, traces }: Outcomes): Outcomes {
  const maxStates = Math.max(
    LEAST_STATES,
    Math.min(MOST_STATES, Math.floor(STATES_IN_ALL / traces.length)),
  );
  return { verdict, traces: traces.map((trace) => explained(check, trace, { maxStates })) };
}

/** A trace with its explanation, where it has one. */
export function explained(check: Check, trace: Trace, options: ExplainOptions = {}): Trace {
  const explanation = explain(check, trace, options);
  return explanation === undefined ? trace : { ...trace, explanation };
}

function criticalOf(turn: Turn, trace: Trace): Critical | undefined {
  if (turn.kind !== 'step') return undefined;
  const { step, fine } = turn;
  return {
    step,
    words: turnWords(turn, trace),
    ...(fine === undefined ? {} : { fine: formatSchedule(fine) }),
  };
}

function turnWords(turn: Turn, trace: Trace): string {
  if (turn.kind === 'never') return 'Every schedule from this initial state does it.';
  if (turn.kind === 'unknown') return '';
  const { step } = turn;
  if (step === trace.steps.length - 1) return 'It could go well up to the last step.';
  return `After ${who(trace, step)} (step ${step + 1}) nothing goes well any more.`;
}

/** Who must come where, and from where on nothing helps. */
function wordsOf(trace: Trace, turn: Turn, orders: Reorderings | undefined): string {
  const isSaid = turn.kind === 'never' && orders?.isCertain === true && isByMany(trace);
  const parts = [isSaid ? '' : orderWords(trace, orders), turnWords(turn, trace)];
  return parts.filter((part) => part !== '').join(' ');
}

function isByMany({ steps }: Trace): boolean {
  return new Set(steps.map(laneOf)).size > 1;
}

function orderWords(trace: Trace, orders: Reorderings | undefined): string {
  if (orders === undefined) return '';
  const { pairs } = orders;
  if (!isByMany(trace))
    return trace.steps.length === 0
      ? ''
      : `${nameOfLane(trace, trace.steps[0] as TraceStep)} does it alone.`;
  const between = sandwich(trace, pairs);
  if (between !== undefined) return between;
  const [first, second] = pairs;
  if (first === undefined) return inAnyOrder(orders);
  const text = (pair: { before: number; after: number }): string =>
    `${who(trace, pair.before)} before ${who(trace, pair.after)}`;
  if (second === undefined) return `It takes ${text(first)}.`;
  const more = pairs.length > 2 ? `, and ${pairs.length - 2} more orders` : '';
  return `It takes ${text(first)}, and ${text(second)}${more}.`;
}

function inAnyOrder({ isCertain, counted }: Reorderings): string {
  if (isCertain) return 'In every order that these steps can be taken in, they do it.';
  if (counted === undefined) return 'No two of these steps must keep their order.';
  const { all, violating } = counted;
  return `No two of these steps must keep their order: ${grouped(violating)} of their ${grouped(all)} orders do it.`;
}

/** One context's steps between two of another, where that is all there is to it. */
function sandwich(trace: Trace, pairs: Reorderings['pairs']): string | undefined {
  if (pairs.length !== 2) return undefined;
  const [one, other] = pairs as [Reorderings['pairs'][0], Reorderings['pairs'][0]];
  const lane = (index: number): string => laneOf(trace.steps[index] as TraceStep);
  const isIt =
    lane(one.before) === lane(other.after) &&
    lane(one.after) === lane(other.before) &&
    one.before < one.after &&
    one.after <= other.before &&
    other.before < other.after;
  if (!isIt) return undefined;
  const [from, to] = [quoted(trace, one.after), quoted(trace, other.before)];
  const inner = from === to ? from : `${from} to ${to}`;
  const outer = `${quoted(trace, one.before)} and ${quoted(trace, other.after)}`;
  const [insider, outsider] = [one.after, one.before].map((at) =>
    nameOfLane(trace, trace.steps[at] as TraceStep),
  );
  return `It takes ${insider}'s ${inner} between ${outsider}'s ${outer}.`;
}

function who(trace: Trace, index: number): string {
  return `${nameOfLane(trace, trace.steps[index] as TraceStep)}'s ${quoted(trace, index)}`;
}

/** A label without the number that told it from another use of the same word; of a callback that starts, its name. */
function quoted(trace: Trace, index: number): string {
  const { label, enters } = trace.steps[index] as TraceStep;
  if (enters !== undefined) return startOf(startedBy(enters));
  return `'${label.replace(/ #\d+(?=$|: )/, '')}'`;
}

function startOf(name: string): string {
  return /^\w+$/.test(name) ? `start of ${name}()` : `call of ${name}`;
}

function nameOfLane(trace: Trace, { cpu, context }: TraceStep): string {
  return `${trace.cpus[cpu]}${context === 'task' ? '' : ` ${context}`}`;
}

function laneOf({ cpu, context }: TraceStep): string {
  return `${cpu} ${context}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
