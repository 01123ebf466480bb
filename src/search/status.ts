/** What every property of a check says along one schedule, state by state. */
import type { Check } from '../design/check.ts';
import type { Cursor } from '../replay/cursor.ts';
import { Board, instancesOf, NO, NOT_ASKED, REACHED, type Row } from './board.ts';
import { violationsAtEnd } from './witness.ts';

/**
 * `asked` by a `possibly` that has yet to be reached; `silent` where it is not evaluated; for a facility `true` means
 * that it reported nothing.
 */
export type Said = 'true' | 'false' | 'silent' | 'asked';

export interface PropertyStatus {
  readonly id: string;
  readonly name: string;
  readonly kind: 'property' | 'facility' | 'goal';
  /** By number of steps done, from 0 for the initial state to the length of the schedule. */
  readonly said: readonly Said[];
}

/** What the properties say of the states of a walked schedule; facilities only where they are on. */
export function statusAlong(check: Check, cursor: Cursor): PropertyStatus[] {
  const board = new Board(check, cursor.engine);
  const said = new Map<Row, Said[]>();
  const states = cursor.length + 1;
  const of = (row: Row): Said[] => {
    const known = said.get(row) ?? new Array<Said>(states).fill(whenQuiet(row));
    said.set(row, known);
    return known;
  };
  for (const row of board.rows) of(row);
  for (let at = 0; at < states; at += 1) {
    const step = cursor.steps[at - 1];
    for (const finding of step?.findings ?? [])
      for (const row of board.rowsOf(finding)) of(row)[at] = 'false';
    if (step?.refused === true) continue;
    cursor.engine.attach();
    cursor.engine.show(cursor.state(at));
    for (const row of [...board.stateRows, ...board.rowsAfter(step)]) {
      const answer = board.answer(row);
      if (answer !== NOT_ASKED) of(row)[at] = answer === NO ? ofGoal(row) : 'true';
    }
    for (const row of board.possibleRows) of(row)[at] = possibleNow(board, row);
    if (board.watchesLeaks && (board.leaked() ?? []).length > 0) of(board.leakRow)[at] = 'false';
  }
  for (const { row } of violationsAtEnd(check, cursor)) {
    const same = [...said.keys()].find(({ id }) => id === row.id);
    if (same !== undefined) of(same)[states - 1] = 'false';
  }
  return [...said].map(([{ id, name, kind }, all]) => ({ id, name, kind, said: all }));
}

function whenQuiet(row: Row): Said {
  const isWatched = row.kind === 'facility' || row.property?.kind === 'facility';
  return isWatched ? 'true' : 'silent';
}

/** A goal that is not met in a state is no violation there. */
function ofGoal(row: Row): Said {
  return row.kind === 'goal' ? 'silent' : 'false';
}

function possibleNow(board: Board, row: Row): Said {
  const all = Array.from({ length: instancesOf(row) }, (_, k) => board.possible(row, k));
  const asked = all.filter((one) => one !== 0);
  if (asked.length === 0) return 'silent';
  return asked.every((one) => (one & REACHED) !== 0) ? 'true' : 'asked';
}
