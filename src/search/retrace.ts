/** A schedule that was recorded, replayed: the trace it was recorded from, or why it is none any more. */
import { type Check, propertyId } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Finding } from '../design/processor.ts';
import { type Cursor, walk } from '../replay/cursor.ts';
import type { RelatedTrace, Trace } from '../replay/trace.ts';
import { askedAtEnd } from './continuations.ts';
import { type Naming, switchesOf, traceOf, violationsAtEnd } from './witness.ts';

/** What was recorded of a trace. */
export interface Recorded
  extends Pick<Trace, 'property' | 'initial' | 'schedule' | 'origin' | 'explanation'> {
  readonly finding: Finding;
  readonly related?: readonly Omit<RelatedTrace, 'steps'>[];
}

/**
 * Replays a schedule in the frozen engine. What it violates must be what was recorded; where it takes several schedules to show a
 * violation, each must be possible. Otherwise why not, in words.
 */
export function retrace(check: Check, recorded: Recorded, naming: Naming): Trace | string {
  const { property, initial, schedule, origin, finding, related, explanation } = recorded;
  try {
    const cursor = walk(check, schedule, initial);
    const found = related === undefined ? violationOf(check, cursor, recorded) : finding;
    if (typeof found === 'string') return found;
    const trace = traceOf(cursor, naming, { name: property }, found, switchesOf(cursor.moves));
    return {
      ...trace,
      ...(related === undefined ? {} : { related: related.map((half) => halfOf(check, half)) }),
      ...(origin === undefined ? {} : { origin }),
      ...(explanation === undefined ? {} : { explanation }),
    };
  } catch (thrown) {
    if (thrown instanceof HeddleError) return thrown.message;
    throw thrown;
  }
}

function halfOf(check: Check, half: Omit<RelatedTrace, 'steps'>): RelatedTrace {
  const { steps, moves } = walk(check, half.schedule, half.initial);
  return { ...half, steps, switches: switchesOf(moves) };
}

function violationOf(
  check: Check,
  cursor: Cursor,
  { property, finding }: Recorded,
): Finding | string {
  const id = propertyId(property);
  const seen = [...violationsAtEnd(check, cursor), ...askedAtEnd(check, cursor)];
  const alike = seen.filter(({ row, finding: one }) => row.id === id && one.kind === finding.kind);
  const same = alike.find(({ finding: { message } }) => message === finding.message);
  const found = (same ?? alike[0])?.finding;
  if (found !== undefined) return found;
  const others = seen.map(({ row, finding: one }) => `${row.id} (${one.kind})`).join(', ');
  const instead = others === '' ? '' : `, but in ${others}`;
  return `the schedule ends without a violation of ${id} (${finding.kind})${instead}`;
}

/** Why a schedule does not violate a property of a check; undefined where it does, or where only all schedules together could. */
export function whyNot(
  check: () => Check,
  {
    schedule,
    initial,
    property,
  }: { schedule: string; initial: string | undefined; property: string },
): string | undefined {
  try {
    const own = check();
    const cursor = walk(own, schedule, initial);
    const seen = [...violationsAtEnd(own, cursor), ...askedAtEnd(own, cursor)];
    if (seen.some(({ row }) => row.id === property)) return undefined;
    const declared = Object.entries(own.properties ?? {}).find(
      ([name]) => propertyId(name) === property,
    );
    const isOfLocks =
      property === 'LOCKDEP' ||
      (declared?.[1].kind === 'facility' && declared[1].facilities.includes('LOCKDEP'));
    return isOfLocks ? undefined : `it ends without a violation of ${property}`;
  } catch (thrown) {
    if (thrown instanceof HeddleError) return thrown.message;
    throw thrown;
  }
}
