/** Explains a violation: from where on it was unavoidable, which of its steps must keep their order, and who believed what. */
import type { Check } from '../design/check.ts';
import { type CompiledMachine, compileMachine } from '../machine/machine.ts';
import type { Move } from '../machine/moves.ts';
import { beliefsOf } from '../replay/beliefs.ts';
import { walk } from '../replay/cursor.ts';
import type { Critical, Explanation, Ordered } from '../replay/explanation.ts';
import { formatSchedule } from '../replay/schedule.ts';
import { laneOf, type Trace, type TraceStep } from '../replay/trace.ts';
import { type Turn, turningPoint } from './critical.ts';
import { explainHalves } from './halves.ts';
import { Judged, nameOfStep } from './judged.ts';
import { lastReach, type Reach } from './reach.ts';
import { type Reorderings, reorderings } from './reorderings.ts';
import { afterStep, grouped, nameOfLane, quoted, who } from './told.ts';
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
 * The explanation of a trace that ends in a violation, from the graph of what can follow its states; undefined where it violates nothing.
 * Where several schedules show a lock order, it says whether they can meet; of a `possibly`, from where on it is out of reach.
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
  const most = options.maxStates ?? MOST_STATES;
  const compiled = compileMachine(check.model);
  if ((trace.related ?? []).length > 0) return explainHalves(check, compiled, trace, most);
  if (trace.finding.facility === 'possibly') return explainReach(check, compiled, trace, most);
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

/** Of what is out of reach: from which step on, and how it could have been reached until then. */
function explainReach(
  check: Check,
  compiled: CompiledMachine,
  trace: Trace,
  most: number,
): Explanation | undefined {
  if (trace.finding.kind === 'undecided') return undefined;
  const cursor = walk(check, trace.schedule, trace.initial, compiled);
  const reach = lastReach(check, compiled, cursor, trace.finding, most);
  const words = reachWords(reach, trace);
  const told = { orders: [], beliefs: beliefsOf(cursor), words };
  if (reach.kind === 'unknown') {
    const undecided = `from which step on it is out of reach: more than ${grouped(most)} states to look at, or another violation before it`;
    return { ...told, undecided: [undecided] };
  }
  if (reach.kind === 'never') return told;
  const fine = formatSchedule(reach.moves);
  return { ...told, critical: { step: reach.step, words, fine } };
}

function reachWords(reach: Reach, trace: Trace): string {
  if (reach.kind === 'unknown') return '';
  const { states } = reach;
  const none =
    states === 1
      ? 'nothing can follow'
      : `none of the ${grouped(states)} states that can follow has it`;
  if (reach.kind === 'never') return `It is out of reach from the initial state on: ${none}.`;
  return `${afterStep(trace, reach.step)} it is out of reach: ${none}.`;
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
  return `${afterStep(trace, step)} nothing goes well any more.`;
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
    return trace.steps.length === 0 ? '' : `${nameOfLane(trace, 0)} does it alone.`;
  const between = sandwich(trace, pairs);
  if (between !== undefined) return between;
  const [first, second] = pairs;
  if (first === undefined) return inAnyOrder(orders);
  const text = (pair: { before: number; after: number }): string =>
    `${who(trace, pair.before)} before ${who(trace, pair.after)}`;
  if (second === undefined) return `It takes ${text(first)}.`;
  const rest = pairs.length - 2;
  const more = rest > 0 ? `, and ${rest} more order${rest === 1 ? '' : 's'}` : '';
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
  const inner = one.after === other.before ? from : `${from} to ${to}`;
  const outer = `${quoted(trace, one.before)} and ${quoted(trace, other.after)}`;
  const [insider, outsider] = [one.after, one.before].map((at) => nameOfLane(trace, at));
  return `It takes ${insider}'s ${inner} between ${outsider}'s ${outer}.`;
}
