/** In which order a search visits states, and what it says of itself where that is not breadth-first. */
import { HeddleError } from '../../design/errors.ts';
import type { Limits } from '../limits.ts';
import type { Search } from '../search.ts';
import { type Shortest, shortestSchedules } from '../shortest.ts';
import type { OrderTold } from '../verdict.ts';
import { DepthFirst } from './depth-first.ts';
import { shortestAmongSeen } from './seen.ts';

/**
 * `bfs` visits states in levels (the default), `dfs` the state met last first.
 * @example explore(lostUpdate, { order: { name: 'dfs' } })
 */
export type Order = { readonly name: 'bfs' } | { readonly name: 'dfs' };

/** How an order is gone through. */
export interface Way {
  /** Visits states. True iff all of them. */
  visit(search: Search, limits: Limits): boolean;
  /** The schedule of every row that was seen violated. */
  schedules(search: Search): Shortest[];
  /** What the verdict says of the order; undefined where there is nothing to say. */
  told(complete: boolean): OrderTold | undefined;
}

/** @throws HeddleError `bad-check` for an order that does not exist. */
export function wayOf(order: Order = { name: 'bfs' }): Way {
  switch (order.name) {
    case 'bfs':
      return {
        visit: (search) => search.visitLevels(),
        schedules: (search) => shortestSchedules(search),
        told: () => undefined,
      };
    case 'dfs': {
      const depthFirst = new DepthFirst();
      return {
        visit: (search, limits) => depthFirst.visit(search, limits),
        schedules: shortestAmongSeen,
        told: (complete) => ({ name: 'dfs', deepest: depthFirst.deepest, shortest: complete }),
      };
    }
    default:
      throw new HeddleError('bad-check', `order ${JSON.stringify(order)}: there are bfs and dfs`);
  }
}
