/** What an exchange of two CPUs or objects makes of what is known of points. */
import type { CompiledMachine } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { addByte, emptyMask, type Mask } from '../masks.ts';
import type { Symmetry } from '../symmetry/symmetry.ts';
import { Locks } from './locks.ts';
import type { Place } from './points.ts';

export interface Exchange {
  place(of: Place): Place;
  /** At least the image: where a byte names things, all of its bits. */
  mask(of: Mask): Mask;
  locks(of: number): number;
}

/** What `Symmetry.swaps` make of it; all others are made of these. */
export function exchangesOf(
  symmetry: Symmetry,
  compiled: CompiledMachine,
  packing: Packing,
): readonly Exchange[] {
  const locks = new Locks(compiled, packing);
  return symmetry.swaps.map((by) => {
    const { bytes } = by;
    const images = locks.cells.map(({ offset }) => locks.at(bytes[offset] as number));
    return {
      place: (place) => ({ ...place, cpu: symmetry.cpuUnder(by, place.cpu) }),
      mask: (mask) => {
        const image = emptyMask(packing);
        const words = new Uint32Array(mask.buffer);
        image[packing.width] = mask[packing.width] as number;
        for (let at = 0; at < packing.bytes; at += 1) {
          const bits = packing.byteAt(words, 0, at);
          if (bits === 0) continue;
          addByte(image, packing, bytes[at] as number, symmetry.bitsOf(at, bits));
        }
        return image;
      },
      locks: (set) => imageOf(set, images),
    };
  });
}

/** The image of a set, given that of each bit; bits beyond those stay as they are. */
export function imageOf(set: number, images: readonly number[]): number {
  let image = set;
  for (const bit of images.keys()) image &= ~(1 << bit);
  for (const [bit, to] of images.entries()) if ((set & (1 << bit)) !== 0) image |= 1 << to;
  return image;
}
