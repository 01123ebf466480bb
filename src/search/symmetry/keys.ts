/**
 * Keys of what may be exchanged, by which it is sorted: the same for a thing and for its image under every permutation. Hashes, so
 * two things that differ may have one key: that costs time, and tells no state from its image.
 */
import type { Packing } from '../../machine/packing.ts';
import type { FieldsOf } from './fields.ts';
import type { Group } from './groups.ts';
import type { Named } from './named.ts';
import type { Permutation } from './permutation.ts';

/** What belongs to a thing alone and moves as it is: words, bits and distances, the same number for all things of a group. */
interface Content {
  readonly chunks: number;
  /** By chunk: the word, its bits once shifted down, and how far they are. */
  readonly at: Int32Array;
}

export class Keys {
  /** By thing. */
  readonly keys: Int32Array;
  private readonly before: Int32Array;
  private readonly contents: readonly Content[];
  private readonly seeds: Int32Array;
  /** By thing: whether a name was found that leads to it, or that it holds. */
  private readonly isNamed: Uint8Array;
  /** Whether something that belongs to several things moves as it is. */
  private readonly sharesContent: boolean;
  private readonly kindOf: Int32Array;
  /** By field: the first thing it belongs to and the second, or -1. */
  private readonly owner: Int32Array;
  private readonly second: Int32Array;
  /** By field: the least of its orbit. */
  private readonly place: Int32Array;
  private readonly names: readonly Names[];

  /** `swaps` are permutations that make all others when one is applied after the other; `swapOf` gives one of two things. */
  constructor(
    of: FieldsOf,
    packing: Packing,
    groups: readonly Group[],
    swaps: readonly Permutation[],
    swapOf: (one: number, other: number) => Permutation,
  ) {
    const { places, fields, kinds, plain } = of;
    const { things } = places;
    this.keys = new Int32Array(things.length);
    this.before = new Int32Array(things.length);
    this.isNamed = new Uint8Array(things.length);
    this.seeds = Int32Array.from(things, ({ group }) => Math.imul(group + 1, 0x9e3779b1));
    this.sharesContent = plain.some(({ cell }) => places.ownersOf(cell).length > 1);
    this.kindOf = Int32Array.from(fields, ({ kind }) => kind);
    this.owner = Int32Array.from(fields, ({ owners }) => owners[0] ?? -1);
    this.second = Int32Array.from(fields, ({ owners }) => owners[1] ?? -1);
    this.place = orbits(
      fields.length,
      swaps.map((swap) => swap.fields),
    );
    this.names = kinds.kinds.map(({ size, form, names }, kind) => ({
      isSet: form === 'set',
      least: orbits(
        size,
        swaps.map(({ codes }) => codes[kind] as Int32Array),
      ),
      first: Int32Array.from(names, (one) => one[0] ?? -1),
      second: Int32Array.from(names, (one) => one[1] ?? -1),
    }));
    this.contents = groups.flatMap((_, group) => {
      const members = [...things.keys()].filter((thing) => things[thing]?.group === group);
      return contentsOf(of, packing, members, swapOf);
    });
  }

  /** Of the things in the state that was read, which starts at `from`: by what moves as it is. */
  compute(words: Uint32Array, from: number): void {
    const { keys, contents, seeds } = this;
    for (let thing = 0; thing < keys.length; thing += 1) {
      const { chunks, at } = contents[thing] as Content;
      let key = seeds[thing] as number;
      for (let chunk = 0; chunk < chunks * 3; chunk += 3) {
        const word = words[from + (at[chunk] as number)] as number;
        key = Math.imul(
          key ^ ((word >>> (at[chunk + 2] as number)) & (at[chunk + 1] as number)),
          0x85ebca6b,
        );
        key ^= key >>> 15;
      }
      keys[thing] = key;
    }
  }

  /** Takes in what things name and who names them, with the keys that these had before. */
  refine(named: Named): void {
    const { before, keys, names, kindOf, place, isNamed } = this;
    before.set(keys);
    isNamed.fill(0);
    for (let at = 0; at < named.count; at += 1) {
      const field = named.fields[at] as number;
      const code = named.codes[at] as number;
      const kind = names[kindOf[field] as number];
      const where = place[field] as number;
      if (kind === undefined) this.link(field, mix(where, code), -1, -1);
      else if (!kind.isSet) this.linkName(field, where, kind, code);
      else {
        for (let rest = code; rest !== 0; rest &= rest - 1)
          this.linkName(field, where, kind, 31 - Math.clz32(rest & -rest));
      }
    }
  }

  private linkName(field: number, place: number, kind: Names, code: number): void {
    const what = mix(place, kind.least[code] as number);
    this.link(field, what, kind.first[code] as number, kind.second[code] as number);
  }

  private link(field: number, what: number, target: number, secondTarget: number): void {
    const owner = this.owner[field] as number;
    const secondOwner = this.second[field] as number;
    if (owner !== -1) {
      const { before } = this;
      const other = owner === target ? 1 : target === -1 ? 2 : (before[target] as number);
      this.add(owner, mix(what, other));
    }
    if (target !== -1 && target !== owner) {
      const other = owner === -1 ? 3 : (this.before[owner] as number);
      this.add(target, mix(what ^ 0x5bd1e995, other));
    }
    // A word of an object that is one of a CPU's: told to the CPU as well.
    if (secondOwner !== -1) this.add(secondOwner, mix(what, 4));
    if (secondTarget !== -1) this.add(secondTarget, mix(what, 5));
  }

  private add(thing: number, what: number): void {
    this.keys[thing] = ((this.keys[thing] as number) + what) | 0;
    this.isNamed[thing] = 1;
  }

  /** Whether two things of a group, after `refine`, can be seen to differ in nothing: each is all content, and that is the same. */
  areAlike(words: Uint32Array, from: number, one: number, other: number): boolean {
    if (this.sharesContent || this.isNamed[one] === 1 || this.isNamed[other] === 1) return false;
    const { at: mine, chunks } = this.contents[one] as Content;
    const { at: others } = this.contents[other] as Content;
    for (let chunk = 0; chunk < chunks * 3; chunk += 3) {
      const here =
        (words[from + (mine[chunk] as number)] as number) >>> (mine[chunk + 2] as number);
      const there =
        (words[from + (others[chunk] as number)] as number) >>> (others[chunk + 2] as number);
      if (((here ^ there) & (mine[chunk + 1] as number)) !== 0) return false;
    }
    return true;
  }
}

/** Of a kind, by code or bit: the things it names, or -1, and the least of its orbit. */
interface Names {
  readonly isSet: boolean;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly least: Int32Array;
}

function mix(one: number, other: number): number {
  let sum = Math.imul(one ^ 0x27d4eb2f, 0x9e3779b1) ^ other;
  sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b);
  return sum ^ (sum >>> 13);
}

/** By index: the least one that some product of these permutations takes it to. */
function orbits(size: number, permutations: readonly Int32Array[]): Int32Array {
  const least = Int32Array.from({ length: size }, (_, at) => at);
  const find = (at: number): number => {
    let root = at;
    while (least[root] !== root) root = least[root] as number;
    return root;
  };
  for (const permutation of permutations) {
    for (let at = 0; at < size; at += 1) {
      const [one, other] = [find(at), find(permutation[at] as number)];
      least[Math.max(one, other)] = Math.min(one, other);
    }
  }
  return least.map((_, at) => find(at));
}

/** Of each member of a group: what belongs to it alone and moves as it is, in an order that is the same for all. */
function contentsOf(
  { places, plain }: FieldsOf,
  packing: Packing,
  members: readonly number[],
  swapOf: (one: number, other: number) => Permutation,
): Content[] {
  const [first] = members as readonly [number];
  const own = plain.filter(({ cell, offset }) => {
    const owners = places.ownersOf(cell);
    return owners.length === 1 && owners[0] === first && packing.mask[offset] !== 0;
  });
  // The byte that each member has in place of each of the first one's.
  const bytes = members.map((member) => {
    const swap = member === first ? undefined : swapOf(first, member);
    return own.map(({ offset }) => swap?.bytes[offset] ?? offset);
  });
  const starts = own.flatMap((_, at) => (at > 0 && areTogether(packing, bytes, at) ? [] : [at]));
  return bytes.map((mine) => {
    const at = starts.flatMap((start, chunk) => {
      const offset = mine[start] as number;
      const shift = packing.shift[offset] as number;
      let mask = 0;
      for (let byte = start; byte < (starts[chunk + 1] ?? own.length); byte += 1) {
        const one = mine[byte] as number;
        mask |= (packing.mask[one] as number) << ((packing.shift[one] as number) - shift);
      }
      return [packing.word[offset] as number, mask, shift];
    });
    return { chunks: starts.length, at: Int32Array.from(at) };
  });
}

/** Whether a byte follows the one before it in one word, for all members alike. */
function areTogether(packing: Packing, bytes: readonly (readonly number[])[], at: number): boolean {
  const distances = bytes.map((mine) => {
    const [before, here] = [mine[at - 1] as number, mine[at] as number];
    const isNext = packing.word[before] === packing.word[here];
    return isNext ? (packing.shift[here] as number) - (packing.shift[before] as number) : 0;
  });
  return distances.every((distance) => distance > 0 && distance === distances[0]);
}
