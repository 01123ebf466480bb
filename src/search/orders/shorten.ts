/**
 * Schedules that no breadth-first search has found, made shorter: by a breadth-first search of limited size, and by leaving out moves as
 * long as the end violates the same property (delta debugging, Zeller 1999).
 */
import type { Attempt } from '../../machine/engine.ts';
import type { Move } from '../../machine/moves.ts';
import type { Row } from '../board.ts';
import { Column } from '../column.ts';
import { Limits } from '../limits.ts';
import { tryMoves } from '../moves.ts';
import { Search } from '../search.ts';
import type { Shortest } from '../shortest.ts';
import { violationAt } from './paths.ts';
import { shortestAmongSeen } from './seen.ts';

/** States that the breadth-first search may visit, where nothing else is asked for. */
const MOST_STATES = 200_000;
/** States and steps that schedules with moves left out may take. */
const MOST_TRIED = 50_000;
const MOST_STEPS = 200_000;

/** Each schedule, or a shorter one that violates the same property; of the shortest possible it is known that they are. */
export function shortened(
  search: Search,
  found: readonly Shortest[],
  maxStates = MOST_STATES,
): Shortest[] {
  if (found.length === 0) return [];
  const { engine, check } = search;
  const longest = Math.max(...found.map(({ moves }) => moves.length));
  const limits = new Limits({ maxStates, maxDepth: longest + 1 }, {});
  const second = new Search(check, engine.compiled, engine.modes, limits);
  const shortening = new Shortening(second, found);
  try {
    second.run(() => shortening.visit());
  } catch {
    // A mistake of the model, where the search that found these schedules has not been.
    return found.map((one) => ({ ...one, isShortest: false }));
  }
  second.decideLocks();
  const shorter = shortestAmongSeen(second);
  return found.map((one) => {
    const other = shorter.find(({ row }) => row.id === one.row.id);
    const best = other !== undefined && isShorter(other, one) ? { ...other, row: one.row } : one;
    return { ...best, isShortest: best.moves.length <= shortening.levels };
  });
}

function isShorter(one: Shortest, other: Shortest): boolean {
  return (one.moves.length - other.moves.length || one.switches - other.switches) < 0;
}

/** Moves, and the state before each. */
interface Way {
  readonly moves: readonly Move[];
  readonly path: readonly number[];
}

class Shortening {
  /** Levels that the breadth-first search has expanded whole. */
  levels = 0;
  private readonly search: Search;
  private readonly found: readonly Shortest[];
  private readonly expanded = new Column();
  private most = 0;
  /** Moves made while trying. */
  private tried = 0;

  constructor(search: Search, found: readonly Shortest[]) {
    this.search = search;
    this.found = found;
  }

  visit(): boolean {
    const { search, expanded } = this;
    const complete = search.visitLevels();
    this.levels = complete ? Infinity : search.levelStarts.length - 2;
    const first = search.expanded;
    search.isExpanded = (id) => id < first || (id < expanded.length && expanded.get(id) === 1);
    this.most = search.visited.count + MOST_TRIED;
    for (const one of this.found) {
      if (one.lock === undefined && this.rowLike(one.row)?.depth === -1) this.leaveOut(one);
    }
    return complete;
  }

  /** The same row of the second search; none for what the check does not declare and this search has not met. */
  private rowLike({ id }: Row): Row | undefined {
    return this.search.board.rows.find((row) => row.id === id);
  }

  /** Leaves out moves in a row, of all CPUs or of one, first many, then few, until nothing more can be. */
  private leaveOut(one: Shortest): void {
    const path = this.follow([this.search.initialNames.indexOf(one.initial)], one.moves);
    if (path === undefined || !this.violates(path, one.moves, one)) return;
    let best: Way = { moves: one.moves, path };
    for (let size = one.moves.length >> 1; size >= 1; ) {
      const before = best.moves.length;
      for (let cpu = -1; cpu < this.search.engine.compiled.cpus.length; cpu += 1)
        best = this.leaveOutOf(cpu, size, best, one);
      if (best.moves.length === before || size > best.moves.length) size >>= 1;
    }
  }

  /** `cpu` is -1 for moves in a row whoever makes them. */
  private leaveOutOf(cpu: number, size: number, way: Way, one: Shortest): Way {
    let best = way;
    const theirs = ({ moves }: Way): number[] =>
      moves.flatMap((move, at) => (cpu === -1 || move.cpu === cpu ? [at] : []));
    let places = theirs(best);
    for (let from = places.length - size; from >= 0; from -= Math.max(1, size >> 1)) {
      if (this.search.visited.count > this.most || this.tried > MOST_STEPS) return best;
      const out = new Set(places.slice(from, from + size));
      const fewer = best.moves.filter((_, at) => !out.has(at));
      const known = best.path.slice(0, (places[from] as number) + 1);
      const path = this.follow(known, fewer);
      if (path === undefined || !this.violates(path, fewer, one)) continue;
      best = { moves: fewer, path };
      places = theirs(best);
      from = Math.min(from, places.length - size + 1);
    }
    return best;
  }

  /** The states that moves lead to one after the other, but for the last; the first are known. Undefined where they cannot be made. */
  private follow(known: readonly number[], moves: readonly Move[]): number[] | undefined {
    const path = known.slice(0, Math.max(1, moves.length));
    for (let at = 0; at < moves.length; at += 1) {
      this.expand(path[at] as number, at);
      if (at < path.length - 1 || at === moves.length - 1) continue;
      this.tried += 1;
      const next = this.after(path[at] as number, moves[at] as Move);
      if (next === -1) return undefined;
      path.push(next);
    }
    return path;
  }

  /** Whether the last move violates the row, or leads to a state that does; then the second search knows it. */
  private violates(path: readonly number[], moves: readonly Move[], one: Shortest): boolean {
    const { search } = this;
    const last = moves.at(-1);
    if (last === undefined) return false;
    const state = path.at(-1) as number;
    let violation = violationAt(search, one.row, state, last.cpu);
    if (violation === undefined) {
      const next = this.after(state, last);
      if (next === -1) return false;
      this.expand(next, moves.length);
      violation = violationAt(search, one.row, next, -1);
    }
    if (violation === undefined) return false;
    const row = this.rowLike(one.row);
    if (row !== undefined) search.board.found(row, violation.finding, moves.length);
    return true;
  }

  private expand(state: number, steps: number): void {
    const { search } = this;
    if (search.isExpanded(state)) return;
    search.level = steps;
    search.expandState(state);
    this.expanded.set(state, 1);
  }

  /** The state a move leads to; -1 where it is not enabled, or does not happen. */
  private after(state: number, { cpu, level, choice }: Move): number {
    const { search } = this;
    let next = -1;
    const visit = (move: Move, outcome: Attempt): void => {
      if (outcome !== 'done' || move.level !== level || move.choice !== choice) return;
      next = search.visited.find(search.engine.memory.words);
    };
    tryMoves(search, state, visit, cpu);
    return next;
  }
}
