/**
 * Bounds of a search: each has a name, a unit and a default, and hitting one is INCOMPLETE. Clock
 * and memory readings are given, never taken.
 */
import type { Bounds } from '../design/check.ts';
import { Forecaster } from './forecast.ts';
import type { Keeper, Snapshot } from './snapshot.ts';
import type { Progress, Stop } from './verdict.ts';
import { nextWarning, WARNING_STATES, type WidestField } from './widest.ts';

export const DEFAULT_MAX_STATES = 50_000_000;

/** Readings from outside, so that the search itself stays a function of its input. */
export interface Surroundings {
  /** Milliseconds since any fixed moment; a constant where absent. */
  readonly now?: () => number;
  /** Bytes that this search takes; told how many of them wait for use, which do not count. */
  readonly memory?: (idle: number) => number;
  /** Bytes that it may take at this moment, where others take some of what there is; asked after `memory`. Default: its bound. */
  readonly memoryLimit?: () => number;
  readonly onProgress?: (progress: Omit<Progress, 'check'>) => void;
  /** Asked now and then; true ends the search as interrupted. */
  readonly shouldStop?: () => boolean;
  /** For tests: states are compressed from so many on, so many between two blocks, instead of where memory gets short. */
  readonly compress?: { readonly from: number; readonly atATime: number } | undefined;
  /** For tests: states from which on the inner loop works, default 20,000. */
  readonly quickFrom?: number | undefined;
  /** Has memory that this thread has let go given back at once; where absent, that is done at some time. */
  readonly collect?: (() => void) | undefined;
  /** Keeps the search now and then, so that it can go on later. */
  readonly keeper?: Keeper | undefined;
}

interface Counts {
  readonly generated: number;
  readonly expanded: number;
  readonly visited: { readonly count: number };
}

/** States from which on the inner loop is worth its start. */
const QUICK_STATES = 20_000;
/** Memory is short from this share of what there may be. */
const SHORT = 0.75;
const NO_LIMIT = Number.POSITIVE_INFINITY;
/** States between two looks at the clock. */
const LOOK_EVERY = 1024;
/** States that a block by one thread never adds so many of. */
const NEAR = 1 << 14;
/** Milliseconds between two reports of progress and readings of memory. */
const REPORT_EVERY_MS = 100;

export class Limits {
  stopped: Stop | undefined;
  /** Looks at the states for the field with the most values; asked once each time their number has doubled. */
  widest: (() => WidestField | undefined) | undefined;
  /** Bytes that are taken and wait for use. */
  idle: (() => number) | undefined;
  /** Whether what was found is all that is wanted; asked before each level. */
  isEnough: (() => boolean) | undefined;
  /** The search is to be kept as it stands, before it goes on or ends. */
  isDue = false;
  /** Memory gets short. */
  isShort = false;
  private readonly bounds: Bounds;
  private readonly around: Surroundings;
  private readonly start: number;
  private before = 0;
  private lastReport = 0;
  private lastLook = Number.NEGATIVE_INFINITY;
  private level = 0;
  private frontier = 0;
  private lastFrontier = 0;
  /** States expanded when this level began; -1 until that is known. */
  private levelFrom = -1;
  private readonly forecaster = new Forecaster();
  private warning = WARNING_STATES;
  private widestField: WidestField | undefined;

  /** Time counts from `start`, or from now. */
  constructor(bounds: Bounds, around: Surroundings, start = around.now?.() ?? 0) {
    this.bounds = bounds;
    this.around = around;
    this.start = start;
  }

  get quickFrom(): number {
    return this.around.quickFrom ?? QUICK_STATES;
  }

  get compress(): Surroundings['compress'] {
    return this.around.compress;
  }

  get collect(): (() => void) | undefined {
    return this.around.collect;
  }

  /** Milliseconds searched, by those who searched before too. */
  get elapsedMs(): number {
    return (this.around.now?.() ?? 0) - this.start + this.before;
  }

  spentBefore(milliseconds: number): void {
    this.before = milliseconds;
  }

  keep(snapshot: Snapshot): void {
    this.isDue = false;
    this.around.keeper?.keep(snapshot);
  }

  /** Asked before a level is expanded; true ends the search. */
  atLevel(depth: number, frontier: number): boolean {
    this.level = depth;
    this.lastFrontier = this.frontier;
    this.frontier = frontier;
    this.levelFrom = -1;
    if (this.isEnough?.() === true) return true;
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
    if (this.levelFrom === -1) this.levelFrom = counts.expanded;
    if (id !== 0 && Math.abs(id - this.lastLook) < LOOK_EVERY) return false;
    this.lastLook = id;
    return this.look(counts);
  }

  /** Whether the bound on states may be hit within a block of states. */
  isNear(counts: Counts): boolean {
    return this.roomOf(counts) < NEAR;
  }

  /** States until the bound on them. */
  roomOf(counts: Counts): number {
    return (this.bounds.maxStates ?? DEFAULT_MAX_STATES) - counts.visited.count;
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
    const memory = this.around.memory?.(this.idle?.() ?? 0) ?? 0;
    const room = this.around.memoryLimit?.() ?? NO_LIMIT;
    const limit = Math.min(room, memoryLimitBytes ?? NO_LIMIT);
    this.isShort = memory > limit * SHORT;
    if (memory > limit) return this.stopFull();
    this.around.onProgress?.(this.progress(counts, elapsed / 1000, memory, limit));
    this.isDue = this.around.keeper?.isDue() ?? false;
    return false;
  }

  /** Ends the search because there is no more memory for it. */
  stopFull(): true {
    this.stopped = fullStop(this.bounds);
    return true;
  }

  private progress(
    counts: Counts,
    seconds: number,
    memoryBytes: number,
    memoryLimitBytes: number,
  ): Omit<Progress, 'check'> {
    const { generated, expanded, visited } = counts;
    const { frontier, lastFrontier } = this;
    if (visited.count >= this.warning) {
      this.warning = nextWarning(visited.count);
      this.widestField = this.widest?.();
    }
    const forecast = this.forecaster.next(
      { seconds, states: visited.count, expanded, memoryBytes },
      { frontier, lastFrontier, done: expanded - this.levelFrom },
      { maxStates: DEFAULT_MAX_STATES, ...this.bounds, memoryLimitBytes },
    );
    return {
      states: visited.count,
      generated,
      depth: this.level,
      frontier,
      lastFrontier,
      seconds,
      memoryBytes,
      ...forecast,
      ...(this.widestField === undefined ? {} : { widestField: this.widestField }),
    };
  }

  stop(bound: Stop['bound'], value: string, flag: string, next?: string): true {
    this.stopped = { bound, value, flag, ...(next === undefined ? {} : { next }) };
    this.isDue = this.around.keeper?.isDue(this.stopped) ?? false;
    return true;
  }
}

/** What is said of a search that there is no more memory for. */
export function fullStop({ memoryLimitBytes }: Bounds): Stop {
  const value = memoryLimitBytes === undefined ? 'all the memory' : sizeOf(memoryLimitBytes);
  return { bound: 'memoryLimit', value, flag: '--memory-limit' };
}

/** What JavaScript throws where there is no memory for an array, or no room in a map. */
export function isOutOfMemory(thrown: unknown): boolean {
  return (
    thrown instanceof RangeError &&
    /^(Array buffer allocation failed|(Map|Set) maximum size exceeded)$/.test(thrown.message)
  );
}

function sizeOf(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
