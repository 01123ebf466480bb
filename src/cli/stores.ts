/** How a search keeps states: `--store`. */
import type { StoreChoice } from '../search/stores/choice.ts';

/** The flags of `check` that choose a store, as typed. */
export interface StoreFlags {
  readonly store?: StoreChoice['name'];
}

/** The store that flags ask for; undefined for whole states. */
export function storeOf({ store }: StoreFlags): StoreChoice | undefined {
  return store === undefined ? undefined : { name: store };
}
