/** What the page shows of a schedule beyond its trace: every state, what CPUs were inside of, what properties said, who else could move. */
import type { Check } from '../../design/check.ts';
import { walk } from '../../replay/cursor.ts';
import { type Section, sectionsOf } from '../../replay/sections.ts';
import { type StateLog, statesOf } from '../../replay/states.ts';
import type { Trace } from '../../replay/trace.ts';
import { type Alternative, alternativesAlongAll } from '../../search/alternatives.ts';
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

/** Which schedule, from which initial state; of a trace or of one that is related to it. */
export type Walked = Pick<Trace, 'schedule' | 'initial'>;

/**
 * Runs the schedule of a trace once more, and searches what else could have followed.
 * @throws HeddleError `bad-schedule`, `no-such-step` where the check is not the one the trace was made from.
 */
export function detailsOf(
  check: Check,
  walked: Walked,
  options: DetailsOptions = {},
): TraceDetails {
  return detailsOfAll(check, [walked], options)[0] as TraceDetails;
}

/**
 * The same for several schedules of one check, with one search for all of them.
 * @throws HeddleError as `detailsOf`
 */
export function detailsOfAll(
  check: Check,
  all: readonly Walked[],
  options: DetailsOptions = {},
): readonly TraceDetails[] {
  const along = all.map(({ schedule, initial }) => {
    return { schedule, initial: initial === '' ? undefined : initial };
  });
  const known = along.map(({ schedule, initial }) => {
    const cursor = walk(check, schedule, initial);
    return {
      states: statesOf(cursor),
      sections: sectionsOf(cursor),
      status: statusAlong(check, cursor),
    };
  });
  const moves = alternativesAlongAll(check, along, options);
  return known.map((one, at) => ({ ...one, moves: moves[at] ?? [] }));
}
