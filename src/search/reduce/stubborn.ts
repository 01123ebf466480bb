/**
 * Which CPUs' moves suffice in a state: a set that is closed under what the others may still do to it (persistent sets by process,
 * after Overman, 1981, and Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", 1996, with the enabling and
 * visibility conditions of Valmari's stubborn sets).
 */

import { type Mask, meets } from '../masks.ts';
import type { Effect, Footprints } from './effects.ts';
import type { Future, Futures } from './futures.ts';
import type { Holdings, Kept } from './holdings.ts';
import type { LockCell, Locks } from './locks.ts';
import type { Points } from './points.ts';
import type { Rules } from './rules.ts';

/** What is known of one CPU in the state at hand. */
export interface Standing {
  effect: Effect;
  /** The number of its record, or -1 for one that is not kept. */
  record: number;
  /** Where its contexts stand; see `Futures.standing`. */
  at: number;
  /** Moves that lead to another state. */
  moves: number;
  /** Some move ends its path. */
  refuses: boolean;
  /** Some move ends its path, and is taken for one that leads on, because a rule is left out. */
  isPassed: boolean;
  /** Some move that leads back to the same state finds something there, is asked about, or evaluates a claim. */
  tells: boolean;
  /** The number of its situation; see `Selves`. */
  situation: number;
}

export class Stubborn {
  private readonly points: Points;
  private readonly futures: Futures;
  private readonly locks: Locks;
  private readonly rules: Rules;
  /** Locks that each CPU holds, a bit each. */
  private readonly held: Int32Array;
  private readonly cpus: number;
  /** What the CPUs outside the set may still do. */
  private readonly outside: (Future | undefined)[];
  /** What each CPU may still do where no lock is held by others. */
  private readonly free: (Future | undefined)[];
  private readonly holdings: Holdings;
  private readonly situations: Int32Array;
  /** What each CPU has to itself in the state at hand; null where it was not asked yet. */
  private readonly kept: (Kept | undefined | null)[];
  /** Bits in which two meet. */
  private readonly met: Mask;

  constructor(points: Points, futures: Futures, locks: Locks, rules: Rules, cpus: number) {
    this.free = new Array(cpus);
    this.holdings = points.holdings;
    this.situations = new Int32Array(cpus);
    this.kept = new Array(cpus).fill(null);
    this.met = new Int32Array(points.visible.length);
    this.points = points;
    this.futures = futures;
    this.locks = locks;
    this.rules = rules;
    this.cpus = cpus;
    this.held = new Int32Array(cpus);
    this.outside = new Array(cpus);
  }

  /**
   * A bit per CPU whose moves suffice in the packed state at `from`; of several sets the one with the fewest moves, `first` before
   * others. All CPUs where no smaller one does.
   */
  choose(words: Uint32Array, from: number, standings: readonly Standing[], first: number): number {
    const all = 2 ** this.cpus - 1;
    this.turnTo(words, from, standings);
    let best = all;
    let least = this.movesIn(all, standings);
    for (let at = -1; at < this.cpus; at += 1) {
      const seed = at === -1 ? first : at;
      if (seed === -1 || (at === first && at !== -1)) continue;
      if ((standings[seed] as Standing).moves === 0) continue;
      const set = this.close(1 << seed, standings, least);
      const moves = this.movesIn(set, standings);
      if (set === all || moves >= least || this.refuses(set, standings)) continue;
      best = set;
      least = moves;
      if (least === 1) break;
    }
    return best;
  }

  /**
   * Whether a move of a CPU that has led to the packed state at `from` might as well be made after all that others of a set do before
   * the CPU moves on (a right-mover, Lipton), and those outside the set cannot interfere with how it moves on; nobody can, where two may
   * meet there: that they hold what the other waits for, or are about to race, is a state of its own.
   */
  isRightMover(
    words: Uint32Array,
    from: number,
    standings: readonly Standing[],
    cpu: number,
    move: Footprints,
    set: number,
  ): boolean {
    this.turnTo(words, from, standings);
    this.lookOutside(1 << cpu, standings);
    const { effect } = standings[cpu] as Standing;
    for (let other = 0; other < this.cpus; other += 1) {
      const future = this.outside[other];
      if (future === undefined) continue;
      const isInside = (set & (1 << other)) !== 0;
      if (isInside && this.conflict(future, move, cpu)) return false;
      if ((!isInside || effect.mayMeet) && this.conflict(future, effect, cpu)) return false;
    }
    return true;
  }

  private movesIn(set: number, standings: readonly Standing[]): number {
    let moves = 0;
    for (let cpu = 0; cpu < this.cpus; cpu += 1)
      if ((set & (1 << cpu)) !== 0) moves += (standings[cpu] as Standing).moves;
    return moves;
  }

  private refuses(set: number, standings: readonly Standing[]): boolean {
    return standings.some(({ refuses }, cpu) => refuses && (set & (1 << cpu)) !== 0);
  }

  /** The least set around one that the others cannot interfere with; given up where it has `most` moves. */
  private close(set: number, standings: readonly Standing[], most: number): number {
    const all = 2 ** this.cpus - 1;
    let closed = set;
    for (;;) {
      this.lookOutside(closed, standings);
      const met = this.interferer(closed, standings);
      if (met === -1) return closed;
      closed |= 1 << met;
      if (this.movesIn(closed, standings) >= most) return all;
    }
  }

  /** A CPU outside of a set that may interfere with the moves in it, or -1. */
  private interferer(set: number, standings: readonly Standing[]): number {
    for (let other = 0; other < this.cpus; other += 1) {
      const future = this.outside[other];
      if (future === undefined) continue;
      for (let cpu = 0; cpu < this.cpus; cpu += 1) {
        if ((set & (1 << cpu)) === 0) continue;
        if (this.conflict(future, (standings[cpu] as Standing).effect, cpu)) return other;
      }
    }
    return -1;
  }

  /** Whether what somebody else may do interferes with a move of a CPU. */
  private conflict(future: Future, move: Footprints, cpu: number): boolean {
    if (this.rules.visibility && (move.seenBy & future.seenBy) !== 0) return true;
    if (!interfere(future, move)) return false;
    return !this.isKept(future, move, cpu);
  }

  /** Whether they meet in words alone that the CPU has to itself as long as it does not move on. */
  private isKept(future: Future, { reads, writes }: Footprints, cpu: number): boolean {
    const kept = this.keptFor(cpu);
    if (kept === undefined) return false;
    const { met } = this;
    for (let word = 0; word < met.length; word += 1) {
      const read = reads[word] as number;
      const written = writes[word] as number;
      const others = (future.writes[word] as number) & (read | written);
      const meeting = others | ((future.reads[word] as number) & written);
      const lives = (kept.lives[word] as number) & ~written;
      if ((meeting & ~((kept.words[word] as number) | lives)) !== 0) return false;
      met[word] = meeting;
    }
    this.holdings.rely(cpu, this.situations[cpu] as number, kept, met);
    return true;
  }

  private keptFor(cpu: number): Kept | undefined {
    if (this.kept[cpu] === null) this.kept[cpu] = this.holdings.kept(cpu, this.situations);
    return this.kept[cpu] ?? undefined;
  }

  /** Turns to the packed state at `from`. */
  private turnTo(words: Uint32Array, from: number, standings: readonly Standing[]): void {
    this.locks.held(words, from, this.held);
    this.kept.fill(null);
    this.free.fill(undefined);
    for (let cpu = 0; cpu < this.cpus; cpu += 1)
      this.situations[cpu] = (standings[cpu] as Standing).situation;
  }

  /** Finds what each CPU outside a set may do before one in it moves; nothing for those that cannot go on until then. */
  private lookOutside(set: number, standings: readonly Standing[]): void {
    let kept = 0;
    for (let cpu = 0; cpu < this.cpus; cpu += 1)
      if ((set & (1 << cpu)) !== 0) kept |= this.held[cpu] as number;
    if (this.rules.discipline) kept &= ~this.points.undisciplined;
    for (;;) {
      this.goOn(set, standings, kept);
      const broken = this.rules.discipline ? this.broken(kept) : 0;
      if (broken === 0) return;
      kept &= ~broken;
    }
  }

  /** Locks that somebody outside may store to though they are held. */
  private broken(kept: number): number {
    let broken = 0;
    for (let rest = kept; rest !== 0; rest &= rest - 1) {
      const lock = 31 - Math.clz32(rest & -rest);
      const { mask } = this.locks.cells[lock] as LockCell;
      for (const future of this.outside)
        if (future !== undefined && meets(future.writes, mask)) broken |= 1 << lock;
    }
    return broken;
  }

  private futureOf(cpu: number, at: number, kept: number): Future {
    if (kept !== 0) return this.futures.of(cpu, at, kept);
    // Asked again and again of one state.
    const known = this.free[cpu] ?? this.futures.of(cpu, at, 0);
    this.free[cpu] = known;
    return known;
  }

  private isWoken({ reads }: Effect): boolean {
    for (let cpu = 0; cpu < this.cpus; cpu += 1) {
      const other = this.outside[cpu];
      if (other !== undefined && meets(other.writes, reads)) return true;
    }
    return false;
  }

  /** Those that can move do; then those that they may wake. */
  private goOn(set: number, standings: readonly Standing[], kept: number): void {
    const { outside } = this;
    outside.fill(undefined);
    for (let cpu = 0; cpu < this.cpus; cpu += 1) {
      if ((set & (1 << cpu)) !== 0) continue;
      const { moves, refuses, tells, at } = standings[cpu] as Standing;
      if (moves > 0 || refuses || tells) outside[cpu] = this.futureOf(cpu, at, kept);
    }
    for (let isMore = true; isMore; ) {
      isMore = false;
      for (let cpu = 0; cpu < this.cpus; cpu += 1) {
        if ((set & (1 << cpu)) !== 0 || outside[cpu] !== undefined) continue;
        const { effect, at } = standings[cpu] as Standing;
        if (!this.isWoken(effect)) continue;
        outside[cpu] = this.futureOf(cpu, at, kept);
        isMore = true;
      }
    }
  }
}

/** Whether one stores to what the other touches. */
function interfere(future: Footprints, { reads, writes }: Footprints): boolean {
  for (let word = 0; word < writes.length; word += 1) {
    const written = writes[word] as number;
    const touched = (reads[word] as number) | written;
    const others = (future.writes[word] as number) & touched;
    if ((others | ((future.reads[word] as number) & written)) !== 0) return true;
  }
  return false;
}
