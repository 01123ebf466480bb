/**
 * Which moves suffice in the state gathered last, and which may be joined to the one that has led there: asked with what is known of
 * each CPU's moves, which is learned here too.
 */
import type { StepInstruction } from '../../machine/instructions.ts';
import type { CompiledCpu } from '../../machine/machine.ts';
import { refusesIn } from '../learned.ts';
import { emptyMask } from '../masks.ts';
import type { Search } from '../search.ts';
import type { Beside } from '../symmetry/differences.ts';
import { type Effect, Effects, type Footprints } from './effects.ts';
import { Futures } from './futures.ts';
import { Locks } from './locks.ts';
import type { Points } from './points.ts';
import type { Rules } from './rules.ts';
import { type Standing, Stubborn } from './stubborn.ts';
import { Watcher } from './watcher.ts';

/** Standings before anything is known. */
const NOTHING = new Int32Array(0);
const NO_EFFECT: Effect = {
  reads: NOTHING,
  writes: NOTHING,
  seenBy: 0,
  moves: [],
  idle: NOTHING,
  blind: undefined,
  mayMeet: false,
};

export class Selection {
  readonly futures: Futures;
  readonly standings: readonly Standing[];
  /** Whether `joined` goes on with the CPU itself because what it did was a right-mover. */
  isRight = false;
  /** What images of a CPU's moves in a packed state touch beside. */
  beside: ((words: Uint32Array, from: number, cpu: number) => Beside | undefined) | undefined;
  private readonly search: Search;
  private readonly rules: Rules;
  private readonly effects: Effects;
  private readonly stubborn: Stubborn;
  private readonly watcher: Watcher;
  /** By CPU, by record: what its moves look at and store. */
  private readonly known: readonly Map<number, Effect>[];
  private readonly cpus: readonly CompiledCpu[];

  /** `watchesRest`: whether coming to rest can be seen. */
  constructor(search: Search, points: Points, rules: Rules, watchesRest: boolean) {
    const { engine, visited, board } = search;
    const { compiled } = engine;
    const { packing } = visited;
    this.search = search;
    this.rules = rules;
    this.cpus = compiled.cpus;
    const locks = new Locks(compiled, packing);
    const isAsked = (step: StepInstruction | undefined) => board.rowsAfter(step).length > 0;
    const watches = { rest: watchesRest, races: search.watchesRaces };
    this.effects = new Effects(engine, packing, points, locks, rules, isAsked, watches);
    this.futures = new Futures(compiled, packing, points, locks, rules);
    this.stubborn = new Stubborn(points, this.futures, locks, rules, this.cpus.length);
    this.watcher = new Watcher(compiled, points.holdings);
    this.known = this.cpus.map(() => new Map());
    this.standings = this.cpus.map(() => ({
      effect: { ...NO_EFFECT, reads: emptyMask(packing), writes: emptyMask(packing) },
      record: -1,
      situation: -1,
      at: 0,
      moves: 0,
      refuses: false,
      isPassed: false,
      tells: false,
    }));
  }

  /** Learns from all moves that are looked at from here on, until `stop`. */
  watch(): void {
    const { successors } = this.search;
    successors.onRecord = (cpu, record) => this.note(cpu, record);
    successors.onPlayed = () => this.watcher.watch(successors.batch, this.standings);
  }

  stop(): void {
    this.search.successors.onPlayed = undefined;
  }

  /** The search begins in the states that are known so far. */
  begin(): void {
    const { visited, engine } = this.search;
    const words = new Uint32Array(visited.width);
    for (let id = 0; id < visited.count; id += 1) {
      visited.loadPacked(id, words);
      for (const { index } of engine.compiled.cpus) this.watcher.begin(index, words);
    }
  }

  /** Forgets what was made of points that have grown since. */
  forget(): void {
    for (const effects of this.known) effects.clear();
  }

  private note(cpu: number, record: number): void {
    const { search, known } = this;
    const { moves } = search.successors;
    const mine = known[cpu] as Map<number, Effect>;
    const isKept = moves.isKept(record);
    let effect = isKept ? mine.get(record) : undefined;
    if (effect === undefined) {
      const { batch } = search.successors;
      const beside = this.beside?.(batch.sources, (batch.origins - 1) * batch.width, cpu);
      moves.show();
      effect = this.effects.of(this.cpus[cpu] as CompiledCpu, beside);
      if (isKept) mine.set(record, effect);
    }
    const standing = this.standings[cpu] as Standing;
    standing.effect = effect;
    standing.record = isKept ? record : -1;
    standing.refuses = refusesIn(moves.records, record);
  }

  /**
   * A bit per CPU whose moves suffice in the origin of the batch opened last; -1 for all. Where a violation `stops`, what ends a path
   * is no move to be chosen for.
   */
  choose(first: number, stops: boolean): number {
    const { batch, deeds } = this.search.successors;
    const origin = batch.origins - 1;
    const from = origin * batch.width;
    let movers = 0;
    for (let cpu = 0; cpu < this.standings.length; cpu += 1) {
      const standing = this.standings[cpu] as Standing;
      standing.at = this.futures.standing(batch.sources, from, cpu);
      standing.isPassed = standing.refuses && !stops;
      if (standing.isPassed) standing.refuses = false;
      standing.moves = standing.isPassed ? 1 : 0;
      standing.tells = false;
      for (let at = batch.startOfCpu(origin, cpu); at < batch.endOfCpu(origin, cpu); at += 1)
        if (batch.loops[at] === 0) standing.moves += 1;
        else if (deeds.matters[batch.numbers[at] as number] === true) standing.tells = true;
      if (standing.moves > 0 || standing.refuses || standing.tells) movers += 1;
    }
    if (movers <= 1) return -1;
    const set = this.stubborn.choose(batch.sources, from, this.standings, first);
    return set === 2 ** this.cpus.length - 1 ? -1 : set;
  }

  /**
   * The CPU whose moves from the origin gathered last are joined to the one of `cpu` that has led to it: the same where that was a
   * right-mover (`isRight` then; `together` are the CPUs whose moves are all made where it was), or one that nobody can interfere
   * with. -1 where the state is to be kept.
   */
  joined(origin: number, cpu: number, mover: Footprints | undefined, together: number): number {
    const { search } = this;
    const { batch, moves } = search.successors;
    this.isRight = false;
    // What is new here is told of a state that is kept.
    if ((search.watchesRaces && moves.isNewMeeting(false)) || search.hasWaitCycle) return -1;
    const set = this.choose(cpu, this.rules.noJoinOverViolation);
    const words = batch.sources;
    const from = origin * batch.width;
    if (mover !== undefined && this.canJoin(origin, cpu)) {
      const { standings } = this;
      this.isRight = this.stubborn.isRightMover(words, from, standings, cpu, mover, together);
      if (this.isRight) return cpu;
    }
    const only = set === -1 ? this.onlyMover() : singleIn(set);
    return only !== -1 && this.canJoin(origin, only) ? only : -1;
  }

  /** The only CPU that can move at all; else -1. */
  private onlyMover(): number {
    let only = -1;
    for (let cpu = 0; cpu < this.standings.length; cpu += 1) {
      const { moves, refuses, tells } = this.standings[cpu] as Standing;
      if (moves === 0 && !refuses && !tells) continue;
      if (only !== -1) return -1;
      only = cpu;
    }
    return only;
  }

  /** Whether a CPU has moves that all lead on and find nothing. */
  private canJoin(origin: number, cpu: number): boolean {
    const { batch, deeds } = this.search.successors;
    const first = batch.startOfCpu(origin, cpu);
    const end = batch.endOfCpu(origin, cpu);
    const { moves, refuses, isPassed } = this.standings[cpu] as Standing;
    if (isPassed) return true;
    if (first === end || moves !== end - first || refuses) return false;
    for (let at = first; at < end; at += 1) {
      const tells = deeds.tells[batch.numbers[at] as number] === true;
      if (tells && this.rules.noJoinOverViolation) return false;
    }
    return true;
  }
}

/** The only CPU of a set, or -1. */
function singleIn(set: number): number {
  return (set & (set - 1)) === 0 ? 31 - Math.clz32(set) : -1;
}
