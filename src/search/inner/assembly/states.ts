/** Finding states that were met and storing new ones; what `Visited`, `Store` and `Parents` do. */

import { GROUP, LOW_BITS, NAMES, PAGE_BITS, PARTS, SEGMENT_BITS } from '../../shapes.ts';
import {
  AFTER,
  ASK,
  AT,
  COUNT,
  CPUS,
  END_OF,
  ENTRIES,
  FINISHED,
  FIRST,
  FIRSTS,
  FULL_AT,
  GROW,
  HASHES,
  HIGH,
  IS_NEW,
  LOOPS,
  LOWS,
  NOTE,
  NUMBERS,
  ORIGIN,
  ORIGINS,
  PARTS_AT,
  RESULT,
  ROWS,
  SEGMENTS,
  SOURCES,
  STATES,
  TAKEN,
  WIDTH,
  WORDS,
} from '../fields.ts';
import { ask } from './answers.ts';
import { get, set, stateAt } from './block.ts';
import { firstLikely, groupOf, knownBits, likelyLanes, partAt } from './slots.ts';
import { holds, putWords } from './stored.ts';
import { touchFolded } from './tree.ts';

const GROUP_END: u32 = 1 << GROUP;

/**
 * Has memory fetched where the states of the batch are looked for, and notes at `ENTRIES` 1 + the stored state that each is likely to
 * be, or 0; see `Visited.fetch`. In rounds of loads that wait for nothing but memory. Nobody wants what it returns.
 */
export function fetch(block: u32): u32 {
  const hashes = get(block, HASHES);
  const entries = get(block, ENTRIES);
  const parts = get(block, PARTS_AT);
  const count = get(block, COUNT);
  const segments = get(block, SEGMENTS);
  const width = get(block, WIDTH);
  const states = get(block, STATES);
  let fetched: u32 = 0;
  for (let at: u32 = 0; at < count; at += 1) {
    const hash = load<u32>(hashes + (at << 2));
    const part = partAt(parts, hash);
    fetched ^= load<u32>(load<u32>(part) + (groupOf(hash, load<u32>(part + 4)) << 2));
  }
  for (let at: u32 = 0; at < count; at += 1) {
    const hash = load<u32>(hashes + (at << 2));
    const part = partAt(parts, hash);
    const length = load<u32>(part + 4);
    const group = load<u32>(part) + (groupOf(hash, length) << 2);
    const known = knownBits(length);
    const lanes = likelyLanes(group, hash, known);
    const entry = load<u32>(group + ((ctz(lanes | GROUP_END) & (GROUP - 1)) << 2)) & known;
    store<u32>(entries + (at << 2), lanes !== 0 && entry <= states ? entry : 0);
  }
  if (segments !== 0) {
    const last = (width - 1) << 2;
    for (let at: u32 = 0; at < count; at += 1) {
      const likely = load<u32>(entries + (at << 2));
      const state = stateAt(segments, width, likely - <u32>(likely !== 0));
      fetched ^= load<u32>(state) ^ load<u32>(state + last);
    }
    return fetched;
  }
  for (let depth: u32 = 0; depth < 2; depth += 1) {
    for (let at: u32 = 0; at < count; at += 1) {
      const likely = load<u32>(entries + (at << 2));
      if (likely !== 0) fetched ^= touchFolded(block, likely - 1, depth);
    }
  }
  return fetched;
}

/** Notes the first state with a parent whose high bits are others than those of the one before; see `Parents`. */
function beginParents(block: u32, high: u32, id: u32): void {
  set(block, HIGH, high);
  const page = load<u32>(get(block, FIRSTS) + ((high >> PAGE_BITS) << 2));
  const place = page + ((high & ((1 << PAGE_BITS) - 1)) << 2);
  let old = atomic.load<u32>(place);
  while (old === 0 || id + 1 < old) {
    const seen = atomic.cmpxchg<u32>(place, old, id + 1);
    if (seen === old) return;
    old = seen;
  }
}

/** Puts a new state's words and parent where they belong; of parents in order. */
export function put(block: u32, segments: u32, width: u32, id: u32, from: u32, parent: u32): void {
  putWords(block, segments, width, id, from);
  const place = parent + NAMES;
  const high = place >> LOW_BITS;
  if (high !== get(block, HIGH)) beginParents(block, high, id);
  const lows = load<u32>(get(block, LOWS) + ((id >> SEGMENT_BITS) << 2));
  store<u8>(lows + (id & ((1 << SEGMENT_BITS) - 1)), <u8>place);
}

/** Stores what is new among the states of the batch, in order, and asks of it; goes on from `ORIGIN` and `AT`. Why it has stopped. */
export function insert(block: u32): u32 {
  const width = get(block, WIDTH);
  const cpus = get(block, CPUS);
  const segments = get(block, SEGMENTS);
  const words = get(block, WORDS);
  const sources = get(block, SOURCES);
  const hashes = get(block, HASHES);
  const numbers = get(block, NUMBERS);
  const loops = get(block, LOOPS);
  const endOf = get(block, END_OF);
  const entries = get(block, ENTRIES);
  const parts = get(block, PARTS_AT);
  const taken = get(block, TAKEN);
  const fullAt = get(block, FULL_AT);
  const after = get(block, AFTER);
  const origins = get(block, ORIGINS);
  const first = get(block, FIRST);
  const asks = get(block, ROWS) !== 0;
  let states = get(block, STATES);
  let origin = get(block, ORIGIN);
  let at = get(block, AT);
  for (; origin < origins; origin += 1) {
    const parent = first + origin;
    const end = load<u32>(endOf + (((origin + 1) * cpus - 1) << 2));
    for (; at < end; at += 1) {
      const from = words + ((at * width) << 2);
      let id = parent;
      let isNew = false;
      if (load<u8>(loops + at) === 0) {
        const hash = load<u32>(hashes + (at << 2));
        const index = hash & (PARTS - 1);
        const part = load<u32>(parts + (index << 3));
        const length = load<u32>(parts + (index << 3) + 4);
        const known = knownBits(length);
        let slot: u32 = 0;
        let entry = load<u32>(entries + (at << 2));
        if (entry !== 0 && holds(block, segments, width, entry - 1, from)) id = entry - 1;
        else {
          slot = firstLikely(part, length, hash);
          for (;;) {
            entry = load<u32>(part + (slot << 2));
            if (entry === 0) break;
            if (((entry ^ hash) & ~known) === 0) {
              id = (entry & known) - 1;
              if (holds(block, segments, width, id, from)) break;
            }
            slot = (slot + 1) & (length - 1);
          }
        }
        if (entry === 0) {
          const already = load<u32>(taken + (index << 2));
          if (states + 1 >= length * PARTS || already >= load<u32>(fullAt + (index << 2))) {
            stop(block, states, origin, at, index);
            return GROW;
          }
          id = states;
          isNew = true;
          put(block, segments, width, id, from, parent);
          states += 1;
          store<u32>(part + (slot << 2), (hash & ~known) | states);
          store<u32>(taken + (index << 2), already + 1);
        }
      }
      let why: u32 = FINISHED;
      if (load<u8>(after + load<u32>(numbers + (at << 2))) !== 0) why = NOTE;
      else if (isNew && asks && !ask(block, from, sources + ((origin * width) << 2), parent, id))
        why = ASK;
      if (why !== FINISHED) {
        stop(block, states, origin, at, id);
        set(block, IS_NEW, isNew ? 1 : 0);
        return why;
      }
    }
  }
  set(block, STATES, states);
  return FINISHED;
}

/** Says where it has stopped: at a move of an origin, and what is to be known of that. */
function stop(block: u32, states: u32, origin: u32, at: u32, result: u32): void {
  set(block, STATES, states);
  set(block, ORIGIN, origin);
  set(block, AT, at);
  set(block, RESULT, result);
}
