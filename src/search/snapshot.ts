/** A search between two of its states, as data: enough to go on from there and end as if it had never stopped. */
import { HeddleError } from '../design/errors.ts';
import { hashOf } from './hash.ts';
import type { Notes } from './notes.ts';
import type { Stop } from './verdict.ts';
import type { Visited } from './visited.ts';

/** States that follow each other, packed one after the other, each with its parent. */
export interface Chunk {
  readonly words: Uint32Array;
  readonly parents: Int32Array;
}

/** All of a snapshot but the states. */
export interface Circumstances {
  readonly states: number;
  /** 32-bit words of one packed state. */
  readonly width: number;
  /** The first state that is not expanded; all after it are not. */
  readonly next: number;
  /** First id of each level, and where the level being expanded ends. */
  readonly levelStarts: readonly number[];
  readonly initialNames: readonly string[];
  /** Whether the machine was compiled with sets of what contexts found under RCU. */
  readonly obtains: boolean;
  /** Milliseconds that were searched so far. */
  readonly spentMs: number;
  readonly notes: Notes;
  /** States there were when they were compressed because memory got short. */
  readonly compressedFrom?: number | undefined;
}

export interface Snapshot extends Circumstances {
  /** All states in order of discovery. A chunk is good until the next is asked for. */
  chunks(): Iterable<Chunk>;
}

/** Where a search is kept. Handed in, for the search itself touches no disk. */
export interface Keeper {
  /** Asked now and then, and where a bound ends the search: whether to keep it as it stands. */
  isDue(stopped?: Stop): boolean;
  keep(snapshot: Snapshot): void;
}

/** What keeping states and putting them back takes. */
type States = Pick<Visited, 'count' | 'width' | 'loadPacked' | 'parent' | 'insertPacked'>;

/** Words of a chunk, about: what keeping a search needs beside it. */
const CHUNK_WORDS = 1 << 18;

export function* chunksOf(store: States): Generator<Chunk> {
  const { count, width } = store;
  const room = Math.max(1, Math.floor(CHUNK_WORDS / (width + 1)));
  const words = new Uint32Array(room * width);
  const parents = new Int32Array(room);
  for (let from = 0; from < count; from += room) {
    const states = Math.min(room, count - from);
    for (let at = 0; at < states; at += 1) {
      store.loadPacked(from + at, words, at * width);
      parents[at] = store.parent(from + at);
    }
    yield { words: words.subarray(0, states * width), parents: parents.subarray(0, states) };
  }
}

/**
 * Puts the states of a snapshot into an empty store.
 * @throws HeddleError `other-checkpoint` where they are not states of this machine.
 */
export function putBack(snapshot: Snapshot, store: States): void {
  const { width } = store;
  if (snapshot.width !== width) throw otherStates(snapshot, width);
  for (const { words, parents } of snapshot.chunks()) {
    for (const [at, parent] of parents.entries()) {
      const from = at * width;
      store.insertPacked(words, from, hashOf(words, from, width), parent);
    }
  }
  if (store.count !== snapshot.states) throw otherStates(snapshot, width);
}

function otherStates(snapshot: Snapshot, width: number): HeddleError {
  const fact = `${snapshot.states} states of ${snapshot.width} words are kept; this machine's have ${width}`;
  return new HeddleError('other-checkpoint', fact);
}
