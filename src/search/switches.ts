/**
 * The fewest switches of CPUs with which a state is reached in the fewest steps, where that matters for the schedules to some goals:
 * the moves that may belong to one with few switches are followed first (A*, Hart, Nilsson and Raphael, 1968, bounded by costs in turn
 * as by Korf, 1985). A CPU that does not stand where it does in any goal has to move yet, and whoever is not moving already is
 * switched to for that.
 */
import { Counters } from './counters.ts';
import type { Costs } from './fewest.ts';
import { type Levels, levelAt } from './levels.ts';
import type { Search } from './search.ts';

/**
 * Where a schedule may end, as one number: a state, by position, and the CPU whose move ends it there; the number of CPUs where the
 * state itself is the end.
 */
export type Goal = number;

export function goalAt({ engine }: Search, position: number, cpu?: number): Goal {
  const cpus = engine.compiled.cpus.length;
  return position * (cpus + 1) + (cpu ?? cpus);
}

export function positionOf({ engine }: Search, goal: Goal): number {
  return Math.floor(goal / (engine.compiled.cpus.length + 1));
}

/** More than any schedule has. */
const NEVER = 0xffff;

export class Switches implements Costs {
  readonly cpus: number;
  private readonly search: Search;
  private readonly levels: Levels;
  private readonly goals: readonly (readonly Goal[])[];
  /** Who has moved last on the schedule that the search starts after; -1 where there is none. */
  private readonly movedBefore: number;
  /**
   * Fewest switches to a state, plus 1, by (state, CPU that moved last), 0 where no way is known; the last column is for initial states.
   * Exact where a schedule to a goal goes through it; elsewhere there may be a better way.
   */
  private readonly costs: Uint16Array;
  private readonly counters: Counters;
  private readonly packed: Uint32Array;
  /** By CPU: where it stands in goals, as long as nothing that it does is missing. */
  private readonly arrived: Set<number>[];
  /** Moves have been followed that belong to schedules of so many switches. */
  private followed = -1;
  /** The fewest switches of schedules that have not been. */
  private least = 0;
  /** Fewest switches to have each CPU move next in the state at hand; -1 where that is not followed. */
  private readonly next: Int32Array;
  /** The last level with a goal. */
  private readonly deepest: number;
  private level = 0;

  /** `goals`: of each schedule that is wanted, those it may end in. */
  constructor(search: Search, levels: Levels, goals: readonly (readonly Goal[])[]) {
    this.search = search;
    this.levels = levels;
    this.goals = goals;
    this.cpus = search.engine.compiled.cpus.length;
    this.movedBefore = search.roots?.[0]?.moves.at(-1)?.cpu ?? -1;
    let last = 0;
    for (const ends of goals)
      for (const goal of ends) last = Math.max(last, positionOf(search, goal));
    this.deepest = levelAt(levels.starts, last);
    const end = levels.starts[this.deepest + 1] ?? levels.count;
    this.costs = new Uint16Array(end * (this.cpus + 1));
    this.counters = new Counters(search.engine.compiled, search.visited.packing);
    this.packed = new Uint32Array(search.visited.width);
    this.arrived = Array.from({ length: this.cpus }, () => new Set());
    this.next = new Int32Array(this.cpus);
    const initial = levels.starts[1] ?? levels.count;
    for (let at = 0; at < initial; at += 1) this.costs[at * (this.cpus + 1) + this.cpus] = 1;
  }

  /** Finds the fewest switches of every schedule that is wanted. */
  find(): void {
    for (const ends of this.goals) for (const goal of ends) this.aim(goal);
    const isOpen = (ends: readonly Goal[]): boolean => this.toAny(ends) > this.followed;
    while (this.goals.some(isOpen) && this.least !== NEVER) this.goOn();
  }

  cost(state: number, last: number): number {
    const cost = this.costs[state * (this.cpus + 1) + last] as number;
    return cost === 0 ? NEVER : cost - 1;
  }

  before(state: number, cpu: number): { cost: number; last: number } {
    let best = { cost: this.cost(state, cpu), last: cpu };
    for (let last = 0; last <= this.cpus; last += 1) {
      const cost = this.cost(state, last) + this.switchTo(cpu, last);
      if (cost < best.cost) best = { cost, last };
    }
    return best;
  }

  switchTo(cpu: number, last: number): number {
    const moved = last === this.cpus ? this.movedBefore : last;
    return moved === cpu || moved === -1 ? 0 : 1;
  }

  /** Fewest switches of a schedule that ends so. */
  to(goal: Goal): number {
    const position = positionOf(this.search, goal);
    const cpu = goal % (this.cpus + 1);
    if (cpu < this.cpus) return this.before(position, cpu).cost;
    let least = NEVER;
    for (let last = 0; last <= this.cpus; last += 1)
      least = Math.min(least, this.cost(position, last));
    return least;
  }

  /** The same of one that ends in the best of several. */
  toAny(goals: readonly Goal[]): number {
    return goals.reduce((least, goal) => Math.min(least, this.to(goal)), NEVER);
  }

  private aim(goal: Goal): void {
    const { packed, counters } = this;
    const mover = goal % (this.cpus + 1);
    const state = this.levels.stateAt(positionOf(this.search, goal));
    this.search.visited.loadPacked(state, packed);
    for (let cpu = 0; cpu < this.cpus; cpu += 1)
      if (cpu !== mover) this.arrived[cpu]?.add(counters.standing(packed, 0, cpu));
  }

  /** Follows all moves that belong to schedules with a few switches more than before. */
  private goOn(): void {
    const { starts } = this.levels;
    const bound = this.least;
    this.least = NEVER;
    for (this.level = 0; this.level < this.deepest; this.level += 1) {
      const to = starts[this.level + 1] as number;
      for (let at = starts[this.level] as number; at < to; at += 1) this.follow(at, bound);
    }
    this.followed = bound;
  }

  /** Follows those moves of a state that belong to schedules with more switches than before, and with no more than `bound`. */
  private follow(position: number, bound: number): void {
    const { next } = this;
    if (!this.arrive(position) || !this.search.isExpanded(this.levels.stateAt(position))) return;
    const missing = this.missing(position);
    // Each of them moves once more, one perhaps only to end the schedule.
    if (bitsIn(missing) > this.deepest - this.level + 1) return;
    let cpus = 0;
    let only = -1;
    for (let cpu = 0; cpu < this.cpus; cpu += 1) {
      const least = (next[cpu] as number) + bitsIn(missing & ~(1 << cpu));
      if (least > bound) this.least = Math.min(this.least, least);
      if (least > bound || least <= this.followed) next[cpu] = -1;
      else {
        cpus += 1;
        only = cpu;
      }
    }
    if (cpus > 0) this.spread(position, cpus === 1 ? only : -1);
  }

  /** Finds the fewest switches to have each CPU move next; false where no way to the state is known. */
  private arrive(position: number): boolean {
    const { cpus, costs, next } = this;
    const row = position * (cpus + 1);
    let least = NEVER;
    for (let cpu = 0; cpu < cpus; cpu += 1) {
      const cost = costs[row + cpu] as number;
      if (cost !== 0 && cost < least) least = cost;
    }
    const isInitial = costs[row + cpus] !== 0;
    if (least === NEVER && !isInitial) return false;
    for (let cpu = 0; cpu < cpus; cpu += 1) {
      const cost = costs[row + cpu] as number;
      const switched = cost !== 0 && cost <= least ? cost - 1 : least;
      next[cpu] = isInitial ? Math.min(switched, this.switchTo(cpu, cpus)) : switched;
    }
    return true;
  }

  /** The CPUs that do not stand where they do in any goal, a bit each. */
  private missing(position: number): number {
    const { packed, counters, arrived } = this;
    this.search.visited.loadPacked(this.levels.stateAt(position), packed);
    let missing = 0;
    for (let cpu = 0; cpu < this.cpus; cpu += 1)
      if (arrived[cpu]?.has(counters.standing(packed, 0, cpu)) === false) missing |= 1 << cpu;
    return missing;
  }

  /** Notes where moves of the state at hand lead, and at what cost: those of one CPU, or of all that are followed for `only` -1. */
  private spread(position: number, only: number): void {
    const { levels, cpus, costs, next } = this;
    const { successors } = this.search;
    const { batch } = successors;
    successors.collect(levels.stateAt(position), false, only);
    if (only === -1) successors.fetch();
    const from = levels.starts[this.level + 1] as number;
    const to = Math.min(levels.starts[this.level + 2] ?? levels.count, costs.length / (cpus + 1));
    for (let cpu = 0, at = 0; cpu < cpus; cpu += 1) {
      const end = batch.endOf[cpu] as number;
      const cost = (next[cpu] as number) + 1;
      if (cost === 0) at = end;
      for (; at < end; at += 1) {
        const state = levels.positionOf(successors.stateAt(at));
        if (state < from || state >= to || !levels.allows(successors.stepTo(at))) continue;
        const column = state * (cpus + 1) + cpu;
        const known = costs[column] as number;
        if (known === 0 || cost < known) costs[column] = cost;
      }
    }
  }
}

function bitsIn(set: number): number {
  let bits = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}
