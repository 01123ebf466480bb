/**
 * Keys of what may be exchanged, by which it is sorted: the same for a thing and for its image under every permutation. Hashes, so
 * two things that differ may have one key: that costs time, and tells no state from its image.
 */
import type { Packing } from '../../machine/packing.ts';
import type { Field, FieldsOf } from './fields.ts';
import type { Group } from './groups.ts';
import type { Named, Permutation } from './permutation.ts';

/** How often keys take in those of what is named, at most. */
const ROUNDS = 3;

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
  private readonly of: FieldsOf;
  /** Things that belong to the same orbit have the same number: fields, and codes or bits by kind. */
  private readonly fieldClass: Int32Array;
  private readonly codeClass: readonly Int32Array[];

  /** `swaps` are permutations that make all others when one is applied after the other; `swapOf` gives one of two things. */
  constructor(
    of: FieldsOf,
    packing: Packing,
    groups: readonly Group[],
    swaps: readonly Permutation[],
    swapOf: (one: number, other: number) => Permutation,
  ) {
    this.of = of;
    const { things } = of.places;
    this.keys = new Int32Array(things.length);
    this.before = new Int32Array(things.length);
    this.seeds = Int32Array.from(things, ({ group }) => Math.imul(group + 1, 0x9e3779b1));
    this.fieldClass = classes(
      of.fields.length,
      swaps.map(({ fields }) => fields),
    );
    this.codeClass = of.kinds.kinds.map((kind, index) =>
      classes(
        kind.size,
        swaps.map(({ codes }) => codes[index] as Int32Array),
      ),
    );
    const contents: Content[] = [];
    for (const group of groups.keys()) {
      const members = [...things.keys()].filter((thing) => things[thing]?.group === group);
      contents.push(...contentsOf(of, packing, members, swapOf));
    }
    this.contents = contents;
  }

  /** Of the things in the state that was read, which starts at `from`. */
  compute(words: Uint32Array, from: number): void {
    const { keys, contents } = this;
    for (let thing = 0; thing < keys.length; thing += 1) {
      const { chunks, at } = contents[thing] as Content;
      let key = this.seeds[thing] as number;
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        const word = words[from + (at[chunk * 3] as number)] as number;
        const bits = (word >>> (at[chunk * 3 + 2] as number)) & (at[chunk * 3 + 1] as number);
        key = Math.imul(key ^ bits, 0x85ebca6b);
        key ^= key >>> 15;
      }
      keys[thing] = key;
    }
  }

  /** Takes in what things name and who names them, with the keys that these had before. */
  refine(named: Named): void {
    const { before, keys } = this;
    before.set(keys);
    for (let at = 0; at < named.count; at += 1) {
      const index = named.fields[at] as number;
      const field = this.of.fields[index] as Field;
      const place = this.fieldClass[index] as number;
      const code = named.codes[at] as number;
      const kind = this.of.kinds.kinds[field.kind];
      if (kind === undefined) this.link(field, place, code, undefined);
      else if (kind.form !== 'set') this.linkCode(field, place, field.kind, code);
      else {
        for (let rest = code; rest !== 0; rest &= rest - 1)
          this.linkCode(field, place, field.kind, 31 - Math.clz32(rest & -rest));
      }
    }
  }

  private linkCode(field: Field, place: number, kind: number, code: number): void {
    const names = this.of.kinds.kinds[kind]?.names[code];
    this.link(field, place, (this.codeClass[kind] as Int32Array)[code] as number, names);
  }

  private link(
    { owners }: Field,
    place: number,
    code: number,
    names: readonly number[] | undefined,
  ): void {
    const { before, keys } = this;
    const what = mix(place, code);
    const owner = owners[0];
    const target = names?.[0];
    const isSelf = owner !== undefined && owner === target;
    if (owner !== undefined) {
      const other = isSelf ? 1 : target === undefined ? 2 : (before[target] as number);
      keys[owner] = ((keys[owner] as number) + mix(what, other)) | 0;
    }
    if (target !== undefined && !isSelf) {
      const other = owner === undefined ? 3 : (before[owner] as number);
      keys[target] = ((keys[target] as number) + mix(what ^ 0x5bd1e995, other)) | 0;
    }
    // A word of an object that is one of a CPU's: told to the CPU as well.
    const second = owners[1];
    if (second !== undefined) keys[second] = ((keys[second] as number) + mix(what, 4)) | 0;
    const named = names?.[1];
    if (named !== undefined) keys[named] = ((keys[named] as number) + mix(what, 5)) | 0;
  }

  static readonly rounds = ROUNDS;
}

function mix(one: number, other: number): number {
  let sum = Math.imul(one ^ 0x27d4eb2f, 0x9e3779b1) ^ other;
  sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b);
  return sum ^ (sum >>> 13);
}

/** By index: the least one that some product of these permutations takes it to. */
function classes(size: number, permutations: readonly Int32Array[]): Int32Array {
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
