/**
 * Where in a decision tree a walk gets by what it looks at first: looked up at once, by some bits of a few words, instead of node by
 * node.
 */

/** Bits that it goes by at most, and words they lie in. */
const MOST_BITS = 11;
const MOST_WORDS = 3;
const NOWHERE = new Int32Array(1);

export class Shortcut {
  /** By the bits: where a walk goes on, as the tree names its nodes and leaves; 0 where that is not known. */
  private places: Int32Array = NOWHERE;
  /** By word of a packed state: bits that it goes by. */
  private readonly bits: Int32Array;
  private words: number[] = [];
  private word0 = 0;
  private shift0 = 0;
  private mask0 = 0;
  private word1 = 0;
  private shift1 = 0;
  private mask1 = 0;
  private left1 = 0;
  private word2 = 0;
  private shift2 = 0;
  private mask2 = 0;
  private left2 = 0;

  /** For packed states of so many words. */
  constructor(width: number) {
    this.bits = new Int32Array(width);
  }

  get isLaid(): boolean {
    return this.places !== NOWHERE;
  }

  /** Where a walk for the packed state at `from` goes on, or 0. */
  of(words: Uint32Array, from: number): number {
    return this.places[this.indexOf(words, from)] as number;
  }

  set(words: Uint32Array, from: number, place: number): void {
    this.places[this.indexOf(words, from)] = place;
  }

  private indexOf(words: Uint32Array, from: number): number {
    const one = ((words[(from + this.word0) | 0] as number) >>> this.shift0) & this.mask0;
    const two = ((words[(from + this.word1) | 0] as number) >>> this.shift1) & this.mask1;
    const three = ((words[(from + this.word2) | 0] as number) >>> this.shift2) & this.mask2;
    return one | (two << this.left1) | (three << this.left2);
  }

  /** Whether it goes by all of some bits of a word. */
  covers(word: number, bits: number): boolean {
    return (bits & ~(this.bits[word] as number)) === 0;
  }

  clear(): void {
    this.places = NOWHERE;
    this.words = [];
    this.bits.fill(0);
    this.mask0 = this.mask1 = this.mask2 = 0;
  }

  /** Has it go by some bits of a word as well; false where that is too much. */
  add(word: number, bits: number): boolean {
    const before = this.bits[word] as number;
    this.bits[word] = before | bits;
    const isKnown = this.words.includes(word);
    const words = isKnown ? this.words : [...this.words, word];
    const most = words.reduce((sum, one) => sum + spanOf(this.bits[one] as number), 0);
    if (most <= MOST_BITS && words.length <= MOST_WORDS) {
      this.words = words;
      return true;
    }
    this.bits[word] = before;
    return false;
  }

  /** To be called once all bits were added: from then on it can be asked. */
  lay(): void {
    const [one, two, three] = this.words.map((word) => {
      const bits = this.bits[word] as number;
      const span = spanOf(bits);
      // All between the first and the last of its bits are asked.
      this.bits[word] = (2 ** span - 1) << lowest(bits);
      return { word, shift: lowest(bits), span, mask: 2 ** span - 1 };
    });
    if (one === undefined) return;
    const all = one.span + (two?.span ?? 0) + (three?.span ?? 0);
    this.places = new Int32Array(2 ** all);
    [this.word0, this.shift0, this.mask0] = [one.word, one.shift, one.mask];
    if (two === undefined) return;
    [this.word1, this.shift1, this.mask1, this.left1] = [two.word, two.shift, two.mask, one.span];
    if (three === undefined) return;
    [this.word2, this.shift2, this.mask2] = [three.word, three.shift, three.mask];
    this.left2 = one.span + two.span;
  }
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** From the lowest bit to the highest. */
function spanOf(bits: number): number {
  return bits === 0 ? 0 : 32 - Math.clz32(bits) - lowest(bits);
}
