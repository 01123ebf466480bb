/**
 * What a search over canonical forms has noted beside states, spread to all that the forms stand for: locks that are taken inside one
 * another, and who has touched which word under which lock. Without that, an order seen of page[0] and page[1] would never meet the
 * other one, which is seen of them too.
 */
import { SHORTAGES } from '../learned.ts';
import type { Search } from '../search.ts';
import type { Symmetry } from '../symmetry/symmetry.ts';

/** Adds the images of what was noted, until all are there. To be called before anything is decided. */
export function spreadNotes({ engine, discipline, lockdep }: Search, symmetry: Symmetry): void {
  const { places } = symmetry.of;
  const { locks } = engine.compiled.layout;
  const numbers = new Map(locks.map(({ cell }, lock) => [cell, lock]));
  const cpus = places.domainOf('cpu');
  const pairs = symmetry.members.flatMap((members) =>
    members.slice(1).map((other, at) => [members[at] as number, other] as const),
  );
  const exchanges = pairs.map(([one, other]) => {
    const { maps } = symmetry.swap(one, other);
    const cells = places.imagesOf(maps);
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

/** Counts allocations that find no object where they are looked at, not where they are made: that there are any is what is told. */
export function noteShortages({ engine, successors }: Search): void {
  const { moves, onRecord } = successors;
  successors.onRecord = (cpu, record) => {
    engine.heap.refused += moves.records[record + SHORTAGES] as number;
    onRecord?.(cpu, record);
  };
}

/** Bits beyond those that have an image stay as they are. */
function imageOf(set: number, images: readonly number[]): number {
  let image = set;
  for (const bit of images.keys()) image &= ~(1 << bit);
  for (const [bit, to] of images.entries()) if ((set & (1 << bit)) !== 0) image |= 1 << to;
  return image;
}
