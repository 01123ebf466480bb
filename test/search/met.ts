/** What the random programs of a test had, and in how many of them: so that none of it is tested on nothing. */
import type { Verdict } from 'heddle';
import { expect } from 'vitest';

export class Met {
  private readonly times = new Map<string, number>();

  /** Counts a program where `times` is not 0 or false. */
  count(what: string, times: number | boolean): void {
    this.times.set(what, (this.times.get(what) ?? 0) + (Number(times) > 0 ? 1 : 0));
  }

  /** Counts what a search has ended with. */
  ended(verdict: Omit<Verdict, 'seconds'>): void {
    this.count('whole', verdict.complete);
    this.count('cut', verdict.stopped !== undefined);
    this.count('refused allocations', verdict.allocationsRefused);
    for (const { id, kind, verdict: is } of verdict.properties) {
      this.count(`${kind} ${is}`, true);
      if (is === 'violated') this.count(id, true);
    }
  }

  /** Fails where some of it was never there; shows it where somebody looks longer. */
  expectAll(): void {
    if (process.env.HEDDLE_RUNS !== undefined) console.table(Object.fromEntries(this.times));
    for (const [what, times] of this.times) expect(times, what).toBeGreaterThan(0);
  }
}
