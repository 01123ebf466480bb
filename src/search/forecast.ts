/** The time to come, from the recent past: how fast a search goes, when it ends while its levels shrink, which limit it meets first. */
import type { Bounds } from '../design/check.ts';

export interface Reading {
  readonly seconds: number;
  readonly states: number;
  readonly expanded: number;
  readonly memoryBytes: number;
}

export interface Level {
  /** States of this level and of the one before; 0 where there are no levels. */
  readonly frontier: number;
  readonly lastFrontier: number;
  /** States of this level that are expanded. */
  readonly done: number;
}

export interface Forecast {
  /** New states a second, over the last ten seconds. */
  readonly rate: number;
  /** Seconds to the end, only while the levels shrink. */
  readonly secondsLeft?: number;
  /** The limit that ends the search first if it goes on like this; absent where it ends before. */
  readonly limit?: { readonly bound: LimitAhead; readonly seconds: number };
}

export type LimitAhead = 'maxStates' | 'timeLimit' | 'memoryLimit';

/** Seconds between two readings that are kept, and how many are. */
const KEEP_EVERY = 1;
const KEPT = 10;
/** Seconds over which memory is watched before anything is said of it: it is taken in pieces. */
const MEMORY_WATCHED = 3;

export class Forecaster {
  private readonly kept: Reading[] = [{ seconds: 0, states: 0, expanded: 0, memoryBytes: 0 }];

  /** `bounds` are those that hold now. */
  next(now: Reading, level: Level, bounds: Bounds): Forecast {
    const since = this.kept[0] as Reading;
    const seconds = now.seconds - since.seconds;
    const rate = seconds > 0 ? (now.states - since.states) / seconds : 0;
    const secondsLeft = timeLeft(now, since, level);
    const [first] = [
      { bound: 'maxStates' as const, seconds: until(bounds.maxStates, now.states, rate) },
      { bound: 'memoryLimit' as const, seconds: this.untilFull(now, bounds.memoryLimitBytes) },
      { bound: 'timeLimit' as const, seconds: (bounds.timeLimitMs ?? NEVER) / 1000 - now.seconds },
    ].sort((one, other) => one.seconds - other.seconds);
    this.keep(now);
    return {
      rate: Math.round(rate),
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
      ...(first === undefined || first.seconds >= (secondsLeft ?? NEVER)
        ? {}
        : { limit: { bound: first.bound, seconds: Math.max(0, first.seconds) } }),
    };
  }

  private untilFull(now: Reading, limit: number | undefined): number {
    const since = this.kept.find(({ memoryBytes }) => memoryBytes > 0);
    const seconds = since === undefined ? 0 : now.seconds - since.seconds;
    if (since === undefined || seconds < MEMORY_WATCHED) return NEVER;
    return until(limit, now.memoryBytes, (now.memoryBytes - since.memoryBytes) / seconds);
  }

  private keep(now: Reading): void {
    if (now.seconds - (this.kept.at(-1) as Reading).seconds < KEEP_EVERY) return;
    this.kept.push(now);
    if (this.kept.length > KEPT) this.kept.shift();
  }
}

const NEVER = Number.POSITIVE_INFINITY;

function until(limit: number | undefined, now: number, rate: number): number {
  return limit === undefined || rate <= 0 ? NEVER : (limit - now) / rate;
}

/** Levels that shrink are taken for a geometric series. */
function timeLeft(now: Reading, since: Reading, level: Level): number | undefined {
  const { frontier, lastFrontier, done } = level;
  if (frontier === 0 || frontier >= lastFrontier) return undefined;
  const rate = (now.expanded - since.expanded) / (now.seconds - since.seconds);
  const left = frontier / (1 - frontier / lastFrontier) - done;
  return rate > 0 ? Math.max(0, left / rate) : undefined;
}
