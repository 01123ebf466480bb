/** What the page shows of a schedule beyond its trace: every state, what CPUs were inside of, what properties said, who else could move. */
import type { Check } from '../../design/check.ts';
import { walk } from '../../replay/cursor.ts';
import { type Section, sectionsOf } from '../../replay/sections.ts';
import { type StateLog, statesOf } from '../../replay/states.ts';
import type { Trace } from '../../replay/trace.ts';
import { type Alternative, alternativesAlong } from '../../search/alternatives.ts';
import { type PropertyStatus, statusAlong } from '../../search/status.ts';

export interface TraceDetails {
  readonly states: StateLog;
  readonly sections: readonly Section[];
  readonly status: readonly PropertyStatus[];
  /** By number of steps done: the moves of that state, and what they lead to. */
  readonly moves: readonly (readonly Alternative[])[];
}

export interface DetailsOptions {
  /** Distinct states that are looked at to say where other moves lead; default 100,000. */
  readonly maxStates?: number;
}

/**
 * Runs the schedule of a trace once more, and searches what else could have followed.
 * @throws HeddleError `bad-schedule`, `no-such-step` where the check is not the one the trace was made from.
 */
export function detailsOf(
  check: Check,
  { schedule, initial: from }: Pick<Trace, 'schedule' | 'initial'>,
  options: DetailsOptions = {},
): TraceDetails {
  const initial = from === '' ? undefined : from;
  const cursor = walk(check, schedule, initial);
  return {
    states: statesOf(cursor),
    sections: sectionsOf(cursor),
    status: statusAlong(check, cursor),
    moves: alternativesAlong(check, { schedule, initial }, options),
  };
}
