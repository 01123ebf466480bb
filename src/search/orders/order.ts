/** In which order a search visits states, and what it says of itself where that is not breadth-first. */
import { HeddleError } from '../../design/errors.ts';
import type { Limits } from '../limits.ts';
import type { Search } from '../search.ts';
import { type Shortest, shortestSchedules } from '../shortest.ts';
import type { OrderTold } from '../verdict.ts';
import { DepthFirst } from './depth-first.ts';
import { PreemptionBounded } from './preemption-bounded.ts';
import { type RandomOrder, RandomWalks } from './random-walk.ts';
import { shortestAmongSeen } from './seen.ts';
import { shortened } from './shorten.ts';

/**
 * `bfs` visits states in levels (the default), `dfs` the state met last first; `preemptions` all schedules with at most so many
 * preemptions, those with fewer first; `random` takes random walks.
 * @example explore(lostUpdate, { order: { name: 'preemptions', most: 1 } })
 */
export type Order =
  | { readonly name: 'bfs' }
  | { readonly name: 'dfs' }
  | { readonly name: 'preemptions'; readonly most: number }
  | RandomOrder;

/** How an order is gone through. */
export interface Way {
  /** Whether the search can be kept between two states, and go on from there. */
  readonly canResume: boolean;
  /** Before the search begins. */
  prepare?(search: Search): void;
  /** Visits states. True iff all of them. */
  visit(search: Search, limits: Limits): boolean;
  /** The schedule of every row that was seen violated. */
  schedules(search: Search, complete: boolean): Shortest[];
  /** What the verdict says of the order; undefined where there is nothing to say. */
  told(): OrderTold | undefined;
}

/** @throws HeddleError `bad-check` for an order that does not exist. */
export function wayOf(order: Order = { name: 'bfs' }): Way {
  switch (order.name) {
    case 'bfs':
      return {
        canResume: true,
        visit: (search) => search.visitLevels(),
        schedules: (search) => shortestSchedules(search),
        told: () => undefined,
      };
    case 'dfs': {
      const depthFirst = new DepthFirst();
      return {
        canResume: false,
        visit: (search, limits) => depthFirst.visit(search, limits),
        schedules: (search, complete) => shortestKnown(search, complete),
        told: () => ({ name: 'dfs', deepest: depthFirst.deepest }),
      };
    }
    case 'preemptions':
      return preemptionBounded(order.most);
    case 'random':
      return randomWalks(order);
    default:
      throw new HeddleError(
        'bad-check',
        `order ${JSON.stringify(order)}: there are bfs, dfs, preemptions and random`,
      );
  }
}

function preemptionBounded(most: number): Way {
  if (!Number.isSafeInteger(most) || most < 0)
    throw new HeddleError('bad-check', `${most} preemptions: not a whole number from 0`);
  let bounded: PreemptionBounded | undefined;
  return {
    canResume: false,
    visit: (search, limits) => {
      bounded = new PreemptionBounded(search, limits, most);
      return bounded.visit();
    },
    schedules: () => bounded?.schedules() ?? [],
    told: () => ({
      name: 'preemptions',
      most,
      preemptions: bounded?.reached ?? 0,
      deepest: bounded?.deepest ?? 0,
    }),
  };
}

function randomWalks(given: RandomOrder): Way {
  const order = { walks: 1_000, bugDepth: 3, ...given };
  for (const count of [order.walks, order.bugDepth])
    if (!Number.isSafeInteger(count) || count < 1)
      throw new HeddleError('bad-check', `order random: ${count} is no whole number from 1`);
  if (order.seed !== (order.seed | 0))
    throw new HeddleError('bad-check', `seed ${order.seed}: not a 32-bit integer`);
  let walks: RandomWalks | undefined;
  return {
    canResume: false,
    visit: (search, limits) => {
      walks = new RandomWalks(search, limits, order);
      return walks.visit();
    },
    schedules: (search) => shortestKnown(search, false),
    told: () => ({
      name: 'random',
      walk: order.walk,
      seed: order.seed,
      ...(order.walk === 'pct' ? { bugDepth: order.bugDepth } : {}),
      most: order.walks,
      walks: walks?.walks ?? 0,
      walked: walks?.walked ?? 0,
      deepest: walks?.deepest ?? 0,
    }),
  };
}

/** Of a search that has not seen everything, the schedules are the shortest that can be found at little cost. */
function shortestKnown(search: Search, complete: boolean): Shortest[] {
  const found = shortestAmongSeen(search);
  return complete ? found.map((one) => ({ ...one, isShortest: true })) : shortened(search, found);
}

/** How a schedule was found, where that says how good it is. */
export function originOf(
  order: OrderTold | undefined,
  { isShortest, preemptions }: Shortest,
): string | undefined {
  if (order === undefined) return undefined;
  if (preemptions !== undefined)
    return `the fewest preemptions, ${preemptions}, and of those the fewest steps`;
  const how = order.name === 'dfs' ? 'found depth-first' : 'found by a random walk and shortened';
  return isShortest === true ? undefined : `${how}; perhaps not the shortest`;
}
