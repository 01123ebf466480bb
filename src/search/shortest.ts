/**
 * The schedule to show: fewest steps, among those the fewest switches, then a fixed order. A second
 * pass over the levels up to the violation computes for every (state, last CPU) the fewest
 * switches; a third walks back from the cheapest end.
 */

import type { Finding } from '../design/processor.ts';
import type { Attempt } from '../machine/engine.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { Move } from '../machine/moves.ts';
import type { Row } from './board.ts';
import { type Costs, endOf, fewest, MOST_ENDS, MOST_STATES, type Suffix } from './fewest.ts';
import { levelAt } from './levels.ts';
import type { Occurrence } from './lockdep.ts';
import { movesBetween, tryMoves } from './moves.ts';
import type { Search } from './search.ts';

export interface Shortest {
  readonly row: Row;
  readonly finding: Finding;
  readonly initial: string;
  readonly moves: readonly Move[];
  readonly switches: number;
  /** Where they are counted. */
  readonly preemptions?: number;
  /** Whether no schedule with fewer steps violates the row; breadth-first that is always so. */
  readonly isShortest?: boolean;
  /** The other halves, where it takes several schedules to show it. */
  readonly related: readonly Half[];
  /** The lock that is held at the end of a half. */
  readonly lock: number | undefined;
}

/** One half of a finding that no single schedule shows. */
export interface Half {
  readonly text: string;
  readonly initial: string;
  readonly moves: readonly Move[];
  readonly switches: number;
  readonly lock: number;
}

/** The states that schedules go through, in levels, and the moves they are made of: the whole search, or a part of it. */
export interface Levels {
  /** Where each level starts, by position. */
  readonly starts: readonly number[];
  readonly count: number;
  /** The state at a position; positions are states in order of discovery, from 0. */
  stateAt(position: number): number;
  /** The position of a state, or -1. */
  positionOf(state: number): number;
  /** Whether a step may be part of a schedule. */
  allows(step: StepInstruction | undefined): boolean;
}

/**
 * The cheapest end of a schedule for one row so far. `move` is the violating step; absent where the
 * state itself violates.
 */
interface End {
  readonly state: number;
  readonly last: number;
  readonly move: Move | undefined;
  readonly cost: number;
  readonly finding: Finding;
}

/** A schedule from an initial state; `end` where it is one of several. */
interface Way {
  readonly moves: readonly Move[];
  readonly initial: string;
  readonly end?: End;
}

/** In all of this a state is its position among the levels. */
const NEVER = 0xffff;

/** The rows that the search itself saw violated. */
export function violatedRows({ board }: Search): Row[] {
  return board.rows.filter((row) => row.depth !== -1 && row.finding?.facility !== 'possibly');
}

/**
 * Finds the schedule of every row that the search itself saw violated, by way of `levels`, on which each lies at its depth; of a
 * breadth-first search they are its own.
 */
export function shortestSchedules(
  search: Search,
  levels: Levels = wholeSearch(search),
): Shortest[] {
  const rows = violatedRows(search);
  if (rows.length === 0) return [];
  return search.engine.heap.uncounted(() => {
    const pass = new SwitchPass(search, rows, levels);
    pass.forward();
    return rows.map((row) => pass.schedule(row));
  });
}

/** A state that ends a schedule, by its position, and what is wrong there. */
export interface BadState {
  readonly position: number;
  readonly finding: Finding;
}

/** Finds the schedule of a row that is violated by states known already: those of `ends` that lie on its level, `row.depth`. */
export function shortestTo(
  search: Search,
  levels: Levels,
  row: Row,
  ends: readonly BadState[],
): Shortest {
  const at = new Map<number, BadState[]>();
  for (const end of ends) at.set(end.position, [...(at.get(end.position) ?? []), end]);
  const pass = new SwitchPass(search, [row], levels);
  pass.forward((position) => at.get(position) ?? []);
  return pass.schedule(row);
}

function wholeSearch({ levelStarts, visited }: Search): Levels {
  return {
    starts: levelStarts,
    count: visited.count,
    stateAt: (position) => position,
    positionOf: (state) => state,
    allows: () => true,
  };
}

class SwitchPass implements Costs {
  private readonly search: Search;
  private readonly rows: readonly Row[];
  private readonly levels: Levels;
  readonly cpus: number;
  /** Who has moved last on the schedule that the search starts after; -1 where there is none. */
  private readonly movedBefore: number;
  private readonly deepest: number;
  /** Fewest switches to a state, by (state, CPU that moved last); the last column is for initial states. */
  private readonly costs: Uint16Array;
  /** The cheapest ends of each row, the first ones. */
  private readonly ends = new Map<Row, End[]>();
  private state = -1;
  private level = 0;
  private waitingForEnd: Row[] = [];
  /** Whether a state of the level may be an end, and whether as one with a data race. */
  private asksStates = false;
  private asksRaces = false;

  constructor(search: Search, rows: readonly Row[], levels: Levels) {
    this.search = search;
    this.rows = rows;
    this.levels = levels;
    this.cpus = search.engine.compiled.cpus.length;
    this.movedBefore = search.roots?.[0]?.moves.at(-1)?.cpu ?? -1;
    const ends = rows.flatMap(({ halves }) =>
      halves.map(({ state }) => levelAt(levels.starts, levels.positionOf(state))),
    );
    this.deepest = Math.max(...rows.map((row) => row.depth), ...ends);
    const states = levels.starts[this.deepest + 1] ?? levels.count;
    this.costs = new Uint16Array(states * (this.cpus + 1)).fill(NEVER);
  }

  cost(state: number, last: number): number {
    return this.costs[state * (this.cpus + 1) + last] as number;
  }

  /** Fewest switches to be in `state` and have `cpu` move next; and who moved last on the way. */
  before(state: number, cpu: number): { cost: number; last: number } {
    let best = { cost: this.cost(state, cpu), last: cpu };
    for (let last = 0; last <= this.cpus; last += 1) {
      const cost = this.cost(state, last) + this.switchTo(cpu, last);
      if (cost < best.cost) best = { cost, last };
    }
    return best;
  }

  /** 1 where a CPU moves after another one has, else 0; `last` as a column of the costs. */
  switchTo(cpu: number, last: number): number {
    const moved = last === this.cpus ? this.movedBefore : last;
    return moved === cpu || moved === -1 ? 0 : 1;
  }

  private levelOf(state: number): number {
    return levelAt(this.levels.starts, state, this.level);
  }

  /** Computes all costs on the way; what the board finds wrong with states it asks, where `ends` does not say it. */
  forward(ends?: (position: number) => readonly BadState[]): void {
    const { levels } = this;
    for (let initial = 0; initial < this.firstLevelEnd(); initial += 1) {
      this.costs[initial * (this.cpus + 1) + this.cpus] = 0;
    }
    for (this.level = 0; this.level <= this.deepest; this.level += 1) {
      this.waitingForEnd = this.rows.filter(
        (row) => row.depth === this.level || row.depth === this.level + 1,
      );
      const ending = this.rows.filter((row) => row.depth === this.level);
      this.asksStates = ending.length > 0;
      this.asksRaces = ending.some((row) => this.search.board.mayCount(row, 'KCSAN'));
      const from = levels.starts[this.level] as number;
      const to = levels.starts[this.level + 1] ?? levels.count;
      const last = this.level === this.deepest;
      for (let state = from; state < to; state += 1) this.stateForward(state, last, ends);
    }
  }

  private firstLevelEnd(): number {
    return this.levels.starts[1] ?? this.levels.count;
  }

  private stateForward(
    state: number,
    last: boolean,
    ends: ((position: number) => readonly BadState[]) | undefined,
  ): void {
    const { search } = this;
    this.state = state;
    if (this.asksStates) {
      if (ends === undefined) this.askState(state);
      else for (const { finding } of ends(state)) this.stateEnd(this.rows[0] as Row, finding);
    }
    if (last || !search.isExpanded(this.levels.stateAt(state))) return;
    const { successors } = search;
    successors.collect(this.levels.stateAt(state), false);
    if (ends !== undefined || this.waitingForEnd.length === 0 || !successors.tells) {
      this.spread(state);
      return;
    }
    tryMoves(search, this.levels.stateAt(state), (move, outcome) => this.visit(move, outcome));
  }

  /** Where no schedule ends in a move, only the costs of the states that it leads to matter. */
  private spread(state: number): void {
    const { successors } = this.search;
    const { batch } = successors;
    const { levels } = this;
    const { starts } = levels;
    successors.fetch();
    const from = starts[this.level + 1] as number;
    const to = Math.min(
      starts[this.level + 2] ?? levels.count,
      this.costs.length / (this.cpus + 1),
    );
    for (let cpu = 0, at = 0; cpu < this.cpus; cpu += 1) {
      const end = batch.endOf[cpu] as number;
      if (at === end) continue;
      const { cost } = this.before(state, cpu);
      for (; at < end; at += 1) {
        const next = levels.positionOf(successors.stateAt(at));
        if (next < from || next >= to || !levels.allows(successors.stepTo(at))) continue;
        const column = next * (this.cpus + 1) + cpu;
        if (cost < (this.costs[column] as number)) this.costs[column] = cost;
      }
    }
  }

  private askState(state: number): void {
    const { search } = this;
    const id = this.levels.stateAt(state);
    search.askAgain(id, (row, finding) => this.stateEnd(row, finding));
    if (!search.isExpanded(id)) return;
    for (const finding of search.lookAgain(id, this.asksRaces)) {
      for (const row of search.board.rowsOf(finding)) this.stateEnd(row, finding);
    }
  }

  private visit(move: Move, outcome: Attempt): void {
    const { engine, board, visited } = this.search;
    const { cpu } = move;
    const { cost } = this.before(this.state, cpu);
    const violated = (row: Row, finding: Finding): void => this.stepEnd(row, finding, move, cost);
    for (const finding of engine.findings)
      for (const row of board.rowsOf(finding)) violated(row, finding);
    const { step } = engine;
    if (outcome !== 'done' || !this.levels.allows(step)) return;
    const next = this.levels.positionOf(visited.find(engine.memory.words));
    if (next !== -1 && this.levelOf(next) === this.level + 1) {
      const at = next * (this.cpus + 1) + cpu;
      if (at < this.costs.length && cost < (this.costs[at] as number)) this.costs[at] = cost;
    }
    if (this.waitingForEnd.length > 0) board.after(board.rowsAfter(step), violated, false);
  }

  private stepEnd(row: Row, finding: Finding, move: Move, cost: number): void {
    if (row.depth !== this.level + 1) return;
    this.offer(row, { state: this.state, last: move.cpu, move, cost, finding });
  }

  private stateEnd(row: Row, finding: Finding): void {
    if (row.depth !== this.level) return;
    for (let last = 0; last <= this.cpus; last += 1) {
      const cost = this.cost(this.state, last);
      if (cost !== NEVER)
        this.offer(row, { state: this.state, last, move: undefined, cost, finding });
    }
  }

  private offer(row: Row, end: End): void {
    const best = this.ends.get(row) ?? [];
    const cost = best[0]?.cost ?? NEVER;
    if (end.cost < cost) this.ends.set(row, [end]);
    else if (end.cost === cost && best.length < MOST_ENDS) best.push(end);
  }

  schedule(row: Row): Shortest {
    const [first, ...related] = row.halves.map((half) => this.half(half));
    if (first !== undefined) return { row, finding: row.finding as Finding, ...first, related };
    const ends = this.ends.get(row);
    const [end] = ends ?? [];
    if (ends === undefined || end === undefined) throw new Error(`no schedule ends in ${row.id}`);
    const way = this.fewest(ends) ?? this.back(end.state, end.last, end.move);
    const { finding, cost } = way.end ?? end;
    return { row, finding, ...way, switches: cost, related: [], lock: undefined };
  }

  /** The same way from the ends that are told, with the fewest CPUs and objects; undefined where that is too much to go through. */
  private fewest(ends: readonly End[]): (Way & { end: End }) | undefined {
    const { search, levels } = this;
    this.level = 0;
    const level = this.levelOf((ends[0] as End).state);
    const isOne = this.cpus === 1 && search.engine.compiled.layout.objects.length === 0;
    if (isOne || (levels.starts[level] as number) > MOST_STATES) return undefined;
    const suffixes = ends.map(({ state, last, move }) => endOf(search, levels, state, last, move));
    const best = fewest(search, levels, this, suffixes, level);
    const moves: Move[] = [];
    let at: Suffix = best;
    for (; ; at = at.next) {
      if (at.move !== undefined) moves.push(at.move);
      if (at.next === undefined) break;
    }
    const end = ends.find(({ state, move }) => state === at.state && move === at.move) as End;
    return { moves, initial: this.initialOf(best.state), end };
  }

  private half({ state: id, move, text, lock }: Occurrence): Half {
    const state = this.levels.positionOf(id);
    const { cost, last } = this.before(state, move.cpu);
    return { text, lock, switches: cost, ...this.back(state, last, move) };
  }

  /** The cheapest way to the state `end` with `lastCpu` moving last, then `lastMove`. */
  private back(end: number, lastCpu: number, lastMove: Move | undefined): Way {
    const moves: Move[] = [];
    let state = end;
    let last = lastCpu;
    if (lastMove !== undefined) {
      moves.push(lastMove);
      last = this.before(state, lastMove.cpu).last;
    }
    while (last !== this.cpus) {
      const step = this.predecessor(state, last);
      moves.push(step.move);
      state = step.state;
      last = this.before(state, step.move.cpu).last;
    }
    moves.reverse();
    return { moves, initial: this.initialOf(state) };
  }

  private initialOf(state: number): string {
    const { visited, initialNames } = this.search;
    return initialNames[-1 - visited.parent(this.levels.stateAt(state))] as string;
  }

  /**
   * The first state of the level before, and its move by `cpu`, from which `state` is reached as
   * cheaply as known.
   */
  private predecessor(state: number, cpu: number): { state: number; move: Move } {
    const { starts } = this.levels;
    this.level = 0;
    const level = this.levelOf(state);
    const cost = this.cost(state, cpu);
    const from = starts[level - 1] as number;
    for (let candidate = from; candidate < (starts[level] as number); candidate += 1) {
      if (this.before(candidate, cpu).cost !== cost) continue;
      const move = this.moveBetween(candidate, state, cpu);
      if (move !== undefined) return { state: candidate, move };
    }
    throw new Error('a state has lost its predecessor');
  }

  private moveBetween(from: number, to: number, cpu: number): Move | undefined {
    const { search, levels } = this;
    const wanted = levels.stateAt(to);
    if (!this.leads(levels.stateAt(from), wanted, cpu)) return undefined;
    let found: Move | undefined;
    const visit = (move: Move): void => {
      if (levels.allows(search.engine.step)) found ??= move;
    };
    movesBetween(search, levels.stateAt(from), wanted, visit, cpu);
    return found;
  }

  /** Whether some move of a CPU leads from one state to another. */
  private leads(from: number, to: number, cpu: number): boolean {
    const { successors } = this.search;
    if (!this.search.isExpanded(from)) return false;
    successors.collect(from, false, cpu);
    for (let at = 0; at < successors.batch.count; at += 1)
      if (successors.stateAt(at) === to) return true;
    return false;
  }
}
