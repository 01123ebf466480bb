/** What an exchange of two CPUs or objects makes of what is known of points. */
import type { CompiledMachine } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { NOTHING } from '../symmetry/fields.ts';
import type { Symmetry } from '../symmetry/symmetry.ts';
import { Locks } from './locks.ts';
import { addByte, emptyMask, type Mask } from './masks.ts';
import type { Place } from './points.ts';

export interface Exchange {
  place(of: Place): Place;
  /** At least the image: where a byte names things, all of its bits. */
  mask(of: Mask): Mask;
  locks(of: number): number;
}

/** Exchanges of neighbours: all others are made of them. */
export function exchangesOf(
  symmetry: Symmetry,
  compiled: CompiledMachine,
  packing: Packing,
): readonly Exchange[] {
  const locks = new Locks(compiled, packing);
  const pairs = symmetry.members.flatMap((members) =>
    members.slice(1).map((other, at) => [members[at] as number, other] as const),
  );
  const cpus = symmetry.of.places.domainOf('cpu');
  return pairs.map(([one, other]) => {
    const { maps, bytes } = symmetry.swap(one, other);
    return {
      place: (place) => ({ ...place, cpu: maps[cpus]?.[place.cpu] ?? place.cpu }),
      mask: (mask) => {
        const image = emptyMask(packing);
        image[packing.width] = mask[packing.width] as number;
        for (let at = 0; at < packing.bytes; at += 1) {
          const word = mask[packing.word[at] as number] as number;
          const bits = (word >>> (packing.shift[at] as number)) & (packing.mask[at] as number);
          if (bits === 0) continue;
          const isPlain = symmetry.of.at[at] === NOTHING;
          addByte(image, packing, bytes[at] as number, isPlain ? bits : 0xff);
        }
        return image;
      },
      locks: (set) => {
        let image = 0;
        for (const [lock, { offset }] of locks.cells.entries()) {
          if ((set & (1 << lock)) === 0) continue;
          image |= 1 << locks.at(bytes[offset] as number);
        }
        return image;
      },
    };
  });
}
