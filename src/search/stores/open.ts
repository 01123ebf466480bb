/** The visited states of a search, kept as was chosen. */
import type { Packing } from '../../machine/packing.ts';
import type { Memory } from '../memory.ts';
import { Store } from '../store.ts';
import { Visited } from '../visited.ts';
import { Bits } from './bits.ts';
import type { StoreChoice } from './choice.ts';
import { Fingerprints } from './fingerprints.ts';
import { TreeStore } from './tree.ts';

/** In memory that another thread may have taken; what keeps no whole states is for one thread alone. */
export function visitedOf(packing: Packing, memory: Memory, store: StoreChoice): Visited {
  const { width } = packing;
  switch (store.name) {
    case 'plain':
      return new Visited(packing, memory, new Store(width, memory));
    case 'tree':
      return new Visited(packing, memory, new TreeStore(width, memory));
    case 'fingerprint':
      return new Fingerprints(packing, store.parents);
    case 'bitstate':
      return new Bits(packing, store.bits, store.parents);
  }
}
