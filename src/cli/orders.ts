/** In which order a search visits states: `--order`, `--preemptions`, and what random walks need. */
import { HeddleError } from '../design/errors.ts';
import type { Order } from '../search/orders/order.ts';
import { parseCount, parseWhole } from './flags.ts';

/** The flags of `check` that choose an order, as typed. */
export interface OrderFlags {
  readonly order?: 'bfs' | 'dfs' | 'random';
  readonly preemptions?: string;
  readonly walk?: 'uniform' | 'pct';
  readonly walks?: string;
  readonly seed?: string;
  readonly bugDepth?: string;
}

const FOR_WALKS = [
  ['walk', '--walk'],
  ['walks', '--walks'],
  ['seed', '--seed'],
  ['bugDepth', '--bug-depth'],
] as const;

/**
 * The order that flags ask for; undefined for breadth-first.
 * @throws HeddleError `bad-flag` for flags that do not go together: the one that nobody looks at would be missed.
 */
export function orderOf(flags: OrderFlags): Order | undefined {
  const { order, preemptions } = flags;
  if (order !== 'random') {
    const idle = FOR_WALKS.find(([key]) => flags[key] !== undefined);
    if (idle !== undefined) throw refused(`${idle[1]} is for --order random`);
  }
  if (preemptions !== undefined) {
    if (order !== undefined) throw refused(`--preemptions is an order by itself, beside --order`);
    return { name: 'preemptions', most: parseWhole('--preemptions', preemptions) };
  }
  if (order === 'dfs') return { name: 'dfs' };
  return order === 'random' ? randomOrder(flags) : undefined;
}

function randomOrder({ walk = 'uniform', walks, seed, bugDepth }: OrderFlags): Order {
  if (bugDepth !== undefined && walk !== 'pct') throw refused('--bug-depth is for --walk pct');
  return {
    name: 'random',
    walk,
    seed: seed === undefined ? 1 : parseWhole('--seed', seed, 2 ** 31 - 1),
    ...(walks === undefined ? {} : { walks: parseCount('--walks', walks) }),
    ...(bugDepth === undefined ? {} : { bugDepth: parseCount('--bug-depth', bugDepth) }),
  };
}

function refused(fact: string): HeddleError {
  return new HeddleError('bad-flag', fact);
}
