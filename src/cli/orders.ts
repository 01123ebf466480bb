/** In which order a search visits states: `--order`. */
import type { Order } from '../search/orders/order.ts';

/** The flags of `check` that choose an order, as typed. */
export interface OrderFlags {
  readonly order?: 'bfs' | 'dfs';
}

/** The order that flags ask for; undefined for breadth-first. */
export function orderOf({ order }: OrderFlags): Order | undefined {
  return order === 'dfs' ? { name: 'dfs' } : undefined;
}
