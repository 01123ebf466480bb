/**
 * Depth-first: the state met last is expanded next, its first move first. Visits the same states as breadth-first, goes deep at once, and
 * keeps only what waits.
 */
import { Column } from '../column.ts';
import type { Limits } from '../limits.ts';
import type { Search } from '../search.ts';

export class DepthFirst {
  /** Steps of the longest schedule that was followed. */
  deepest = 0;
  /** States that wait and the steps to each, in pairs. */
  private waiting = new Int32Array(1 << 10);
  private height = 0;

  /** True iff every state was expanded. */
  visit(search: Search, limits: Limits): boolean {
    const unexpanded = new Column();
    let cut = false;
    search.levelStarts[1] = search.visited.count;
    this.wait(0, search.visited.count, 0);
    while (this.height > 0) {
      const state = this.waiting[this.height - 2] as number;
      const steps = this.waiting[this.height - 1] as number;
      limits.show(steps, this.height / 2);
      if (limits.atState(search, search.expanded)) break;
      this.height -= 2;
      if (limits.isTooDeep(steps)) {
        unexpanded.set(state, 1);
        cut = true;
        continue;
      }
      this.deepest = Math.max(this.deepest, steps);
      search.level = steps;
      const before = search.visited.count;
      search.expandState(state);
      this.wait(before, search.visited.count, steps + 1);
    }
    for (let at = 0; at < this.height; at += 2) unexpanded.set(this.waiting[at] as number, 1);
    search.isExpanded = (id) => id >= unexpanded.length || unexpanded.get(id) === 0;
    if (cut && limits.stopped === undefined) limits.stopAtDepth();
    return limits.stopped === undefined;
  }

  /** The first of them on top. */
  private wait(from: number, to: number, steps: number): void {
    const height = this.height + 2 * (to - from);
    while (height > this.waiting.length) {
      const waiting = new Int32Array(this.waiting.length * 2);
      waiting.set(this.waiting);
      this.waiting = waiting;
    }
    for (let id = to - 1; id >= from; id -= 1) {
      this.waiting[this.height] = id;
      this.waiting[this.height + 1] = steps;
      this.height += 2;
    }
  }
}
