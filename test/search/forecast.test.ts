import { describe, expect, test } from 'vitest';
import { Forecaster, type Level } from '../../src/search/forecast.ts';

const MEBIBYTE = 2 ** 20;
const growing: Level = { frontier: 20, lastFrontier: 10, done: 0 };

/** What is said after so many seconds of a thousand states and a mebibyte each. */
function saidAfter(seconds: number, level: Level, bounds = {}) {
  const forecaster = new Forecaster();
  for (let now = 1; ; now += 1) {
    const counts = { states: now * 1000, expanded: now * 500, memoryBytes: now * MEBIBYTE };
    const forecast = forecaster.next({ seconds: now, ...counts }, level, bounds);
    if (now === seconds) return forecast;
  }
}

describe('what progress says of the time to come', () => {
  test('the rate is that of the last ten seconds', () => {
    const forecaster = new Forecaster();
    let states = 0;
    let rate = 0;
    for (let seconds = 1; seconds <= 40; seconds += 1) {
      states += seconds <= 20 ? 1000 : 100;
      const now = { seconds, states, expanded: states, memoryBytes: 0 };
      rate = forecaster.next(now, growing, {}).rate;
      if (seconds === 20) expect(rate).toBe(1000);
    }
    expect(rate).toBe(100);
  });

  test('nothing of an end while the levels grow', () => {
    expect(saidAfter(5, growing)).toEqual({ rate: 1000 });
    expect(saidAfter(5, { frontier: 20, lastFrontier: 0, done: 0 })).toEqual({ rate: 1000 });
  });

  test('the end of levels that shrink, as a series', () => {
    // 4,000 + 2,000 + 1,000 + ... states at 500 a second, of which 1,000 are done.
    const level = { frontier: 4000, lastFrontier: 8000, done: 1000 };
    expect(saidAfter(5, level)).toEqual({ rate: 1000, secondsLeft: 14 });
  });

  test('the limit that is met first', () => {
    const maxStates = 25_000;
    expect(saidAfter(5, growing, { maxStates }).limit).toEqual({ bound: 'maxStates', seconds: 20 });
    const memoryLimitBytes = 15 * MEBIBYTE;
    expect(saidAfter(5, growing, { maxStates, memoryLimitBytes }).limit).toEqual({
      bound: 'memoryLimit',
      seconds: 10,
    });
    const all = { maxStates, memoryLimitBytes, timeLimitMs: 8000 };
    expect(saidAfter(5, growing, all).limit).toEqual({ bound: 'timeLimit', seconds: 3 });
  });

  test('no limit where the end comes first, and none of memory that was hardly watched', () => {
    const level = { frontier: 4000, lastFrontier: 8000, done: 1000 };
    expect(saidAfter(5, level, { maxStates: 25_000 }).limit).toBeUndefined();
    expect(saidAfter(2, growing, { memoryLimitBytes: 15 * MEBIBYTE }).limit).toBeUndefined();
  });
});
