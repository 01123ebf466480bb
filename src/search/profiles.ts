/**
 * What all properties of states say of one state, two bits each. A state has the profile of the one before it, but for properties
 * that look at something the move has changed: most moves change nothing that any looks at.
 */
import { lookAt } from '../machine/footprint.ts';
import type { Packing } from '../machine/packing.ts';
import { type Answer, type Board, NO, NOT_ASKED, YES } from './board.ts';
import { int32s, type Memory } from './memory.ts';
import { ROWS_PER_WORD } from './shapes.ts';

const ROWS_AT_ONCE = 4;

export class Profiles {
  /** Properties of states, and leaks as the last where they are watched. */
  readonly rows: number;
  /** 32-bit words of a profile; none where there is nothing to ask. */
  readonly width: number;
  /** Rows to ask again; see `staleAfter`. */
  readonly stale: Int32Array;
  private readonly board: Board;
  private readonly isStale: Uint8Array;
  /**
   * By word of a packed state and row: bits that asking has ever looked at. Threads share it: a profile that one of them inherits
   * may be by another.
   */
  readonly looks: Int32Array;
  /** Entries of a word in `looks`: some more than rows, so that several can be compared at once. */
  readonly stride: number;
  private readonly stateWidth: number;
  /** By word of a profile: bits that are set where a property is violated. */
  readonly violations: Int32Array;
  /** How many states have each profile, and the one counted last with how often in a row. */
  private readonly counts = new Map<string, { readonly profile: Uint32Array; times: number }>();
  private readonly last: Uint32Array;
  private run = 0;

  constructor(board: Board, stateWidth: number, memory: Memory) {
    this.board = board;
    this.stateWidth = stateWidth;
    this.rows = board.stateRows.length + (board.watchesLeaks ? 1 : 0);
    this.width = Math.ceil(this.rows / ROWS_PER_WORD);
    this.stale = new Int32Array(this.rows);
    this.isStale = new Uint8Array(this.rows);
    this.stride = Math.ceil(this.rows / ROWS_AT_ONCE) * ROWS_AT_ONCE;
    const bytes = this.stride * stateWidth * 4;
    this.looks = int32s(memory.get('looks', 0) ?? memory.take('looks', 0, bytes));
    this.violations = new Int32Array(this.width);
    this.last = new Uint32Array(this.width);
    for (let row = 0; row < this.rows; row += 1) {
      if (board.stateRows[row]?.property?.kind === 'reachable') continue;
      const word = Math.floor(row / ROWS_PER_WORD);
      this.violations[word] = (this.violations[word] as number) | (NO << shiftOf(row));
    }
  }

  /** Notes what asking a row has looked at. */
  look(row: number, looks: readonly number[], packing: Packing): void {
    for (const look of looks) {
      const { offset, mask } = lookAt(look);
      const bits = mask & (packing.mask[offset] as number);
      const at = (packing.word[offset] as number) * this.stride + row;
      Atomics.or(this.looks, at, bits << (packing.shift[offset] as number));
    }
  }

  /** Adds the bits that asking a row has ever looked at. */
  looksOf(row: number, into: Int32Array): void {
    for (let word = 0; word < this.stateWidth; word += 1)
      into[word] = (into[word] as number) | (this.looks[word * this.stride + row] as number);
  }

  /** How many rows look at a bit in which two packed states differ; `stale` has them. */
  staleAfter(words: Uint32Array, from: number, sources: Uint32Array, source: number): number {
    const { looks, stale, isStale, rows, stride, stateWidth } = this;
    let count = 0;
    for (let word = 0; word < stateWidth; word += 1) {
      const changed = (words[from + word] as number) ^ (sources[source + word] as number);
      if (changed === 0) continue;
      const first = word * stride;
      for (let row = 0; row < rows; row += 1) {
        if (((looks[first + row] as number) & changed) === 0 || isStale[row] === 1) continue;
        isStale[row] = 1;
        stale[count] = row;
        count += 1;
      }
    }
    for (let at = 0; at < count; at += 1) isStale[stale[at] as number] = 0;
    return count;
  }

  get(profile: Uint32Array, at: number, row: number): Answer {
    const word = profile[at + Math.floor(row / ROWS_PER_WORD)] as number;
    return ((word >>> shiftOf(row)) & 3) as Answer;
  }

  set(profile: Uint32Array, at: number, row: number, answer: Answer): void {
    const word = at + Math.floor(row / ROWS_PER_WORD);
    const shift = shiftOf(row);
    profile[word] = ((profile[word] as number) & ~(3 << shift)) | (answer << shift);
  }

  /** Whether a profile violates anything. */
  violates(profile: Uint32Array, at: number): boolean {
    for (let word = 0; word < this.width; word += 1)
      if (((profile[at + word] as number) & (this.violations[word] as number)) !== 0) return true;
    return false;
  }

  /** Counts so many states with a profile. */
  add(profile: Uint32Array, times: number): void {
    const key = profile.join();
    const known = this.counts.get(key);
    if (known === undefined) this.counts.set(key, { profile, times });
    else known.times += times;
  }

  /** Counts a state with a profile; whether that violates anything. */
  count(profile: Uint32Array, at: number): boolean {
    const { last, width } = this;
    let isLast = true;
    for (let word = 0; word < width; word += 1)
      if (profile[at + word] !== last[word]) isLast = false;
    if (!isLast) {
      this.keep();
      for (let word = 0; word < width; word += 1) last[word] = profile[at + word] as number;
    }
    this.run += 1;
    return this.violates(profile, at);
  }

  /** Adds what was counted since the last time to the rows. */
  settle(): void {
    this.keep();
    for (const { profile, times } of this.counts.values()) {
      for (const [index, row] of this.board.stateRows.entries()) {
        const answer = this.get(profile, 0, index);
        if (answer === NOT_ASKED) continue;
        row.evaluated += times;
        if (row.property?.kind === 'reachable' && answer === YES) row.met += times;
      }
      if (this.board.watchesLeaks && this.get(profile, 0, this.rows - 1) !== NOT_ASKED)
        this.board.leakRow.evaluated += times;
    }
    this.counts.clear();
  }

  private keep(): void {
    if (this.run === 0) return;
    this.add(this.last.slice(), this.run);
    this.run = 0;
  }
}

function shiftOf(row: number): number {
  return (row % ROWS_PER_WORD) * 2;
}
