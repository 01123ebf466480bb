/** The states that the moves of one state lead to, packed, before they are looked up: so that memory is fetched for all at once. */
import { hashOf } from './visited.ts';

export class Batch {
  count = 0;
  readonly width: number;
  words: Uint32Array;
  hashes: Int32Array;
  /** Which move led there. */
  numbers: Int32Array;
  /** By CPU: where its states end, and those of the next begin. */
  readonly endOf: Int32Array;
  /** Keeps what was fetched from being optimised away. */
  fetched = 0;

  constructor(width: number, cpus: number) {
    this.width = width;
    this.words = new Uint32Array(width * 64);
    this.hashes = new Int32Array(64);
    this.numbers = new Int32Array(64);
    this.endOf = new Int32Array(cpus);
  }

  begin(): void {
    this.count = 0;
  }

  /** Adds `state` with the stores between `from` and `end` of `records` made. */
  add(state: Uint32Array, records: Int32Array, from: number, end: number, number: number): void {
    const { width, count } = this;
    if (count === this.hashes.length) this.grow();
    const { words } = this;
    const start = count * width;
    for (let word = 0; word < width; word += 1) words[start + word] = state[word] as number;
    for (let store = from; store < end; store += 3) {
      const at = start + (records[store] as number);
      words[at] =
        ((words[at] as number) & (records[store + 1] as number)) | (records[store + 2] as number);
    }
    this.hashes[count] = hashOf(words, start, width);
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
