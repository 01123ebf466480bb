/**
 * Random walks: from an initial state one move after the other, until none leads on. Each state that a walk comes to is expanded once,
 * so that all its moves are judged, and not the chosen one alone.
 */
import type { Batch } from '../batch.ts';
import { Column } from '../column.ts';
import type { Limits } from '../limits.ts';
import type { Search } from '../search.ts';
import { Chance } from './chance.ts';

/** Steps after which a walk ends where no depth is asked for. */
export const WALK_STEPS = 1_000;

export interface RandomOrder {
  readonly name: 'random';
  /**
   * `uniform`: any move of any CPU, with equal odds. `pct`: the CPU of the highest priority moves; priorities are drawn before a walk
   * and lowered at `bugDepth` - 1 steps drawn too (probabilistic concurrency testing, Burckhardt et al. 2010).
   */
  readonly walk: 'uniform' | 'pct';
  /** A 32-bit integer; the same seed gives the same walks. */
  readonly seed: number;
  /** Walks; default 1,000. */
  readonly walks?: number;
  /** For `pct`: how many orders between two steps a bug takes; default 3. */
  readonly bugDepth?: number;
}

export class RandomWalks {
  /** Walks that were begun. */
  walks = 0;
  /** Steps of the longest. */
  deepest = 0;
  /** Distinct states that a walk came to. */
  walked = 0;
  private readonly search: Search;
  private readonly limits: Limits;
  private readonly order: Required<RandomOrder>;
  private readonly chance: Chance;
  private readonly expanded = new Column();
  private steps = 0;

  constructor(search: Search, limits: Limits, order: Required<RandomOrder>) {
    this.search = search;
    this.limits = limits;
    this.order = order;
    this.chance = new Chance(order.seed);
  }

  /** False: walks never know that there is nothing else. */
  visit(): false {
    const { search, limits, expanded, order } = this;
    search.isExpanded = (id) => id < expanded.length && expanded.get(id) === 1;
    const initial = search.visited.count;
    search.levelStarts[1] = initial;
    while (this.walks < order.walks && limits.stopped === undefined) {
      this.walks += 1;
      this.walkFrom(initial === 1 ? 0 : this.chance.below(initial));
    }
    if (limits.stopped !== undefined) return false;
    const walks = order.walks.toLocaleString('en-US');
    limits.stop('walks', `${walks} walks`, '--walks', String(order.walks * 10));
    return false;
  }

  private walkFrom(initial: number): void {
    const { search, limits, order } = this;
    const cpus = search.engine.compiled.cpus.length;
    const choice =
      order.walk === 'pct'
        ? new Priorities(this.chance, cpus, order.bugDepth, this.deepest)
        : new Uniform(this.chance);
    let state = initial;
    for (let steps = 0; ; steps += 1) {
      this.deepest = Math.max(this.deepest, steps);
      limits.show(steps, order.walks - this.walks);
      this.steps += 1;
      if (limits.atState(search, this.steps)) return;
      if (limits.isTooDeep(steps) || steps === WALK_STEPS) return;
      this.expand(state, steps);
      if (search.cut.has(state)) return;
      const next = this.next(state, choice, steps);
      if (next === -1) return;
      state = next;
    }
  }

  private expand(state: number, steps: number): void {
    if (this.search.isExpanded(state)) return;
    this.search.level = steps;
    this.search.expandState(state);
    this.expanded.set(state, 1);
    this.walked += 1;
  }

  /** The state that the chosen move leads to; -1 where every move leads back. */
  private next(state: number, choice: Uniform | Priorities, steps: number): number {
    const { successors } = this.search;
    successors.collect(state, false);
    const onward: number[] = [];
    const states: number[] = [];
    for (let at = 0; at < successors.batch.count; at += 1) {
      const next = successors.stateAt(at);
      if (next === state) continue;
      onward.push(at);
      states.push(next);
    }
    if (onward.length === 0) return -1;
    return states[choice.among(onward, successors.batch, steps)] as number;
  }
}

class Uniform {
  private readonly chance: Chance;

  constructor(chance: Chance) {
    this.chance = chance;
  }

  among(moves: readonly number[]): number {
    return this.chance.below(moves.length);
  }
}

class Priorities {
  private readonly chance: Chance;
  /** By CPU; the highest moves. */
  private readonly priorities: number[];
  /** Steps at which the CPU about to move falls below all others. */
  private readonly changes = new Set<number>();
  private lowest = 0;

  /** `steps` is how long walks are, as far as that is known: changes are drawn among them. */
  constructor(chance: Chance, cpus: number, bugDepth: number, steps: number) {
    this.chance = chance;
    this.priorities = chance.permutation(cpus).map((priority) => priority + 1);
    for (let change = 1; change < bugDepth; change += 1)
      this.changes.add(chance.below(Math.max(steps, cpus * 8)));
  }

  /** Within the CPU each move has equal odds: a callback or handler that starts is one of them. */
  among(moves: readonly number[], batch: Batch, step: number): number {
    let cpu = this.highest(moves, batch);
    if (this.changes.has(step)) {
      this.priorities[cpu] = this.lowest;
      this.lowest -= 1;
      cpu = this.highest(moves, batch);
    }
    const own = moves.flatMap((move, at) => (cpuOf(move, batch) === cpu ? [at] : []));
    return own[this.chance.below(own.length)] as number;
  }

  private highest(moves: readonly number[], batch: Batch): number {
    let best = -1;
    for (const move of moves) {
      const cpu = cpuOf(move, batch);
      if (best === -1 || (this.priorities[cpu] as number) > (this.priorities[best] as number))
        best = cpu;
    }
    return best;
  }
}

/** The CPU that makes a move of the batch. */
function cpuOf(move: number, { endOf }: Batch): number {
  return endOf.findIndex((end) => move < end);
}
