/**
 * Who holds which token, and what only holders touch. A CPU holds a token in a situation if it has set it on every way there and not
 * cleared it since. Assumed, and verified with every move that is looked at: a token is cleared by its holder alone, and a word that was
 * touched by holders alone always is. As a token that is set cannot be set once more, nobody else touches the word until its holder
 * moves on. Optimistic like `points.ts`: what proves wrong makes the search start again.
 */
import type { Cell } from '../../machine/layout.ts';
import type { CompiledMachine } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { addCell, emptyMask, type Mask, meets } from '../masks.ts';
import type { Symmetry } from '../symmetry/symmetry.ts';
import type { Rules } from './rules.ts';
import { Selves } from './selves.ts';
import { type Change, type TokenSet, Tokens } from './tokens.ts';

/** Situations of CPUs told apart; where there are more, nothing is held. */
const MOST_SITUATIONS = 100_000;

/** A move from one situation to another: both numbers are of the same CPU. */
interface Edge extends Omit<Change, 'frees'> {
  readonly to: Situation;
}

/** Words that were touched by a move, by number, and what was gained by the same move. */
interface Touch {
  readonly words: bigint;
  readonly gains: TokenSet;
}

interface Situation {
  readonly cpu: number;
  readonly number: number;
  /** Undefined until it is known how it is come to. */
  held: TokenSet | undefined;
  /** What of it was relied on. */
  used: TokenSet;
  readonly edges: Map<string, Edge>;
  readonly touches: Map<string, Touch>;
  /** What nobody else touches, and for which state of what is known that holds. */
  kept: Kept | undefined;
  keptAt: number;
  /** The same without what lies in some objects. */
  readonly without: Map<TokenSet, Kept>;
}

/** A word that may be touched by holders only. */
interface Word {
  readonly cell: Cell;
  readonly mask: Mask;
  /** What was held at every touch so far. */
  guards: TokenSet;
  used: TokenSet;
  /** A bit for each CPU that has touched it otherwise than as an object of its own. */
  touchedBy: number;
}

/** A word that nobody else touches while a token is held. */
interface Guarded {
  readonly word: Word;
  readonly token: TokenSet;
}

/** What nobody else touches while a CPU does not move on. */
export interface Kept {
  readonly guarded: readonly Guarded[];
  /** Bits of these words; and bits that say which objects are allocated, which nobody else stores to. */
  readonly words: Mask;
  readonly lives: Mask;
  readonly isNothing: boolean;
}

/** What an exchange makes of it all. */
interface Image {
  cpu(of: number): number;
  situation(words: Uint32Array, into: Uint32Array): void;
  tokens(set: TokenSet): TokenSet;
  words(set: bigint): bigint;
}

export class Holdings {
  /** Something that was relied on has proved wrong. */
  grew = false;
  readonly tokens: Tokens;
  readonly selves: Selves;
  private readonly packing: Packing;
  private readonly rules: Rules;
  private readonly situations: Situation[][];
  private readonly words: readonly Word[];
  /** Tokens that somebody has cleared who did not hold them. */
  private broken: TokenSet = 0n;
  /** Counts what was learned of all situations. */
  private version = 0;
  /** Situations of which it is to be told on what they hold. */
  private readonly changed: Situation[] = [];
  private isFollowing = false;
  private readonly images: readonly Image[];
  private readonly lives: readonly Mask[];
  /** Words of the image of a situation. */
  private readonly image: Uint32Array;
  /** More situations than can be told apart, or a CPU that stores to what is another's own. */
  private isOff: boolean;

  constructor(
    compiled: CompiledMachine,
    packing: Packing,
    symmetry: Symmetry | undefined,
    rules: Rules,
  ) {
    const { cells, objects } = compiled.layout;
    this.packing = packing;
    this.rules = rules;
    this.tokens = new Tokens(compiled, packing);
    this.selves = new Selves(compiled, packing);
    this.situations = compiled.cpus.map(() => []);
    this.isOff = this.tokens.cells.length === 0 || !rules.tokens;
    this.words = cells
      .filter(({ role }) => role === 'shared' || role === 'client')
      .map((cell) => ({
        cell,
        mask: maskOf([cell], packing),
        guards: this.guardsOf(cell, compiled),
        used: 0n,
        touchedBy: 0,
      }));
    this.lives = objects.map(({ live }) => maskOf([cells[live] as Cell], packing));
    this.image = new Uint32Array(packing.width);
    this.images = symmetry === undefined ? [] : this.imagesUnder(symmetry);
  }

  /** Tokens that may guard a word: of an object those in it, since it may be freed while others are held; none of the word's own. */
  private guardsOf({ index, object }: Cell, { layout }: CompiledMachine): TokenSet {
    const isOfObject = this.rules.ofObjects && object !== -1;
    let set = 0n;
    for (const { cell } of this.tokens.cells)
      if (cell.index !== index && (!isOfObject || cell.object === object))
        set |= this.tokens.ofCell(cell.index);
    return layout.locks.some(({ cell }) => cell === index) ? 0n : set;
  }

  private imagesUnder(symmetry: Symmetry): readonly Image[] {
    const numbers = new Map(this.words.map(({ cell }, word) => [cell.index, word]));
    return symmetry.swaps.map((by) => ({
      cpu: (cpu) => symmetry.cpuUnder(by, cpu),
      situation: (words, into) => symmetry.apply(words, 0, by, into),
      tokens: imageOfSets(this.tokens.imagesOf(by.cells)),
      words: imageOfSets(
        this.words.map(({ cell }) => numbers.get(by.cells[cell.index] as number) as number),
      ),
    }));
  }

  /** Whether there is anything to be known. */
  get isOn(): boolean {
    return !this.isOff;
  }

  /** The number of a CPU's situation in the packed state at `from`. */
  situation(cpu: number, words: Uint32Array, from: number): number {
    return this.selves.of(cpu, words, from);
  }

  /** A CPU begins in a situation: it holds nothing. */
  begin(cpu: number, number: number): void {
    const situation = this.at(cpu, number);
    if (situation.held === 0n) return;
    this.hold(situation, 0n);
    this.spread(cpu, number, (image, to) => this.begin(image.cpu(cpu), to));
  }

  /** A move of a CPU leads from one of its situations to another. */
  lead(cpu: number, from: number, to: number, change: Omit<Change, 'frees'>): void {
    if (this.isOff) return;
    const situation = this.at(cpu, from);
    const key = `${to} ${change.gains} ${change.losses}`;
    if (situation.edges.has(key)) return;
    const edge = { to: this.at(cpu, to), ...change };
    situation.edges.set(key, edge);
    this.follow(situation, edge);
    this.spread(cpu, from, (image, imageOfFrom) => {
      const one = image.cpu(cpu);
      const imageOfTo = this.imageOf(image, cpu, to);
      const gains = image.tokens(change.gains);
      const losses = image.tokens(change.losses);
      this.lead(one, imageOfFrom, imageOfTo, { gains, losses });
    });
  }

  /** A CPU touches words (see `touched`) in a situation, by a move that gains something, or frees it. */
  touch(cpu: number, number: number, words: bigint, gains: TokenSet): void {
    if (this.isOff || words === 0n) return;
    const situation = this.at(cpu, number);
    const key = `${words} ${gains}`;
    if (situation.touches.has(key)) return;
    const one = { words, gains };
    situation.touches.set(key, one);
    if (situation.held !== undefined) this.judge(situation, one);
    this.spread(cpu, number, (image, to) =>
      this.touch(image.cpu(cpu), to, image.words(words), image.tokens(gains)),
    );
  }

  /** The words with bits in a mask, a bit each. */
  touched(mask: Mask): bigint {
    let set = 0n;
    for (const [number, { mask: mine }] of this.words.entries())
      if (meets(mine, mask)) set |= 1n << BigInt(number);
    return set;
  }

  /** Nothing is held any more: a CPU has stored to what is another's own, or so. */
  giveUp(): void {
    if (this.isOff) return;
    this.isOff = true;
    this.grew = true;
  }

  /** For people: words that several CPUs touch, each while it holds a bit: `page[0].pte[0]: bit 0 of page[0].refcount`. */
  told(): readonly string[] {
    if (this.isOff) return [];
    return this.words.flatMap(({ cell, guards, touchedBy }) => {
      const tokens = this.tokens.namesOf(guards & ~this.broken);
      const isShared = (touchedBy & (touchedBy - 1)) !== 0;
      return isShared && tokens.length > 0 ? [`${cell.name}: ${tokens.join(', ')}`] : [];
    });
  }

  /** What is relied on from here on is what counts. */
  forgetUses(): void {
    this.grew = false;
    for (const word of this.words) word.used = 0n;
    for (const situation of this.situations.flat()) situation.used = 0n;
  }

  /** Objects that a CPU has to itself in a situation. */
  private objectsAt(cpu: number, number: number): TokenSet {
    return (this.situations[cpu]?.[number]?.held ?? 0n) & this.tokens.allObjects;
  }

  /** What nobody but a CPU touches until it moves on, where CPUs are in these situations. */
  kept(cpu: number, numbers: Int32Array): Kept | undefined {
    const situation = this.situations[cpu]?.[numbers[cpu] as number];
    if (this.isOff || situation === undefined) return undefined;
    if (situation.kept === undefined || situation.keptAt !== this.version) {
      situation.kept = this.keptAt(situation);
      situation.without.clear();
      situation.keptAt = this.version;
    }
    const { kept } = situation;
    if (kept.isNothing) return undefined;
    let others = 0n;
    if (this.rules.unpublished)
      for (let other = 0; other < numbers.length; other += 1)
        if (other !== cpu) others |= this.objectsAt(other, numbers[other] as number);
    return others === 0n ? kept : this.keptWithout(situation, kept, others);
  }

  /** The same without words of objects that others have to themselves. */
  private keptWithout({ without }: Situation, kept: Kept, others: TokenSet): Kept {
    let fewer = without.get(others);
    if (fewer === undefined) {
      fewer = this.keptOf(
        kept.guarded.filter(({ word: { cell } }) => !this.isIn(others, cell.object)),
      );
      without.set(others, fewer);
    }
    return fewer;
  }

  private isIn(objects: TokenSet, object: number): boolean {
    return object !== -1 && (objects & this.tokens.object(object)) !== 0n;
  }

  /** Some bits were taken to be touched by nobody else. */
  rely(cpu: number, number: number, { guarded, lives }: Kept, mask: Mask): void {
    const situation = this.situations[cpu]?.[number] as Situation;
    const isAlive = meets(lives, mask);
    for (const { word, token } of guarded) {
      if (!meets(word.mask, mask) && !isAlive) continue;
      word.used |= token;
      situation.used |= token;
    }
  }

  private keptAt({ held }: Situation): Kept {
    const tokens = (held ?? 0n) & ~this.broken & ~this.tokens.allObjects;
    const candidates = this.words.filter(({ guards }) => (guards & tokens) !== 0n);
    let own = 0n;
    if (this.rules.grounds)
      for (const { cell } of candidates) own |= this.tokens.ofCell(cell.index);
    // A token whose word is itself kept for its holder is no ground to keep another.
    const guarded = candidates.flatMap((word) => {
      const grounds = word.guards & tokens & ~own;
      return grounds === 0n ? [] : [{ word, token: grounds & -grounds }];
    });
    return this.keptOf(guarded);
  }

  private keptOf(guarded: readonly Guarded[]): Kept {
    const words = emptyMask(this.packing);
    const lives = emptyMask(this.packing);
    for (const { word } of guarded) {
      addCell(words, this.packing, word.cell);
      const live = this.lives[word.cell.object];
      if (live !== undefined)
        for (const [at, bits] of live.entries()) lives[at] = (lives[at] as number) | bits;
    }
    return { guarded, words, lives, isNothing: guarded.length === 0 };
  }

  private at(cpu: number, number: number): Situation {
    const mine = this.situations[cpu] as Situation[];
    let situation = mine[number];
    if (situation === undefined) {
      if (this.selves.count > MOST_SITUATIONS) this.giveUp();
      situation = {
        cpu,
        number,
        held: undefined,
        used: 0n,
        edges: new Map(),
        touches: new Map(),
        kept: undefined,
        keptAt: -1,
        without: new Map(),
      };
      mine[number] = situation;
    }
    return situation;
  }

  private follow(from: Situation, { to, gains, losses }: Edge): void {
    if (from.held === undefined) return;
    this.hold(to, (from.held & ~losses) | gains);
    const cleared = losses & ~from.held & ~this.tokens.allObjects & ~this.broken;
    if (cleared !== 0n && this.rules.releases) this.distrust(cleared);
  }

  /** A situation is come to with no more than this. */
  private hold(situation: Situation, atMost: TokenSet): void {
    const { held } = situation;
    const now = held === undefined ? atMost : held & atMost;
    if (now === held) return;
    situation.held = now;
    situation.kept = undefined;
    if (held !== undefined && (situation.used & ~now) !== 0n) this.grew = true;
    this.changed.push(situation);
    if (this.isFollowing) return;
    this.isFollowing = true;
    for (let one = this.changed.pop(); one !== undefined; one = this.changed.pop()) {
      for (const edge of one.edges.values()) this.follow(one, edge);
      for (const touch of one.touches.values()) this.judge(one, touch);
    }
    this.isFollowing = false;
  }

  private judge({ cpu, held }: Situation, { words, gains }: Touch): void {
    const has = (held ?? 0n) | gains;
    if (has === 0n && !this.rules.holders) return;
    for (const [number, word] of this.words.entries()) {
      if ((words & (1n << BigInt(number))) === 0n || this.isIn(has, word.cell.object)) continue;
      word.touchedBy |= 1 << cpu;
      const guards = word.guards & has;
      if (guards === word.guards) continue;
      if ((word.used & ~guards) !== 0n) this.grew = true;
      word.guards = guards;
      this.version += 1;
    }
  }

  private distrust(tokens: TokenSet): void {
    this.broken |= tokens;
    this.version += 1;
    if (this.words.some(({ used }) => (used & tokens) !== 0n)) this.grew = true;
  }

  private spread(cpu: number, number: number, tell: (image: Image, to: number) => void): void {
    for (const image of this.images) tell(image, this.imageOf(image, cpu, number));
  }

  private imageOf(image: Image, cpu: number, number: number): number {
    image.situation(this.selves.words(cpu, number), this.image);
    return this.selves.of(image.cpu(cpu), this.image, 0);
  }
}

function maskOf(cells: readonly Cell[], packing: Packing): Mask {
  const mask = emptyMask(packing);
  for (const cell of cells) addCell(mask, packing, cell);
  return mask;
}

/** What becomes of sets, given where each bit goes. There are few sets, asked for again and again. */
function imageOfSets(images: readonly number[]): (set: bigint) => bigint {
  const known = new Map<bigint, bigint>();
  return (set) => {
    let image = known.get(set);
    if (image === undefined) {
      image = permuted(set, images);
      known.set(set, image);
    }
    return image;
  };
}

/** The image of a set, given that of each bit. */
function permuted(set: bigint, images: readonly number[]): bigint {
  if (set === 0n) return 0n;
  let image = 0n;
  for (const [bit, to] of images.entries())
    if ((set & (1n << BigInt(bit))) !== 0n) image |= 1n << BigInt(to);
  return image;
}
