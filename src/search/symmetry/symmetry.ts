/**
 * Symmetry: CPUs that run the same programs and objects of one heap have no names, so of all states that differ in nothing but who is
 * who one is enough (Ip and Dill, Better Verification through Symmetry, 1996; Clarke, Emerson, Jha and Sistla, 1998).
 *
 * Permutations are automorphisms of the moves, which equivariance.ts makes sure of; that the initial states look the same from all
 * sides is not needed: what can follow a state can follow its image, as an image.
 */
import type { CompiledMachine } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { FieldsOf, NOTHING } from './fields.ts';
import { type Group, groupsOf } from './groups.ts';
import { Keys } from './keys.ts';
import { CannotExchange } from './kinds.ts';
import { Named } from './named.ts';
import { Permutation } from './permutation.ts';

/** Words that all permutations made so far may take together; then they are forgotten and made again where needed. */
const MOST_WORDS = 1 << 24;

/** What may be exchanged in a model, and its packed states in canonical form. */
export class Symmetry {
  /** Order of the group: the most states that one canonical form stands for. */
  readonly order: number;
  readonly groups: readonly Group[];
  /** For people: 'CPU0, CPU1, CPU2'. */
  readonly orbits: readonly string[];
  readonly of: FieldsOf;
  /** By group: its things, which are numbered in order. */
  readonly members: readonly (readonly number[])[];
  readonly compiled: CompiledMachine;
  readonly packing: Packing;
  readonly named: Named;
  /** The first of each group exchanged with each other of it: all permutations are made of these. */
  readonly swaps: readonly Permutation[];
  private readonly keys: Keys;
  private readonly made = new Map<number | string, Permutation>();
  private readonly width: number;
  private readonly things: number;
  /** By place in the order: the thing that is put there. */
  private readonly sorted: Int32Array;
  /** By thing: the first one that may as well stand in its place. */
  private readonly like: Int32Array;
  private readonly used: Uint8Array;
  private readonly images: number[];
  /** The image at hand, and the least so far. */
  private image: Uint32Array;
  private least: Uint32Array;
  private hasLeast = false;
  private words: Uint32Array = new Uint32Array(0);
  private from = 0;
  /** Runs of things with one key, as first and last place. */
  private readonly runs: number[] = [];

  private constructor(compiled: CompiledMachine, packing: Packing, groups: readonly Group[]) {
    this.compiled = compiled;
    this.packing = packing;
    this.groups = groups;
    this.orbits = groups.map(({ name }) => name);
    this.order = groups.reduce((product, { members }) => product * factorial(members.length), 1);
    this.of = new FieldsOf(compiled, groups);
    this.named = new Named(this.of, packing);
    const { things } = this.of.places;
    this.members = groups.map((_, group) =>
      [...things.keys()].filter((thing) => things[thing]?.group === group),
    );
    this.width = packing.width;
    this.things = things.length;
    this.image = new Uint32Array(packing.width);
    this.least = new Uint32Array(packing.width);
    this.sorted = new Int32Array(things.length);
    this.like = new Int32Array(things.length);
    this.used = new Uint8Array(things.length);
    this.images = [...things.keys()];
    this.swaps = this.members.flatMap((members) =>
      members.slice(1).map((thing) => this.swap(members[0] as number, thing)),
    );
    this.keys = new Keys(this.of, packing, groups, this.swaps, (one, other) =>
      this.swap(one, other),
    );
  }

  /** Undefined where nothing may be exchanged. */
  static of(compiled: CompiledMachine, packing: Packing): Symmetry | undefined {
    return Symmetry.among(compiled, packing, groupsOf(compiled));
  }

  /** All but one group, named as in `orbits`; undefined where nothing is left. */
  dropping(group: string): Symmetry | undefined {
    const left = this.groups.filter(({ name }) => name !== group);
    return Symmetry.among(this.compiled, this.packing, left);
  }

  private static among(
    compiled: CompiledMachine,
    packing: Packing,
    groups: readonly Group[],
  ): Symmetry | undefined {
    if (groups.length === 0) return undefined;
    try {
      return new Symmetry(compiled, packing, groups);
    } catch (thrown) {
      if (!(thrown instanceof CannotExchange)) throw thrown;
      // One of them is told apart by the machine itself: what each of the others makes possible is tried without it.
      const fits = (group: Group): boolean =>
        groups.length > 1 && Symmetry.among(compiled, packing, [group]) !== undefined;
      return Symmetry.among(compiled, packing, groups.filter(fits));
    }
  }

  /** The permutation that takes each thing to the place of another, both numbered. */
  permutation(things: readonly number[]): Permutation {
    const rank = this.order > Number.MAX_SAFE_INTEGER ? things.join() : this.rankOf(things);
    const known = this.made.get(rank);
    if (known !== undefined) return known;
    const made = new Permutation(this.of, this.packing, [...things]);
    const words = this.of.fields.length + this.of.at.length;
    if ((this.made.size + 1) * words > MOST_WORDS) this.made.clear();
    this.made.set(rank, made);
    return made;
  }

  swap(one: number, other: number): Permutation {
    const things = this.of.places.things.map((_, thing) => thing);
    things[one] = other;
    things[other] = one;
    return this.permutation(things);
  }

  inverse(by: Permutation): Permutation {
    const things = [...by.things];
    for (const [thing, image] of by.things.entries()) things[image] = thing;
    return this.permutation(things);
  }

  /** The CPU that takes the place of one. */
  cpuUnder(by: Permutation, cpu: number): number {
    return by.maps[this.of.places.domainOf('cpu')]?.[cpu] ?? cpu;
  }

  /** Bits of a byte as they count for its images: where it names things, all of it, for which bit is another's is not asked. */
  bitsOf(offset: number, bits: number): number {
    return this.of.at[offset] === NOTHING ? bits : 0xff;
  }

  /** For people: `CPU1`, `page[0]`. */
  nameOf(thing: number): string {
    const { domain, index } = this.of.places.things[thing] as { domain: number; index: number };
    const { name } = this.of.places.domains[domain] as { name: string };
    return name === 'cpu' ? (this.compiled.cpus[index]?.name ?? '') : `${name}[${index}]`;
  }

  /** The place of a permutation among all. */
  private rankOf(things: readonly number[]): number {
    let rank = 0;
    for (const { length, 0: first } of this.members) {
      const start = first as number;
      for (let at = 0; at < length; at += 1) {
        let less = 0;
        const image = things[start + at] as number;
        for (let later = start + at + 1; later < start + length; later += 1)
          if ((things[later] as number) < image) less += 1;
        rank = rank * (length - at) + less;
      }
    }
    return rank;
  }

  /** The image of the packed state at `from`. */
  apply(words: Uint32Array, from: number, by: Permutation, into: Uint32Array): void {
    this.named.read(words, from);
    this.named.image(words, from, by, into);
  }

  /**
   * Puts the least image of the packed state at `from` that has its CPUs and objects in the order of their keys in its place. Exact:
   * equal for two states if and only if some permutation leads from one to the other.
   */
  canonicalise(words: Uint32Array, from: number): void {
    this.named.read(words, from);
    this.keys.compute(words, from);
    this.words = words;
    this.from = from;
    this.hasLeast = false;
    if (this.sort() > 0 && !this.isSettled()) {
      this.place();
      this.findLike();
      this.arrange(0, this.runs[0] as number);
    } else {
      if (this.isInOrder()) return;
      this.place();
      this.named.image(words, from, this.permutation(this.images), this.least);
    }
    words.set(this.least, from);
  }

  /** Tells things of one key apart by what they name, as far as that goes: whether their order is known then, or makes no difference. */
  private isSettled(): boolean {
    for (let tied = this.things + 1; ; ) {
      const before = tied;
      this.keys.refine(this.named);
      tied = this.sort();
      if (tied === 0 || this.areAllAlike()) return true;
      if (tied >= before) return false;
    }
  }

  private areAllAlike(): boolean {
    const { runs, sorted, words, from } = this;
    for (let run = 0; run < runs.length; run += 2) {
      const first = sorted[runs[run] as number] as number;
      for (let at = (runs[run] as number) + 1; at < (runs[run + 1] as number); at += 1)
        if (!this.keys.areAlike(words, from, first, sorted[at] as number)) return false;
    }
    return true;
  }

  /** Puts the things of each group in the order of their keys; returns how many share theirs. */
  private sort(): number {
    const { sorted, runs } = this;
    const { keys } = this.keys;
    let tied = 0;
    runs.length = 0;
    for (const { length, 0: first } of this.members) {
      const start = first as number;
      for (let at = start; at < start + length; at += 1) {
        const key = keys[at] as number;
        let to = at;
        for (; to > start && (keys[sorted[to - 1] as number] as number) > key; to -= 1)
          sorted[to] = sorted[to - 1] as number;
        sorted[to] = at;
      }
      for (let at = start + 1, run = start; at <= start + length; at += 1) {
        if (at < start + length && keys[sorted[at] as number] === keys[sorted[run] as number])
          continue;
        if (at - run > 1) {
          runs.push(run, at);
          tied += at - run;
        }
        run = at;
      }
    }
    return tied;
  }

  private isInOrder(): boolean {
    for (let at = 0; at < this.sorted.length; at += 1) if (this.sorted[at] !== at) return false;
    return true;
  }

  /** The permutation that puts things where they were sorted to. */
  private place(): void {
    for (let at = 0; at < this.sorted.length; at += 1) this.images[this.sorted[at] as number] = at;
  }

  /** Things whose exchange leaves the state as it is: one order of them is as good as any other. */
  private findLike(): void {
    const { runs, sorted, like } = this;
    for (let run = 0; run < runs.length; run += 2) {
      const first = runs[run] as number;
      for (let at = first; at < (runs[run + 1] as number); at += 1) {
        const thing = sorted[at] as number;
        like[thing] = thing;
        for (let earlier = first; earlier < at; earlier += 1) {
          const other = sorted[earlier] as number;
          if (like[other] !== other || !this.isLike(other, thing)) continue;
          like[thing] = other;
          break;
        }
      }
    }
  }

  /** Whether exchanging two things leaves the state as it is. */
  private isLike(one: number, other: number): boolean {
    const { image, words, from, width } = this;
    if (this.keys.areAlike(words, from, one, other)) return true;
    const by = this.swap(one, other);
    this.named.image(words, from, by, image);
    for (let word = 0; word < width; word += 1)
      if (image[word] !== words[from + word]) return false;
    return true;
  }

  /** Tries all orders of the things of each run that differ, from place `at` of a run on. */
  private arrange(run: number, at: number): void {
    const { runs, used, sorted } = this;
    if (run === runs.length) {
      this.consider();
      return;
    }
    const end = runs[run + 1] as number;
    if (at === end) {
      this.arrange(run + 2, runs[run + 2] ?? 0);
      return;
    }
    const first = runs[run] as number;
    for (let one = first; one < end; one += 1) {
      const thing = sorted[one] as number;
      if (used[thing] === 1 || this.isLikeOneLeft(first, one)) continue;
      used[thing] = 1;
      this.images[thing] = at;
      this.arrange(run, at + 1);
      used[thing] = 0;
    }
  }

  /** Whether a thing of a run that comes before this one, and is not placed yet, may as well stand in its place. */
  private isLikeOneLeft(first: number, one: number): boolean {
    const { used, like, sorted } = this;
    const mine = like[sorted[one] as number];
    for (let earlier = first; earlier < one; earlier += 1) {
      const other = sorted[earlier] as number;
      if (used[other] === 0 && like[other] === mine) return true;
    }
    return false;
  }

  /** Keeps the image by the permutation at hand if it is less than all before. */
  private consider(): void {
    const { image, least, width } = this;
    this.named.image(this.words, this.from, this.permutation(this.images), image);
    if (this.hasLeast) {
      let word = 0;
      while (word < width && image[word] === least[word]) word += 1;
      if (word === width || (image[word] as number) > (least[word] as number)) return;
    }
    this.hasLeast = true;
    this.image = least;
    this.least = image;
  }
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
