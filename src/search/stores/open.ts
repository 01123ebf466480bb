/** The visited states of a search, kept as was chosen. */
import type { Packing } from '../../machine/packing.ts';
import type { SharedMemory } from '../memory.ts';
import { Store } from '../store.ts';
import { Visited } from '../visited.ts';
import { TreeStore } from './tree.ts';

/** In memory that another thread may have taken. */
export function visitedOf(packing: Packing, memory: SharedMemory): Visited {
  const { width } = packing;
  const isTree = memory.store.name === 'tree';
  return new Visited(
    packing,
    memory,
    isTree ? new TreeStore(width, memory) : new Store(width, memory),
  );
}
