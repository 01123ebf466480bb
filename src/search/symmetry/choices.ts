/** Permutations to try: all that differ in what they do with some things, or a fair choice of them. */
import { Chance } from '../orders/chance.ts';
import type { Permutation } from './permutation.ts';
import type { Symmetry } from './symmetry.ts';

const SEED = 1;

/** Permutations to try, and whether there are no others that matter. */
export interface Choices {
  readonly permutations: readonly Permutation[];
  readonly areAll: boolean;
}

/**
 * One permutation for each way to place the things that are `involved`; where there are more than `most`, exchanges of two of them with
 * each other or with the first of the rest, and others at random, the same every time.
 */
export function permutationsOn(symmetry: Symmetry, involved: Uint8Array, most: number): Choices {
  const placed = symmetry.members.map((members) =>
    members.filter((thing) => involved[thing] === 1),
  );
  const ways = placed.reduce((product, { length }, group) => {
    const size = symmetry.members[group]?.length ?? 0;
    return product * waysToPlace(length, size);
  }, 1);
  const areAll = ways <= most;
  return { permutations: areAll ? all(symmetry, placed) : some(symmetry, placed, most), areAll };
}

function waysToPlace(things: number, size: number): number {
  return things === 0 ? 1 : size * waysToPlace(things - 1, size - 1);
}

function all(symmetry: Symmetry, placed: readonly (readonly number[])[]): readonly Permutation[] {
  let partial: readonly (readonly number[])[] = [[]];
  for (const [group, things] of placed.entries()) {
    const members = symmetry.members[group] as readonly number[];
    const ways = placements(things.length, members).map((places) =>
      complete(members, things, places),
    );
    partial = partial.flatMap((before) => ways.map((way) => [...before, ...way]));
  }
  return partial.map((things) => symmetry.permutation(things));
}

/** Every way to put `count` things at different places. */
function placements(count: number, places: readonly number[]): readonly (readonly number[])[] {
  if (count === 0) return [[]];
  return places.flatMap((place) => {
    const rest = places.filter((other) => other !== place);
    return placements(count - 1, rest).map((others) => [place, ...others]);
  });
}

/** Where each member goes: `things` to `places`, the others in order to what is left. */
function complete(
  members: readonly number[],
  things: readonly number[],
  places: readonly number[],
): readonly number[] {
  const left = members.filter((member) => !places.includes(member));
  return members.map((member) => {
    const at = things.indexOf(member);
    return (at === -1 ? left.shift() : places[at]) as number;
  });
}

function some(
  symmetry: Symmetry,
  placed: readonly (readonly number[])[],
  most: number,
): readonly Permutation[] {
  const chosen: Permutation[] = [];
  for (const [group, members] of symmetry.members.entries()) {
    const things = placed[group] as readonly number[];
    const rest = members.find((member) => !things.includes(member));
    const among = rest === undefined ? things : [...things, rest];
    for (const [at, one] of among.entries())
      for (const other of among.slice(at + 1)) chosen.push(symmetry.swap(one, other));
  }
  const chance = new Chance(SEED);
  while (chosen.length < most) {
    const things = symmetry.members.flatMap((members) =>
      chance.permutation(members.length).map((at) => members[at] as number),
    );
    chosen.push(symmetry.permutation(things));
  }
  return chosen;
}
