/** What shows a session to somebody: told every event, and at the end all results in order. */
import type { Result, SessionEvent } from '../session/events.ts';

export interface Reporter {
  onEvent(event: SessionEvent): void;
  finish(results: readonly Result[]): void;
}

export interface ReporterOptions {
  readonly write: (text: string) => void;
  /** Leaves out times, rates and whatever else differs from run to run. */
  readonly stable: boolean;
  /** All checks of the run, in the order in which they are shown. */
  readonly checks: readonly string[];
}

/** Passes events on check by check: those of the first while they come, those of others when their turn comes. */
export function inTurn(
  checks: readonly string[],
  tell: (event: SessionEvent) => void,
): (event: SessionEvent) => void {
  const waiting = new Map<string, SessionEvent[]>();
  let turn = 0;
  const pass = (event: SessionEvent) => {
    tell(event);
    if (event.type === 'end') turn += 1;
  };
  return (event) => {
    if (event.check !== checks[turn]) {
      const events = waiting.get(event.check) ?? [];
      events.push(event);
      waiting.set(event.check, events);
      return;
    }
    pass(event);
    for (let next = waiting.get(checks[turn]); next !== undefined; ) {
      waiting.delete(checks[turn]);
      const before = turn;
      for (const one of next) pass(one);
      next = turn === before ? undefined : waiting.get(checks[turn]);
    }
  };
}
