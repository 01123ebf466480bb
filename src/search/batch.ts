/** The states that the moves of one state lead to, packed, before they are looked up: so that memory is fetched for all at once. */
import { finished, mixed, sumOf } from './visited.ts';

export class Batch {
  count = 0;
  readonly width: number;
  words: Uint32Array;
  hashes: Int32Array;
  /** Which move led there. */
  numbers: Int32Array;
  /** By CPU: where its states end, and those of the next begin. */
  readonly endOf: Int32Array;
  /** What the hash of the state itself is made of. */
  private sum = 0;
  /** Keeps what was fetched from being optimised away. */
  fetched = 0;

  constructor(width: number, cpus: number) {
    this.width = width;
    this.words = new Uint32Array(width * 64);
    this.hashes = new Int32Array(64);
    this.numbers = new Int32Array(64);
    this.endOf = new Int32Array(cpus);
  }

  /** Begins with the moves of a state. */
  begin(state: Uint32Array): void {
    this.count = 0;
    this.sum = sumOf(state, 0, this.width);
  }

  /** Adds `state` with the stores between `from` and `end` of `records` made. */
  add(state: Uint32Array, records: Int32Array, from: number, end: number, number: number): void {
    const { width, count } = this;
    if (count === this.hashes.length) this.grow();
    const { words } = this;
    const start = count * width;
    for (let word = 0; word < width; word += 1) words[start + word] = state[word] as number;
    let { sum } = this;
    for (let store = from; store < end; store += 3) {
      const word = records[store] as number;
      const at = start + word;
      const old = words[at] as number;
      const stored =
        ((old & (records[store + 1] as number)) | (records[store + 2] as number)) >>> 0;
      words[at] = stored;
      sum = (sum + mixed(word, stored) - mixed(word, old)) | 0;
    }
    this.hashes[count] = finished(sum);
    this.numbers[count] = number;
    this.count = count + 1;
  }

  private grow(): void {
    const { words, hashes, numbers } = this;
    this.words = new Uint32Array(words.length * 2);
    this.words.set(words);
    this.hashes = new Int32Array(hashes.length * 2);
    this.hashes.set(hashes);
    this.numbers = new Int32Array(numbers.length * 2);
    this.numbers.set(numbers);
  }
}
