/** The nearest violation from every state of a search, and whether it may be nearer where a bound has cut the search. */
import type { Finding } from '../design/processor.ts';
import type { Row } from './board.ts';
import { Graph, type Sources } from './graph.ts';
import { tryMoves } from './moves.ts';
import { hopelessStates } from './possible.ts';
import type { Search } from './search.ts';

/** Of a state from which none is known. */
export const NEVER = 0xffffffff;

export class Nearest {
  /** By state: steps to the nearest violation that was found, 0 where the state itself violates. */
  readonly steps: Uint32Array;
  /** By state: steps to the nearest one whose moves nobody has made; `NEVER` where all that can follow was searched. */
  readonly open: Uint32Array;
  private readonly search: Search;
  /** By state: the first row of those equally near, as a place among `rows`. */
  private readonly nearest: Uint32Array;
  private readonly rows: Row[] = [];
  private readonly places = new Map<Row, number>();
  /** States whose own moves violate. */
  private readonly byMove: number[] = [];
  /** Whether a `possibly` may be violated without anybody having seen it. */
  private hidesMore = false;

  /** `search` has run; `asked` are the states from which on a `possibly` is asked. */
  constructor(search: Search, asked: readonly number[]) {
    const { count } = search.visited;
    this.search = search;
    this.steps = new Uint32Array(count).fill(NEVER);
    this.open = new Uint32Array(count).fill(NEVER);
    this.nearest = new Uint32Array(count);
    const unexpanded: number[] = [];
    const sources = new Graph(search).collect((state, isExpanded, wrong) => {
      if (!isExpanded && !search.cut.has(state)) unexpanded.push(state);
      this.look(state, isExpanded, wrong);
    });
    this.hidesMore = unexpanded.length > 0 && search.board.possibleRows.length > 0;
    for (const { state, row } of hopelessStates(search, asked)) this.note(state, row, 0);
    this.spread(sources);
    spreadBack(this.open, unexpanded, sources);
  }

  /** The property of the nearest violation from a state, where `steps` has one. */
  rowOf(state: number): Row {
    return this.rows[this.nearest[state] as number] as Row;
  }

  /** Whether no nearer violation can be hidden behind a state that nobody has expanded. */
  isExact(state: number): boolean {
    const open = this.open[state] as number;
    return open === NEVER || (!this.hidesMore && (this.steps[state] as number) <= open + 1);
  }

  /** What is wrong in a state, with its moves together, and with one of them. */
  private look(state: number, isExpanded: boolean, wrong: readonly Finding[]): void {
    const { search } = this;
    const { successors, board } = search;
    for (const finding of wrong) this.noteAll(state, board.rowsOf(finding), 0);
    const mayTell = isExpanded && successors.tells;
    search.askAgain(state, (row) => this.note(state, row, 0));
    if (!mayTell || this.steps[state] === 0) return;
    tryMoves(search, state, (_, outcome) => {
      for (const finding of search.engine.findings) this.noteAll(state, board.rowsOf(finding), 1);
      if (outcome !== 'done') return;
      const after = board.rowsAfter(search.engine.step);
      board.after(after, (row) => this.note(state, row, 1), false);
    });
    if (this.steps[state] === 1) this.byMove.push(state);
  }

  private noteAll(state: number, rows: readonly Row[], steps: number): void {
    for (const row of rows) this.note(state, row, steps);
  }

  /** Keeps the nearer one, and of two equally near the first. */
  private note(state: number, row: Row, steps: number): void {
    const known = this.steps[state] as number;
    if (known < steps || (known === steps && this.rowOf(state).index <= row.index)) return;
    this.steps[state] = steps;
    this.nearest[state] = this.placeOf(row);
  }

  private placeOf(row: Row): number {
    const known = this.places.get(row);
    if (known !== undefined) return known;
    this.places.set(row, this.rows.length);
    return this.rows.push(row) - 1;
  }

  /** Level by level, so that the first of the rows equally near is the one that stands. */
  private spread({ from, offsets }: Sources): void {
    const { steps } = this;
    const violating: number[] = [];
    for (let state = 0; state < steps.length; state += 1)
      if (steps[state] === 0) violating.push(state);
    // Those whose own moves violate are a step away, and come behind the first ones.
    let level = violating;
    for (let distance = 1; level.length > 0 || distance === 1; distance += 1) {
      const next = distance === 1 ? this.byMove.filter((state) => steps[state] === 1) : [];
      for (const state of level) {
        const row = this.rowOf(state);
        const end = offsets[state + 1] as number;
        for (let edge = offsets[state] as number; edge < end; edge += 1) {
          const before = from[edge] as number;
          if (steps[before] === NEVER) next.push(before);
          this.note(before, row, distance);
        }
      }
      level = next;
    }
  }
}

function spreadBack(
  steps: Uint32Array,
  seeds: readonly number[],
  { from, offsets }: Sources,
): void {
  const waiting = [...seeds];
  for (const state of waiting) steps[state] = 0;
  for (let next = 0; next < waiting.length; next += 1) {
    const state = waiting[next] as number;
    const end = offsets[state + 1] as number;
    for (let edge = offsets[state] as number; edge < end; edge += 1) {
      const before = from[edge] as number;
      if (steps[before] !== NEVER) continue;
      steps[before] = (steps[state] as number) + 1;
      waiting.push(before);
    }
  }
}
