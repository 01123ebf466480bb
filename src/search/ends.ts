/** Where schedules to the violations of some rows end: states that violate, and moves that do. */
import type { Finding } from '../design/processor.ts';
import type { Attempt } from '../machine/engine.ts';
import type { Move } from '../machine/moves.ts';
import type { Row } from './board.ts';
import type { Levels } from './levels.ts';
import { tryMoves } from './moves.ts';
import type { Search } from './search.ts';

/** A state that ends a schedule, by its position, and what is wrong there. */
export interface BadState {
  readonly position: number;
  readonly finding: Finding;
}

/** An end of a row: a state, by position, and the move that violates; absent where the state itself does. */
export type TellEnd = (
  row: Row,
  finding: Finding,
  position: number,
  move: Move | undefined,
) => void;

/** What is wrong with states, for rows at their depths. */
export class Ends {
  private readonly search: Search;
  private readonly rows: readonly Row[];
  /** Those that a move may violate. */
  private readonly rowsOfMoves: readonly Row[];
  private readonly levels: Levels;
  private readonly known: ReadonlyMap<number, readonly BadState[]> | undefined;

  /** Of a row alone the `known` ends, where they are; those that lie on its level count. */
  constructor(
    search: Search,
    rows: readonly Row[],
    levels: Levels,
    known?: ReadonlyMap<number, readonly BadState[]>,
  ) {
    this.search = search;
    this.rows = rows;
    this.levels = levels;
    this.known = known;
    this.rowsOfMoves =
      known === undefined ? rows.filter((row) => !search.board.isOfStates(row)) : [];
  }

  /** Tells of every end, in the order of positions. */
  all(tell: TellEnd): void {
    const { levels } = this;
    const depths = this.rows.map(({ depth }) => depth);
    const moving = this.rowsOfMoves.map(({ depth }) => depth - 1);
    for (const level of [...new Set([...moving, ...depths])].sort((one, two) => one - two)) {
      if (level < 0) continue;
      const end = levels.starts[level + 1] ?? levels.count;
      for (let at = levels.starts[level] as number; at < end; at += 1) this.at(at, level, tell);
    }
  }

  /** Tells of the ends that a state is, or its moves are; `level` is the one it lies on. */
  at(position: number, level: number, tell: TellEnd): void {
    const { search, known } = this;
    const ending = this.rows.filter(({ depth }) => depth === level);
    if (ending.length > 0) {
      if (known === undefined) this.askState(position, ending, tell);
      else
        for (const { finding } of known.get(position) ?? [])
          for (const row of ending) tell(row, finding, position, undefined);
    }
    const moving = this.rowsOfMoves.filter(({ depth }) => depth === level + 1);
    const id = this.levels.stateAt(position);
    if (moving.length === 0 || !search.isExpanded(id)) return;
    search.successors.collect(id, false);
    if (search.successors.tells) this.askMoves(position, moving, tell);
  }

  private askState(position: number, rows: readonly Row[], tell: TellEnd): void {
    const { search } = this;
    const { board } = search;
    const id = this.levels.stateAt(position);
    const found = (row: Row, finding: Finding): void => {
      if (rows.includes(row)) tell(row, finding, position, undefined);
    };
    search.askAgain(id, found);
    if (!search.isExpanded(id)) return;
    const races = rows.some((row) => board.mayCount(row, 'KCSAN'));
    for (const finding of search.lookAgain(id, races))
      for (const row of board.rowsOf(finding)) found(row, finding);
  }

  private askMoves(position: number, rows: readonly Row[], tell: TellEnd): void {
    const { search, levels } = this;
    const { engine, board } = search;
    tryMoves(search, levels.stateAt(position), (move: Move, outcome: Attempt) => {
      const found = (row: Row, finding: Finding): void => {
        if (rows.includes(row)) tell(row, finding, position, move);
      };
      for (const finding of engine.findings)
        for (const row of board.rowsOf(finding)) found(row, finding);
      const { step } = engine;
      if (outcome === 'done' && levels.allows(step))
        board.after(board.rowsAfter(step), found, false);
    });
  }
}
