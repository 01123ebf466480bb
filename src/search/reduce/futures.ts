/** What a CPU may still do, as long as some locks stay held by others: the footprints of all points it can get to. */
import type { CompiledCpu, CompiledMachine } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { type CounterPlace, Counters } from '../counters.ts';
import { add, emptyMask, type Mask } from '../masks.ts';
import type { Footprints } from './effects.ts';
import type { Locks } from './locks.ts';
import type { Point, Points } from './points.ts';
import type { Rules } from './rules.ts';

export type Future = Footprints;

export class Futures {
  private readonly points: Points;
  private readonly locks: Locks;
  private readonly rules: Rules;
  private readonly packing: Packing;
  private readonly cpus: readonly CompiledCpu[];
  private readonly counters: Counters;
  /** By CPU: by where it stands, by the locks that others hold. */
  private readonly known: readonly Map<number, Map<number, Future>>[];

  constructor(
    compiled: CompiledMachine,
    packing: Packing,
    points: Points,
    locks: Locks,
    rules: Rules,
  ) {
    this.points = points;
    this.locks = locks;
    this.rules = rules;
    this.packing = packing;
    this.cpus = compiled.cpus;
    this.known = compiled.cpus.map(() => new Map());
    this.counters = new Counters(compiled, packing);
  }

  /** Where the contexts of a CPU stand in a packed state, as one number. */
  standing(words: Uint32Array, from: number, cpu: number): number {
    return this.counters.standing(words, from, cpu);
  }

  /** Which contexts of a CPU are at rest where it stands so, a bit each. */
  resting(cpu: number, standing: number): number {
    let resting = 0;
    let rest = standing;
    for (const { slot } of [...(this.counters.of[cpu] as readonly CounterPlace[])].reverse()) {
      const { isRest } = this.points.at(cpu, slot.level, rest % slot.loadedAt.length);
      if (isRest) resting |= 1 << slot.level;
      rest = Math.floor(rest / slot.loadedAt.length);
    }
    return resting;
  }

  /** What a CPU that stands so may do while others hold `locks`. */
  of(cpu: number, standing: number, locks: number): Future {
    const known = this.known[cpu] as Map<number, Map<number, Future>>;
    let byLocks = known.get(standing);
    if (byLocks === undefined) {
      byLocks = new Map();
      known.set(standing, byLocks);
    }
    let future = byLocks.get(locks);
    if (future === undefined) {
      future = this.reach(cpu, standing, locks);
      byLocks.set(locks, future);
    }
    return future;
  }

  private reach(cpu: number, standing: number, locks: number): Future {
    const future = { reads: emptyMask(this.packing), writes: emptyMask(this.packing) };
    const isWorker = this.cpus[cpu]?.kind === 'kworker';
    let rest = standing;
    for (const { slot } of [...(this.counters.of[cpu] as readonly CounterPlace[])].reverse()) {
      const counter = rest % slot.loadedAt.length;
      rest = Math.floor(rest / slot.loadedAt.length);
      const starts = slot.level > 0 ? this.rules.callbacks : isWorker;
      if (counter !== 0 || starts) this.walk(cpu, slot.level, counter, starts, locks, future);
    }
    return { ...future, seenBy: this.points.seenBy(future.writes) };
  }

  /** Adds all points from a counter on; also those from the start of the context where it may start anew. */
  private walk(
    cpu: number,
    level: number,
    counter: number,
    starts: boolean,
    locks: number,
    future: { readonly reads: Mask; readonly writes: Mask },
  ): void {
    const seen = new Set(starts ? [0, counter] : [counter]);
    for (const at of seen) {
      if (at === 0 && !starts) continue;
      const point = this.points.at(cpu, level, at);
      if (this.isKeptOut(point, locks)) {
        for (let word = 0; word < this.packing.width; word += 1) {
          const others = (point.reads[word] as number) & ~(this.locks.mask[word] as number);
          future.reads[word] = (future.reads[word] as number) | others;
        }
        continue;
      }
      add(future.reads, point.reads);
      add(future.writes, point.writes);
      for (const next of point.next) seen.add(next);
    }
  }

  private isKeptOut(point: Point, locks: number): boolean {
    const taken = point.locks;
    return point.takesLock && taken !== 0 && (taken & locks) === taken;
  }
}
