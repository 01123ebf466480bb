/**
 * The schedule to show: fewest steps, among those the fewest switches, then a fixed order. Where schedules end is looked up first; then
 * the fewest switches are found for whatever lies on the way (`switches.ts`), and the way is walked back from the cheapest end.
 */

import type { Finding } from '../design/processor.ts';
import type { Move } from '../machine/moves.ts';
import type { Row } from './board.ts';
import { type BadState, Ends } from './ends.ts';
import { endOf, fewest, MOST_ENDS, MOST_STATES, type Suffix } from './fewest.ts';
import { type Levels, levelAt, wholeSearch } from './levels.ts';
import type { Occurrence } from './lockdep.ts';
import { movesBetween } from './moves.ts';
import type { Search } from './search.ts';
import { type Goal, goalAt, positionOf, Switches } from './switches.ts';

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
    const schedules = new Schedules(search, rows, levels);
    return rows.map((row) => schedules.schedule(row));
  });
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
  return new Schedules(search, [row], levels, at).schedule(row);
}

class Schedules {
  private readonly search: Search;
  private readonly levels: Levels;
  private readonly ends: Ends;
  private readonly switches: Switches;
  /** Of each row that one schedule shows. */
  private readonly goals: ReadonlyMap<Row, Goal[]>;

  /** Of a row alone the `known` ends, where they are. */
  constructor(
    search: Search,
    rows: readonly Row[],
    levels: Levels,
    known?: ReadonlyMap<number, readonly BadState[]>,
  ) {
    this.search = search;
    this.levels = levels;
    const ending = rows.filter(({ halves }) => halves.length === 0);
    this.ends = new Ends(search, ending, levels, known);
    this.goals = new Map(ending.map((row) => [row, []]));
    this.ends.all((row, _finding, position, move) =>
      this.goals.get(row)?.push(goalAt(search, position, move?.cpu)),
    );
    const halves = rows.flatMap((row) => row.halves);
    this.switches = new Switches(search, levels, [
      ...this.goals.values(),
      ...halves.map(({ state, move }) => [goalAt(search, levels.positionOf(state), move.cpu)]),
    ]);
    this.switches.find();
  }

  schedule(row: Row): Shortest {
    const [first, ...related] = row.halves.map((half) => this.half(half));
    if (first !== undefined) return { row, finding: row.finding as Finding, ...first, related };
    const ends = this.cheapest(row);
    const [end] = ends;
    if (end === undefined) throw new Error(`no schedule ends in ${row.id}`);
    const way = this.fewest(ends) ?? this.back(end.state, end.last, end.move);
    const { finding, cost } = way.end ?? end;
    return { row, finding, ...way, switches: cost, related: [], lock: undefined };
  }

  /** The ends of a row with the fewest switches, the first ones. */
  private cheapest(row: Row): readonly End[] {
    const { switches, levels } = this;
    const goals = this.goals.get(row) as readonly Goal[];
    const cost = switches.toAny(goals);
    const ends: End[] = [];
    const positions = new Set<number>();
    for (const goal of goals) {
      if (ends.length >= MOST_ENDS) break;
      const position = positionOf(this.search, goal);
      if (switches.to(goal) !== cost || positions.has(position)) continue;
      positions.add(position);
      this.ends.at(position, levelAt(levels.starts, position), (of, finding, state, move) => {
        if (of !== row) return;
        for (const last of this.lasts(state, move, cost))
          ends.push({ state, last, move, cost, finding });
      });
    }
    return ends.slice(0, MOST_ENDS);
  }

  /** Who moves last where a schedule of so many switches ends. */
  private lasts(state: number, move: Move | undefined, cost: number): number[] {
    const { switches } = this;
    if (move !== undefined) return switches.before(state, move.cpu).cost === cost ? [move.cpu] : [];
    const all = Array.from({ length: switches.cpus + 1 }, (_, last) => last);
    return all.filter((last) => switches.cost(state, last) === cost);
  }

  /** The same way from the ends that are told, with the fewest CPUs and objects; undefined where that is too much to go through. */
  private fewest(ends: readonly End[]): (Way & { end: End }) | undefined {
    const { search, levels } = this;
    const level = this.levelOf((ends[0] as End).state);
    const isOne = this.switches.cpus === 1 && search.engine.compiled.layout.objects.length === 0;
    if (isOne || (levels.starts[level] as number) > MOST_STATES) return undefined;
    const suffixes = ends.map(({ state, last, move }) => endOf(search, levels, state, last, move));
    const best = fewest(search, levels, this.switches, suffixes, level);
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
    const { cost, last } = this.switches.before(state, move.cpu);
    return { text, lock, switches: cost, ...this.back(state, last, move) };
  }

  /** The cheapest way to the state `end` with `lastCpu` moving last, then `lastMove`. */
  private back(end: number, lastCpu: number, lastMove: Move | undefined): Way {
    const moves: Move[] = [];
    let state = end;
    let last = lastCpu;
    if (lastMove !== undefined) {
      moves.push(lastMove);
      last = this.switches.before(state, lastMove.cpu).last;
    }
    while (last !== this.switches.cpus) {
      const step = this.predecessor(state, last);
      moves.push(step.move);
      state = step.state;
      last = this.switches.before(state, step.move.cpu).last;
    }
    moves.reverse();
    return { moves, initial: this.initialOf(state) };
  }

  private levelOf(state: number): number {
    return levelAt(this.levels.starts, state);
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
    const level = this.levelOf(state);
    const cost = this.switches.cost(state, cpu);
    const from = starts[level - 1] as number;
    for (let candidate = from; candidate < (starts[level] as number); candidate += 1) {
      if (this.switches.before(candidate, cpu).cost !== cost) continue;
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
