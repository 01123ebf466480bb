/**
 * What a search over canonical forms has noted beside states, spread to all that the forms stand for: locks that are taken inside one
 * another, and who has touched which word under which lock. Without that, an order seen of page[0] and page[1] would never meet the
 * other one, which is seen of them too.
 */
import type { Search } from '../search.ts';
import type { Symmetry } from '../symmetry/symmetry.ts';
import { imageOf } from './exchange.ts';

/** Adds the images of what was noted, until all are there. To be called before anything is decided. */
export function spreadNotes({ engine, discipline, lockdep }: Search, symmetry: Symmetry): void {
  const { locks } = engine.compiled.layout;
  const numbers = new Map(locks.map(({ cell }, lock) => [cell, lock]));
  const cpus = symmetry.of.places.domainOf('cpu');
  const exchanges = symmetry.swaps.map(({ maps, cells }) => {
    const images = locks.map(({ cell }) => numbers.get(cells[cell] as number) as number);
    return { cells, images, map: maps[cpus] };
  });
  lockdep.spread(exchanges.map(({ images }) => images));
  discipline.spread(
    exchanges.map(({ cells, images, map }) => ({
      cells,
      locks: (set) => imageOf(set, images),
      cpus: (set) => (map === undefined ? set : imageOf(set, [...map])),
    })),
  );
}
