/**
 * The states that a search in another order has expanded, put into breadth-first levels afterwards: the shortest schedule among those
 * states, and the shortest of all where the search was complete.
 */
import type { Finding } from '../../design/processor.ts';
import type { StepInstruction } from '../../machine/instructions.ts';
import type { Row } from '../board.ts';
import { Column } from '../column.ts';
import { type Levels, levelAt } from '../levels.ts';
import { tryMoves } from '../moves.ts';
import type { Search } from '../search.ts';
import { type Shortest, shortestSchedules, violatedRows } from '../shortest.ts';

/** The schedule of every row that was seen violated, each the shortest among the states seen; sets the depths of the rows. */
export function shortestAmongSeen(search: Search): Shortest[] {
  const rows = violatedRows(search);
  if (rows.length === 0) return [];
  const levels = new Seen(search, rows);
  search.engine.heap.uncounted(() => levels.collect());
  return shortestSchedules(search, levels);
}

class Seen implements Levels {
  readonly starts: number[] = [0];
  count = 0;
  private readonly search: Search;
  /** Rows whose first level is not known yet. */
  private readonly open: Set<Row>;
  private readonly rows: readonly Row[];
  private readonly states = new Column();
  /** By state: its position + 1. */
  private readonly positions = new Column();
  private readonly noted = new Set<Row>();
  private level = 0;

  constructor(search: Search, rows: readonly Row[]) {
    this.search = search;
    this.rows = rows;
    this.open = new Set(rows.filter(({ halves }) => halves.length === 0));
  }

  stateAt(position: number): number {
    return this.states.get(position);
  }

  positionOf(state: number): number {
    return state < 0 || state >= this.positions.length ? -1 : this.positions.get(state) - 1;
  }

  allows(_step: StepInstruction | undefined): boolean {
    return true;
  }

  /** Visits levels until every row has been seen violated, and every half of a lockdep report has its state. */
  collect(): void {
    const initial = this.search.levelStarts[1] ?? this.search.visited.count;
    for (let state = 0; state < initial; state += 1) this.meet(state);
    const halves = this.rows.flatMap((row) => row.halves.map(({ state }) => state));
    for (let at = 0; at < this.count; this.level += 1) {
      this.starts.push(this.count);
      const missing = halves.some((state) => this.positionOf(state) === -1);
      if (this.open.size === 0 && !missing) break;
      for (const end = this.count; at < end; at += 1) this.visitState(this.stateAt(at));
      for (const row of this.noted) this.open.delete(row);
    }
    for (const { id } of this.open)
      throw new Error(`${id} is not violated when it is looked at again`);
    for (const row of this.rows) {
      const [half] = row.halves;
      if (half !== undefined) row.depth = levelAt(this.starts, this.positionOf(half.state)) + 1;
    }
  }

  private meet(state: number): void {
    if (this.positionOf(state) !== -1) return;
    this.states.push(state);
    this.count += 1;
    this.positions.set(state, this.count);
  }

  private visitState(state: number): void {
    const { search } = this;
    const { successors } = search;
    if (this.open.size > 0) this.askState(state);
    if (!search.isExpanded(state) || search.cut.has(state)) return;
    successors.collect(state, false);
    for (let at = 0; at < successors.batch.count; at += 1) {
      const next = successors.stateAt(at);
      if (next !== -1) this.meet(next);
    }
    if (this.open.size > 0 && successors.tells) this.askMoves(state);
  }

  private askState(state: number): void {
    const { search } = this;
    const note = (row: Row, finding: Finding): void => this.note(row, finding, this.level);
    search.askAgain(state, note);
    if (!search.isExpanded(state)) return;
    const mayBe = (facility: 'deadlock' | 'KCSAN'): boolean =>
      [...this.open].some((row) => search.board.mayCount(row, facility));
    const races = mayBe('KCSAN');
    if (!races && !mayBe('deadlock')) return;
    for (const finding of search.lookAgain(state, races))
      for (const row of search.board.rowsOf(finding)) note(row, finding);
  }

  private askMoves(state: number): void {
    const { search } = this;
    const { engine, board } = search;
    const note = (row: Row, finding: Finding): void => this.note(row, finding, this.level + 1);
    tryMoves(search, state, (_move, outcome) => {
      for (const finding of engine.findings)
        for (const row of board.rowsOf(finding)) note(row, finding);
      if (outcome === 'done') board.after(board.rowsAfter(engine.step), note, false);
    });
  }

  private note(row: Row, finding: Finding, steps: number): void {
    if (!this.open.has(row)) return;
    if (this.noted.has(row) && row.depth <= steps) return;
    this.noted.add(row);
    row.depth = steps;
    row.finding = finding;
  }
}
