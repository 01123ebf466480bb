/**
 * Every state met so far, whole, in order of discovery: an open-addressing table over one growing
 * vector of words. Lossless.
 */

/** States per segment; segments keep growth from copying everything. */
const SEGMENT_STATES = 1 << 15;

export class Visited {
  /** 32-bit words of one state. */
  readonly width: number;
  count = 0;
  private segments: Uint32Array[] = [];
  private parents: Int32Array[] = [];
  /** Pairs (hash, id + 1); hash beside the id saves a look at the state. */
  private table = new Int32Array(2 << 12);
  private mask = (1 << 12) - 1;

  constructor(width: number) {
    this.width = width;
  }

  /** Bytes one state takes: itself, its parent and its share of the table; what is allocated ahead is not counted. */
  get bytesPerState(): number {
    const share = this.table.byteLength / Math.max(this.count, (this.mask + 1) / 4);
    return Math.round(this.width * 4 + 4 + share);
  }

  /** The id of a state, or -1 - (id it was just given). */
  insert(state: Uint32Array, parent: number): number {
    const hash = hashOf(state, this.width);
    let slot = hash & this.mask;
    for (;;) {
      const entry = this.table[slot * 2 + 1] as number;
      if (entry === 0) break;
      if (this.table[slot * 2] === hash && this.equals(entry - 1, state)) return entry - 1;
      slot = (slot + 1) & this.mask;
    }
    const id = this.count;
    this.append(state, parent);
    this.table[slot * 2] = hash;
    this.table[slot * 2 + 1] = id + 1;
    if (this.count * 2 > this.mask) this.grow();
    return -1 - id;
  }

  /** The id of a state, or -1. */
  find(state: Uint32Array): number {
    const hash = hashOf(state, this.width);
    let slot = hash & this.mask;
    for (;;) {
      const entry = this.table[slot * 2 + 1] as number;
      if (entry === 0) return -1;
      if (this.table[slot * 2] === hash && this.equals(entry - 1, state)) return entry - 1;
      slot = (slot + 1) & this.mask;
    }
  }

  load(id: number, into: Uint32Array): void {
    const segment = this.segments[Math.floor(id / SEGMENT_STATES)] as Uint32Array;
    const from = (id % SEGMENT_STATES) * this.width;
    for (let word = 0; word < this.width; word += 1) into[word] = segment[from + word] as number;
  }

  parent(id: number): number {
    return (this.parents[Math.floor(id / SEGMENT_STATES)] as Int32Array)[
      id % SEGMENT_STATES
    ] as number;
  }

  private append(state: Uint32Array, parent: number): void {
    const at = this.count % SEGMENT_STATES;
    if (at === 0) {
      this.segments.push(new Uint32Array(SEGMENT_STATES * this.width));
      this.parents.push(new Int32Array(SEGMENT_STATES));
    }
    const segment = this.segments.at(-1) as Uint32Array;
    const from = at * this.width;
    for (let word = 0; word < this.width; word += 1) segment[from + word] = state[word] as number;
    (this.parents.at(-1) as Int32Array)[at] = parent;
    this.count += 1;
  }

  private equals(id: number, state: Uint32Array): boolean {
    const segment = this.segments[Math.floor(id / SEGMENT_STATES)] as Uint32Array;
    const from = (id % SEGMENT_STATES) * this.width;
    for (let word = 0; word < this.width; word += 1) {
      if (segment[from + word] !== state[word]) return false;
    }
    return true;
  }

  private grow(): void {
    const old = this.table;
    const mask = this.mask * 2 + 1;
    const table = new Int32Array((mask + 1) * 2);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] === 0) continue;
      let slot = (old[at] as number) & mask;
      while (table[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
      table[slot * 2] = old[at] as number;
      table[slot * 2 + 1] = old[at + 1] as number;
    }
    this.table = table;
    this.mask = mask;
  }
}

/** Mixes the words of a state into 32 bits, as murmur's block and final mix do. */
export function hashOf(state: Uint32Array, width: number): number {
  let hash = 0x9747b28c;
  for (let word = 0; word < width; word += 1) {
    let mixed = Math.imul(state[word] as number, 0xcc9e2d51);
    mixed = (mixed << 15) | (mixed >>> 17);
    hash ^= Math.imul(mixed, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
