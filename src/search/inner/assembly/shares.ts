/** One thread's share of a block of states; what `Visited.claim`, `Visited.confirm` and `Outbox` do. */

import { PARTS } from '../../shapes.ts';
import {
  ASK,
  BLOCK_FROM,
  CHUNK_STATES,
  CLAIMED,
  CPUS,
  END_OF,
  ENTRIES,
  FINISHED,
  FIRST,
  HASH,
  HASHES,
  KNOWN,
  LAST_PLACE,
  LOOPS,
  MARKS,
  NEW,
  NO_PLACE,
  NO_SLOT,
  ORIGINS,
  OUT_BASE,
  OUT_CHUNKS,
  OUT_MARKS,
  OUT_WORDS,
  PARENT,
  PARTS_AT,
  PLACE,
  RESULT,
  ROWS,
  SEGMENTS,
  SLOT,
  SOURCE_ROOM,
  WIDTH,
  WORDS,
} from '../fields.ts';
import { ask } from './answers.ts';
import { copy, equals, get, set } from './block.ts';
import { firstLikely, knownBits, partAt } from './slots.ts';
import { put } from './states.ts';
import { holds, wordsOf } from './stored.ts';

/** What became of a state that was to claim a slot. */
const CLAIMED_ONE: u32 = 0;
const KNOWN_ONE: u32 = 1;
const FULL_PART: u32 = 2;

/** Puts a state in the outbox, where whoever sees its slot taken looks for it. */
function send(block: u32, place: u32, from: u32, hash: u32, parent: u32, slot: u32): void {
  const width = get(block, WIDTH);
  copy(get(block, OUT_WORDS) + ((place * width) << 2), from, width);
  const marks = get(block, OUT_MARKS) + ((place * MARKS) << 2);
  store<u32>(marks + (PARENT << 2), parent);
  store<u32>(marks + (HASH << 2), hash);
  store<u32>(marks + (SLOT << 2), slot);
}

/** What lies at a place has lost its slot to one that comes first in order. */
function drop(block: u32, place: u32): void {
  const parent = load<u32>(get(block, OUT_MARKS) + ((place * MARKS + PARENT) << 2));
  const chunk = (parent - get(block, BLOCK_FROM)) / get(block, CHUNK_STATES);
  atomic.sub<u32>(get(block, OUT_CHUNKS) + ((chunk * KNOWN + NEW) << 2), 1);
}

/** Claims a slot for a state of the batch, for it to lie at a place; see `Visited.claim`. Whether it has, or why it cannot. */
function claimOne(block: u32, from: u32, hash: u32, parent: u32, place: u32): u32 {
  const width = get(block, WIDTH);
  const segments = get(block, SEGMENTS);
  const base = get(block, OUT_BASE);
  const parts = partAt(get(block, PARTS_AT), hash);
  const part = load<u32>(parts);
  const length = load<u32>(parts + 4);
  const known = knownBits(length);
  const mine = (hash & ~known) | (base + place + 1);
  let slot = firstLikely(part, length, hash);
  if (slot === length) return FULL_PART;
  for (let left = length; left > 0; ) {
    const at = part + (slot << 2);
    let entry = atomic.load<u32>(at);
    if (entry === 0) {
      send(block, place, from, hash, parent, slot);
      entry = atomic.cmpxchg<u32>(at, 0, mine);
      if (entry === 0) return CLAIMED_ONE;
    }
    if (((entry ^ hash) & ~known) === 0) {
      const id = (entry & known) - 1;
      if (id < base) {
        if (holds(block, segments, width, id, from)) return KNOWN_ONE;
      } else {
        const other = id - base;
        if (equals(get(block, OUT_WORDS) + ((other * width) << 2), from, width)) {
          const marks = get(block, OUT_MARKS) + ((other * MARKS) << 2);
          if (load<u32>(marks + (PARENT << 2)) <= parent) return KNOWN_ONE;
          send(block, place, from, hash, parent, slot);
          if (atomic.cmpxchg<u32>(at, entry, mine) !== entry) continue;
          drop(block, other);
          return CLAIMED_ONE;
        }
      }
    }
    slot = (slot + 1) & (length - 1);
    left -= 1;
  }
  return FULL_PART;
}

/** Claims slots for what is new among the states of the batch; why it has stopped. */
export function claim(block: u32): u32 {
  const width = get(block, WIDTH);
  const segments = get(block, SEGMENTS);
  const entries = get(block, ENTRIES);
  const cpus = get(block, CPUS);
  const words = get(block, WORDS);
  const hashes = get(block, HASHES);
  const loops = get(block, LOOPS);
  const endOf = get(block, END_OF);
  const origins = get(block, ORIGINS);
  const first = get(block, FIRST);
  const claimed = get(block, CLAIMED);
  const last = get(block, LAST_PLACE);
  let place = get(block, PLACE);
  let at: u32 = 0;
  for (let origin: u32 = 0; origin < origins; origin += 1) {
    const end = load<u32>(endOf + (((origin + 1) * cpus - 1) << 2));
    for (; at < end; at += 1) {
      if (load<u8>(loops + at) !== 0) continue;
      if (place === last) return NO_PLACE;
      const hash = load<u32>(hashes + (at << 2));
      const from = words + ((at * width) << 2);
      const likely = load<u32>(entries + (at << 2));
      if (likely !== 0 && holds(block, segments, width, likely - 1, from)) continue;
      const how = claimOne(block, from, hash, first + origin, place);
      if (how === KNOWN_ONE) continue;
      if (how === FULL_PART) return NO_SLOT;
      const count = claimed + ((hash & (PARTS - 1)) << 2);
      store<u32>(count, load<u32>(count) + 1);
      place += 1;
    }
  }
  set(block, PLACE, place);
  return FINISHED;
}

/**
 * Stores what has kept its slot among the places from `PLACE` on, before `LAST_PLACE`, under the numbers from `RESULT` on, and asks of
 * it; see `Visited.confirm`. Why it has stopped: to ask of what lies at `PLACE`.
 */
export function confirm(block: u32): u32 {
  const width = get(block, WIDTH);
  const segments = get(block, SEGMENTS);
  const words = get(block, OUT_WORDS);
  const marksAt = get(block, OUT_MARKS);
  const base = get(block, OUT_BASE);
  const parts = get(block, PARTS_AT);
  const last = get(block, LAST_PLACE);
  const asks = get(block, ROWS) !== 0;
  const room = get(block, SOURCE_ROOM);
  let source: u32 = 0;
  let loaded: u32 = 0xffffffff;
  let id = get(block, RESULT);
  for (let place = get(block, PLACE); place < last; place += 1) {
    const marks = marksAt + ((place * MARKS) << 2);
    const hash = load<u32>(marks + (HASH << 2));
    const part = partAt(parts, hash);
    const known = knownBits(load<u32>(part + 4));
    const slot = load<u32>(part) + (load<u32>(marks + (SLOT << 2)) << 2);
    if ((load<u32>(slot) & known) - 1 !== base + place) continue;
    store<u32>(slot, (hash & ~known) | (id + 1));
    const from = words + ((place * width) << 2);
    const parent = load<u32>(marks + (PARENT << 2));
    put(block, segments, width, id, from, parent);
    if (asks && (segments !== 0 || parent !== loaded))
      source = wordsOf(block, segments, width, parent, room);
    loaded = parent;
    if (asks && !ask(block, from, source, parent, id)) {
      set(block, PLACE, place);
      set(block, RESULT, id);
      return ASK;
    }
    id += 1;
  }
  return FINISHED;
}

/** Has memory fetched where those from `PLACE` on, before `LAST_PLACE`, have claimed their slots. */
export function fetchClaims(block: u32): u32 {
  const marksAt = get(block, OUT_MARKS);
  const parts = get(block, PARTS_AT);
  const last = get(block, LAST_PLACE);
  let fetched: u32 = 0;
  for (let place = get(block, PLACE); place < last; place += 1) {
    const marks = marksAt + ((place * MARKS) << 2);
    const part = load<u32>(partAt(parts, load<u32>(marks + (HASH << 2))));
    fetched ^= load<u32>(part + (load<u32>(marks + (SLOT << 2)) << 2));
  }
  return fetched;
}
