/** Verdicts of checks that were not searched to an end of the search's own. */
import type { Mistake, Outcomes, Stop, Verdict } from '../search/verdict.ts';

/** INVALID: the check could not be run. */
export function invalid(check: string, error: Mistake): Outcomes {
  return { verdict: { ...nothing(check), verdict: 'invalid', error }, traces: [] };
}

/** INCOMPLETE: the search was lost on the way, and with it all counts. */
export function lost(check: string, stopped: Stop): Outcomes {
  return { verdict: { ...nothing(check), verdict: 'incomplete', stopped }, traces: [] };
}

function nothing(check: string): Omit<Verdict, 'verdict'> {
  return {
    schemaVersion: 1,
    check,
    expected: 'holds',
    ok: false,
    complete: false,
    states: 0,
    generated: 0,
    depth: 0,
    dead: 0,
    levels: [],
    seconds: 0,
    bytesPerState: 0,
    properties: [],
    scope: [],
    steps: [],
    notTaken: [],
    allocationsRefused: 0,
  };
}
