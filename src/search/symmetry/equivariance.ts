/**
 * Holds steps and properties to symmetry, while searching: what a CPU does in a state, the CPU in its place does in the image of the
 * state, and a property says the same of both. Whatever treats one of them differently is refused (semantics.md section 8).
 */
import type { Attempt } from '../../machine/engine.ts';
import type { CompiledCpu, Slot } from '../../machine/machine.ts';
import { expand } from '../../machine/moves.ts';
import { NeedsObtained } from '../../machine/obtained.ts';
import type { PackedEngine } from '../../machine/packed.ts';
import type { Packing } from '../../machine/packing.ts';
import { Kcsan } from '../kcsan.ts';
import { Tree, UNKNOWN } from '../tree.ts';
import { permutationsOn } from './choices.ts';
import {
  type Attempted,
  accessesNow,
  type Beside,
  Differences,
  type Watched,
} from './differences.ts';
import type { Permutation } from './permutation.ts';
import { type Stores, Support } from './support.ts';
import type { Symmetry } from './symmetry.ts';
import type { Ran, ToldOfImages, Variant } from './variants.ts';

/** Permutations that are tried for one comparison, at most; more are sampled. */
const MOST_TRIED = 720;

/** Words that what was compared may take; beyond them it is compared again each time. And those that images may take of them. */
const MOST_WORDS = 1 << 22;
const MOST_SHARED = MOST_WORDS / 4;

/** Thrown where CPUs or objects are told apart. */
export class Asymmetric extends Error {
  /** The group without which it may work, as `Symmetry.dropping` takes it. */
  readonly group: string;
  /** For people: who tells what apart. */
  readonly reason: string;

  constructor(group: string, reason: string) {
    super(reason);
    this.group = group;
    this.reason = reason;
  }
}

/** What was found out by one comparison. */
interface Compared {
  readonly looks: readonly number[];
  readonly beside: Beside | undefined;
}

/** An image that was compared, and what its moves, or the property, looked at there. */
interface Image {
  readonly by: Permutation;
  readonly looks: readonly number[];
}

/** One comparison; with the images of which it says as much as of the state. */
interface Comparison extends Compared {
  readonly images: readonly Image[];
}

/** Compares what is done or said of an image with what is of the state: false where it differs. */
type Compare = (by: Permutation) => boolean;

export class Equivariance {
  private readonly engine: PackedEngine;
  private readonly packing: Packing;
  private readonly symmetry: Symmetry;
  private readonly support: Support;
  private readonly mostTried: number;
  /** What was compared: by CPU, and by property. Leaves are indices of `compared`. */
  private readonly movesCompared: readonly Tree[];
  private readonly propertiesCompared = new Map<string, Tree>();
  private readonly compared: Compared[] = [];
  private looksKept = 0;
  private readonly differences: Differences;
  private readonly kcsan: Kcsan;
  /** Whether all images of the moves compared have touched and stored just what the moves have. */
  private isAlike = true;
  /** What was looked at to tell of moves whose images touch other words: what is told differs with it. */
  private toTell: readonly number[] = [];
  told: ToldOfImages | undefined;
  /** Of an image. */
  private readonly imageSupport: Support;
  private readonly whole: Uint8Array;
  private readonly image: Uint32Array;
  /** What to name where something differs. */
  private label = '';

  constructor(engine: PackedEngine, packing: Packing, symmetry: Symmetry, mostTried = MOST_TRIED) {
    this.engine = engine;
    this.packing = packing;
    this.symmetry = symmetry;
    this.mostTried = mostTried;
    this.support = new Support(symmetry, engine.memory.bytes.length);
    this.imageSupport = new Support(symmetry, engine.memory.bytes.length);
    this.differences = new Differences(symmetry);
    this.kcsan = new Kcsan(engine);
    this.movesCompared = engine.compiled.cpus.map(() => new Tree(packing));
    this.whole = new Uint8Array(engine.memory.bytes.length);
    this.image = new Uint32Array(packing.width);
  }

  /**
   * Compares the moves of a CPU in the packed state at `from` with those of its images. To be called where they were executed, before
   * what they looked at is learned: what the images looked at beside is added to the looks of the engine's memory, so that what is learned
   * stands in those states only for which this comparison speaks. The memory holds the state again afterwards.
   * @throws Asymmetric
   */
  moves(words: Uint32Array, from: number, cpu: number): void {
    const treeOf = (by: Permutation): Tree =>
      this.movesCompared[this.symmetry.cpuUnder(by, cpu)] as Tree;
    const tree = this.movesCompared[cpu] as Tree;
    this.held(tree, words, from, this.movesFrom(words, from, cpu), treeOf);
  }

  /** What images of a CPU's moves touch beside. The memory may hold anything afterwards. */
  beside(words: Uint32Array, from: number, cpu: number): Beside | undefined {
    const known = (this.movesCompared[cpu] as Tree).walk(words, from);
    const compared =
      this.compared[known] ?? this.compare(words, from, this.movesFrom(words, from, cpu));
    return compared.beside;
  }

  private movesFrom(words: Uint32Array, from: number, cpu: number): () => Compare {
    return () => {
      this.label = this.describe('', cpu);
      const { support, differences } = this;
      const ran = this.run(words, from, cpu);
      support.add(this.engine.memory.footprint.looks);
      for (const { after, stores } of ran.variants)
        if (after !== undefined) support.involveStores(after, stores);
      differences.begin(ran.attempts);
      return (by) => {
        const image = this.run(this.image, 0, this.symmetry.cpuUnder(by, cpu));
        if (!this.areImages(ran.variants, image.variants, by, cpu)) return false;
        // A race is no part of the state: who touches elsewhere meets others.
        if (!differences.areWatchedAlike(ran.attempts, image.attempts, by)) return false;
        const back = this.symmetry.inverse(by);
        if (!differences.add(image.attempts, back)) this.isAlike = false;
        if (!differences.areTouchedAlike(ran.attempts, image.attempts, by)) {
          this.isAlike = false;
          this.toTell = ran.toTell;
        }
        // What holds no more than it did may have been stored elsewhere.
        if (!differences.areStoredAlike(ran.attempts, image.attempts, by)) {
          this.isAlike = false;
          for (const { stores } of ran.attempts) support.addStores(stores);
          for (const { stores } of image.attempts) support.addStoresBack(stores, back);
        }
        return true;
      };
    };
  }

  /**
   * The same for what a property says: `ask` is run with the memory holding the state and its images, and must say the same of all.
   * @throws Asymmetric
   */
  property(id: string, words: Uint32Array, from: number, ask: () => number): void {
    const tree = this.propertiesCompared.get(id) ?? new Tree(this.packing);
    this.propertiesCompared.set(id, tree);
    this.label = `the property ${id}`;
    const begin = (): Compare => {
      const answer = this.answer(words, from, ask);
      this.support.add(this.engine.memory.footprint.looks);
      return () => this.answer(this.image, 0, ask) === answer;
    };
    this.held(tree, words, from, begin, () => tree);
  }

  /** `treeOf` has what was compared of the image by a permutation. */
  private held(
    tree: Tree,
    words: Uint32Array,
    from: number,
    begin: () => Compare,
    treeOf: (by: Permutation) => Tree,
  ): void {
    const { footprint } = this.engine.memory;
    const before = [...footprint.looks];
    const known = tree.walk(words, from);
    let compared = this.compared[known];
    if (compared === undefined) {
      const { images, ...found } = this.compare(words, from, begin);
      compared = found;
      if (this.sizeWith(tree) < MOST_WORDS) {
        tree.grow(words, from, found.looks, this.compared.length);
        this.note(found);
        this.share(words, from, found.looks, images, treeOf);
      }
    }
    const { looks } = compared;
    this.show(words, from);
    this.support.begin(words, from);
    this.support.add(before);
    this.support.add(looks);
    footprint.beginAttempt();
    footprint.looks.length = 0;
    footprint.looks.push(...this.support.looks);
  }

  private sizeWith(tree: Tree): number {
    return tree.words + this.looksKept;
  }

  private note(compared: Compared): void {
    this.compared.push(compared);
    this.looksKept += compared.looks.length * 2;
  }

  /**
   * Notes of images what was found out of the packed state at `from`, by looks at it: all of their images are its own. What agrees
   * with an image in what is looked at there must be the image of something that agrees with the state in `looks`.
   */
  private share(
    words: Uint32Array,
    from: number,
    looks: readonly number[],
    images: readonly Image[],
    treeOf: (by: Permutation) => Tree,
  ): void {
    const { symmetry, imageSupport: support, image } = this;
    for (const { by, looks: own } of images) {
      const tree = treeOf(by);
      if (this.sizeWith(tree) > MOST_SHARED) return;
      symmetry.apply(words, from, by, image);
      if (tree.walk(image, 0) !== UNKNOWN) continue;
      // As if it were compared itself, so that what is looked at comes in the same order.
      support.begin(image, 0);
      support.add(own);
      support.involve();
      const found = { looks: [...support.looks], beside: undefined };
      support.addBack(looks, by);
      const isEnough = support.looks.length === found.looks.length;
      if (isEnough && tree.tryGrow(image, 0, found.looks, this.compared.length)) this.note(found);
    }
  }

  /** Compares with all images that matter. */
  private compare(words: Uint32Array, from: number, begin: () => Compare): Comparison {
    const { support, symmetry, differences } = this;
    const { footprint } = this.engine.memory;
    support.begin(words, from);
    differences.begin([]);
    this.isAlike = true;
    this.toTell = [];
    const compare = begin();
    const isSame: Compare = (by) => {
      symmetry.apply(words, from, by, this.image);
      try {
        return compare(by);
      } catch (thrown) {
        if (thrown instanceof NeedsObtained) throw thrown;
        return false;
      }
    };
    support.involve();
    const { length } = support.looks;
    const images: Image[] = [];
    for (let known = ''; known !== support.involved.join(); ) {
      known = support.involved.join();
      const { permutations, areAll } = permutationsOn(symmetry, support.involved, this.mostTried);
      if (!areAll) this.isAlike = false;
      for (const by of permutations) {
        if (by.isIdentity) continue;
        if (!isSame(by)) throw this.asymmetric(by, isSame);
        images.push({ by, looks: [...footprint.looks] });
        support.addBack(footprint.looks, symmetry.inverse(by));
      }
      support.involve();
    }
    support.add(this.toTell);
    const looks = [...support.looks];
    const isAlike = this.isAlike && looks.length === length;
    return { looks, beside: differences.found, images: isAlike ? images : [] };
  }

  /** Names the group that does it, and two of its members if exchanging them is enough. */
  private asymmetric(by: Permutation, isSame: Compare): Asymmetric {
    const { symmetry } = this;
    const { label } = this;
    const moved = symmetry.members.filter((members) =>
      members.some((thing) => by.things[thing] !== thing),
    );
    const alone = moved.find((members) => {
      const within = by.things.map((image, thing) => (members.includes(thing) ? image : thing));
      return !isSame(symmetry.permutation(within));
    });
    const members = alone ?? (moved[0] as readonly number[]);
    const group = symmetry.groups[symmetry.members.indexOf(members)] as { name: string };
    for (const [at, one] of members.entries()) {
      for (const other of members.slice(at + 1)) {
        if (isSame(symmetry.swap(one, other))) continue;
        const pair = `${symmetry.nameOf(one)} and ${symmetry.nameOf(other)}`;
        return new Asymmetric(group.name, `${label} tells ${pair} apart`);
      }
    }
    return new Asymmetric(group.name, `${label} tells ${group.name} apart`);
  }

  /** Puts a packed state into the engine's memory. */
  private show(words: Uint32Array, from: number): void {
    this.packing.unpack(words, this.whole, from);
    this.engine.memory.bytes.set(this.whole);
    this.engine.attach();
  }

  private answer(words: Uint32Array, from: number, ask: () => number): number {
    const { footprint } = this.engine.memory;
    this.show(words, from);
    footprint.begin();
    try {
      return ask();
    } finally {
      footprint.end();
    }
  }

  private run(words: Uint32Array, from: number, cpu: number): Ran {
    const { engine, whole } = this;
    const { memory, heap } = engine;
    const { footprint } = memory;
    this.show(words, from);
    const variants: Variant[] = [];
    const attempts: Attempted[] = [];
    const looks: number[] = [];
    if (this.kcsan.isOn) this.kcsan.begin();
    footprint.begin();
    this.told?.begin(engine.compiled.cpus[cpu] as CompiledCpu);
    const toTell = [...footprint.looks];
    footprint.begin();
    const restore = (): void => {
      for (const offset of footprint.stored) memory.bytes[offset] = whole[offset] as number;
      // Each is noted with all that it looks at itself.
      looks.push(...footprint.looks);
      footprint.begin();
    };
    const visit = (slot: Slot, entering: boolean, outcome: Attempt): void => {
      const variant = this.variant(slot, entering, outcome);
      if (variant !== undefined) variants.push(variant);
      const stores = variant?.stores ?? [];
      const watched = this.watchedOf(slot, outcome);
      const touched = accessesNow();
      attempts.push({ level: slot.level, looks: [...footprint.looks], stores, watched, touched });
      if (outcome !== 'refused') this.told?.touched(slot);
    };
    try {
      heap.uncounted(() => expand(engine, { restore, visit }, cpu));
    } finally {
      footprint.end();
    }
    looks.push(...footprint.looks);
    footprint.looks.length = 0;
    footprint.looks.push(...looks);
    return { variants, attempts, toTell };
  }

  /** What KCSAN watches of the variant just tried. */
  private watchedOf(slot: Slot, outcome: Attempt): readonly Watched[] {
    const watched: Watched[] = [];
    if (!this.kcsan.isOn) return watched;
    const { loadedNow } = this.engine;
    this.kcsan.note(slot, outcome, (cell, kind, { point }) =>
      watched.push({ cell, what: `${kind} ${loadedNow?.index} ${point}` }),
    );
    return watched;
  }

  /** Undefined for what is no move. */
  private variant(slot: Slot, entering: boolean, outcome: Attempt): Variant | undefined {
    const { engine } = this;
    const { waitsFor, step, loadedNow } = engine;
    const isWaiting = outcome === 'disabled' && !entering && waitsFor !== -1;
    if (outcome === 'disabled' && !isWaiting) return undefined;
    const where =
      step === undefined ? `start ${loadedNow?.index}` : `${loadedNow?.index} ${step.point}`;
    const found = engine.findings.map(({ facility, kind }) => `${facility}/${kind}`).sort();
    const claimed = [...engine.claimed].sort();
    let after: Uint32Array | undefined;
    let stores: Stores = [];
    if (outcome === 'done') {
      const { bytes, footprint } = engine.memory;
      after = new Uint32Array(this.packing.width);
      this.packing.pack(bytes, after);
      stores = footprint.stored.map((at) => [at, footprint.storedBits[at] as number] as const);
    }
    return {
      label: step?.label ?? engine.entered ?? '',
      text: [slot.level, entering, outcome, where, found.join(), claimed.join()].join(' '),
      waitsFor: isWaiting ? waitsFor : -1,
      after,
      stores,
    };
  }

  /** Whether the variants of an image are the images of the variants. */
  private areImages(
    variants: readonly Variant[],
    others: readonly Variant[],
    by: Permutation,
    cpu: number,
  ): boolean {
    const image = new Uint32Array(this.packing.width);
    const left = [...others];
    const alone = variants.find((one) => {
      // Mostly it is the same order.
      const at = left.findIndex((other) => this.isImage(one, other, by, image));
      if (at !== -1) left.splice(at, 1);
      return at === -1;
    });
    const odd = alone ?? left[0];
    if (odd === undefined) return true;
    this.label = this.describe(odd.label, cpu);
    return false;
  }

  /** Whether one variant is the image of another; what is stored in `image` is lost. */
  private isImage(variant: Variant, other: Variant, by: Permutation, image: Uint32Array): boolean {
    if (variant.text !== other.text) return false;
    if (variant.after === undefined || other.after === undefined)
      return (
        variant.after === other.after && this.contextUnder(by, variant.waitsFor) === other.waitsFor
      );
    this.symmetry.apply(variant.after, 0, by, image);
    for (let word = 0; word < image.length; word += 1)
      if (image[word] !== other.after[word]) return false;
    return true;
  }

  private contextUnder(by: Permutation, context: number): number {
    if (context === -1) return -1;
    return this.symmetry.cpuUnder(by, Math.floor(context / 3)) * 3 + (context % 3);
  }

  private describe(label: string, cpu: number): string {
    const { name } = this.engine.compiled.cpus[cpu] as CompiledCpu;
    return label === '' ? `what ${name} does` : `'${label}' of ${name}`;
  }
}
