/** From states that follow each other to the moves between them, and to the move or state that violates at their end. */
import type { Finding } from '../../design/processor.ts';
import type { Attempt } from '../../machine/engine.ts';
import type { Move } from '../../machine/moves.ts';
import type { Row } from '../board.ts';
import { movesBetween, tryMoves } from '../moves.ts';
import type { Search } from '../search.ts';

/** What violates a row at the end of a path: a move, or the state itself. */
export interface Violation {
  readonly move: Move | undefined;
  readonly finding: Finding;
}

/** The first move of a CPU that leads from one stored state to another. */
export function moveBetween(search: Search, from: number, to: number, cpu: number): Move {
  let found: Move | undefined;
  movesBetween(
    search,
    from,
    to,
    (move) => {
      found ??= move;
    },
    cpu,
  );
  if (found === undefined) throw new Error(`no move of CPU ${cpu} leads from ${from} to ${to}`);
  return found;
}

/** What violates a row in a state itself, else by the first such move of a CPU, or in the state that it leads to. */
export function violationAt(
  search: Search,
  row: Row,
  state: number,
  cpu: number,
): Violation | undefined {
  const inState = cpu === -1 ? stateViolation(search, row, state) : undefined;
  if (inState !== undefined || cpu === -1) return inState;
  const { engine, board } = search;
  let found: Violation | undefined;
  const visit = (move: Move, outcome: Attempt): void => {
    const note = (one: Row, finding: Finding): void => {
      if (one.id === row.id) found ??= { move, finding };
    };
    for (const finding of engine.findings)
      for (const one of board.rowsOf(finding)) note(one, finding);
    if (outcome !== 'done') return;
    board.after(board.rowsAfter(engine.step), note, false);
    board.state(note, false);
  };
  tryMoves(search, state, visit, cpu);
  return found;
}

function stateViolation(search: Search, row: Row, state: number): Violation | undefined {
  let found: Violation | undefined;
  const note = (one: Row, finding: Finding): void => {
    if (one.id === row.id) found ??= { move: undefined, finding };
  };
  search.askAgain(state, note);
  if (found !== undefined || !search.isExpanded(state)) return found;
  for (const finding of search.lookAgain(state, search.board.mayCount(row, 'KCSAN')))
    for (const one of search.board.rowsOf(finding)) note(one, finding);
  return found;
}
