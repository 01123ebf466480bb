/** Schedules made from another one: some of its first steps, and then other moves. */
import type { LoadedCheck } from '../load/checks.ts';
import type { Move } from '../machine/moves.ts';
import { formatMove, formatSchedule, parseSchedule } from '../replay/schedule.ts';
import type { Trace } from '../replay/trace.ts';
import { replay } from '../search/witness.ts';

/**
 * What some moves do in place of those of a trace, from the same initial state.
 * @throws HeddleError `no-such-step`
 */
export function branchOf(
  of: Trace,
  { check, name, bundle }: LoadedCheck,
  moves: readonly Move[],
): Trace {
  const options = { initial: of.initial, name, modelHash: bundle.hash };
  return asBranch(replay(check, formatSchedule(moves), options), of);
}

/** A trace with a note of which one it was made from, and how many steps they share; without, where they are the same. */
export function asBranch(trace: Trace, from: Trace): Trace {
  const of = from.branch?.of ?? from.schedule;
  if (trace.schedule === of) return trace;
  const first = parseSchedule(of).map(formatMove);
  const second = parseSchedule(trace.schedule).map(formatMove);
  const differs = second.findIndex((move, at) => move !== first[at]);
  return { ...trace, branch: { of, at: differs === -1 ? second.length : differs } };
}

/** The check as its file has it: what is searched of a mutant is named once more. */
export function bare(check: LoadedCheck): LoadedCheck {
  return { ...check, name: check.name.replace(/ --mutant .*$/s, '') };
}
