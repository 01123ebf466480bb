/**
 * Bounds of a search: each has a name, a unit and a default, and hitting one is INCOMPLETE. Clock
 * and memory readings are given, never taken.
 */
import type { Bounds } from '../design/check.ts';
import type { Progress, Stop } from './verdict.ts';

export const DEFAULT_MAX_STATES = 50_000_000;

/** Readings from outside, so that the search itself stays a function of its input. */
export interface Surroundings {
  /** Milliseconds since any fixed moment; a constant where absent. */
  readonly now?: () => number;
  /** Resident memory in bytes. */
  readonly memory?: () => number;
  readonly onProgress?: (progress: Omit<Progress, 'check'>) => void;
  /** Asked now and then; true ends the search as interrupted. */
  readonly shouldStop?: () => boolean;
}

interface Counts {
  readonly generated: number;
  readonly visited: { readonly count: number };
}

/** States between two looks at the clock. */
const LOOK_EVERY = 1024;
/** States that a block never adds so many of. */
const NEAR = 1 << 14;
/** Milliseconds between two reports of progress and readings of memory. */
const REPORT_EVERY_MS = 100;

export class Limits {
  stopped: Stop | undefined;
  private readonly bounds: Bounds;
  private readonly around: Surroundings;
  private readonly start: number;
  private lastReport = 0;
  private lastLook = Number.NEGATIVE_INFINITY;
  private level = 0;
  private frontier = 0;
  private lastFrontier = 0;

  constructor(bounds: Bounds, around: Surroundings) {
    this.bounds = bounds;
    this.around = around;
    this.start = around.now?.() ?? 0;
  }

  get elapsedMs(): number {
    return (this.around.now?.() ?? 0) - this.start;
  }

  /** Asked before a level is expanded; true ends the search. */
  atLevel(depth: number, frontier: number): boolean {
    this.level = depth;
    this.lastFrontier = this.frontier;
    this.frontier = frontier;
    return this.isTooDeep(depth - 1) && this.stopAtDepth();
  }

  /** For orders without levels: what progress says of them. */
  show(depth: number, frontier: number): void {
    this.level = depth;
    this.frontier = frontier;
    this.lastFrontier = 0;
  }

  /** Whether a state so many steps from an initial one lies on the last level allowed. */
  isTooDeep(steps: number): boolean {
    const { maxDepth } = this.bounds;
    return maxDepth !== undefined && steps + 1 >= maxDepth;
  }

  stopAtDepth(): true {
    return this.stop('maxDepth', `${this.bounds.maxDepth} levels`, '--max-depth');
  }

  /** Asked before a state is expanded; true ends the search. */
  atState(counts: Counts, id: number): boolean {
    const maxStates = this.bounds.maxStates ?? DEFAULT_MAX_STATES;
    if (counts.visited.count > maxStates) {
      return this.stop('maxStates', `${maxStates.toLocaleString('en-US')} states`, '--max-states');
    }
    if (id !== 0 && Math.abs(id - this.lastLook) < LOOK_EVERY) return false;
    this.lastLook = id;
    return this.look(counts);
  }

  /** Whether the bound on states may be hit within a block of states. */
  isNear(counts: Counts): boolean {
    return (this.bounds.maxStates ?? DEFAULT_MAX_STATES) - counts.visited.count < NEAR;
  }

  private look(counts: Counts): boolean {
    if (this.around.shouldStop?.() === true) return this.stop('interrupt', 'interrupted', '');
    const elapsed = this.elapsedMs;
    const { timeLimitMs, memoryLimitBytes } = this.bounds;
    if (timeLimitMs !== undefined && elapsed > timeLimitMs) {
      return this.stop('timeLimit', `${timeLimitMs / 1000} s`, '--time-limit');
    }
    if (this.around.now !== undefined && elapsed - this.lastReport < REPORT_EVERY_MS) return false;
    this.lastReport = elapsed;
    const memory = this.around.memory?.() ?? 0;
    if (memoryLimitBytes !== undefined && memory > memoryLimitBytes) {
      const mebibytes = memoryLimitBytes / 2 ** 20;
      const value =
        mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
      return this.stop('memoryLimit', value, '--memory-limit');
    }
    this.around.onProgress?.({
      states: counts.visited.count,
      generated: counts.generated,
      depth: this.level,
      frontier: this.frontier,
      lastFrontier: this.lastFrontier,
      seconds: elapsed / 1000,
      memoryBytes: memory,
    });
    return false;
  }

  stop(bound: Stop['bound'], value: string, flag: string, next?: string): true {
    this.stopped = { bound, value, flag, ...(next === undefined ? {} : { next }) };
    return true;
  }
}
