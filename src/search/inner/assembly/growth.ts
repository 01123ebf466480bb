/** Filling a part of the table that has become larger; see `Visited.rehash`. */

import { GROUP, PART_BITS } from '../../shapes.ts';
import { SEGMENTS, UNSURE, UNSURE_ROOM, WIDTH } from '../fields.ts';
import { get } from './block.ts';
import { groupOf, knownBits } from './slots.ts';
import { hashOf, touch } from './stored.ts';

/** Puts some states, whose numbers lie at `UNSURE`, into a part of the table, fetched all at once. */
function refillStates(block: u32, count: u32, part: u32, length: u32): u32 {
  const ids = get(block, UNSURE);
  const segments = get(block, SEGMENTS);
  const width = get(block, WIDTH);
  const known = knownBits(length);
  let fetched: u32 = 0;
  for (let next: u32 = 0; next < count; next += 1) {
    fetched ^= touch(block, segments, width, load<u32>(ids + (next << 2)));
  }
  for (let next: u32 = 0; next < count; next += 1) {
    const id = load<u32>(ids + (next << 2));
    const hash = hashOf(block, segments, id);
    let slot = groupOf(hash, length);
    while (load<u32>(part + (slot << 2)) !== 0) slot = (slot + 1) & (length - 1);
    store<u32>(part + (slot << 2), (hash & ~known) | (id + 1));
  }
  return fetched;
}

/** Divides what a group has, all its own, among two that are empty, by a bit of the hash: the same steps whatever that is. */
function split(group: u32, low: u32, high: u32, bit: u32): void {
  const end = group + (GROUP << 2);
  for (; group < end; group += 4) {
    const entry = load<u32>(group);
    const isHigh = (entry & bit) !== 0;
    store<u32>(isHigh ? high : low, entry & ~bit);
    high += isHigh ? 4 : 0;
    low += isHigh || entry === 0 ? 0 : 4;
  }
}

/** Fills a larger part of the table; see `Visited.rehash`. */
export function refill(block: u32, old: u32, oldLength: u32, part: u32, length: u32): u32 {
  const ids = get(block, UNSURE);
  const before = knownBits(oldLength);
  const known = knownBits(length);
  const isDouble = length === oldLength << 1;
  let unsure: u32 = 0;
  let fetched: u32 = 0;
  for (let group: u32 = 0; group < oldLength; group += GROUP) {
    // Where the slot before is free, nothing has come over from there.
    const isOwn = load<u32>(old + (((group - 1) & (oldLength - 1)) << 2)) === 0;
    const low = part + (group << 2);
    const high = low + (oldLength << 2);
    if (isOwn && isDouble && (load<u32>(low) | load<u32>(high)) === 0) {
      split(old + (group << 2), low, high, before + 1);
      continue;
    }
    for (let at = group; at < group + GROUP; at += 1) {
      const entry = load<u32>(old + (at << 2));
      if (entry === 0) break;
      if (!isOwn) {
        store<u32>(ids + (unsure << 2), (entry & before) - 1);
        unsure += 1;
        continue;
      }
      let slot = group + ((entry & known & ~before) >> PART_BITS);
      while (load<u32>(part + (slot << 2)) !== 0) slot = (slot + 1) & (length - 1);
      store<u32>(part + (slot << 2), (entry & ~known) | (entry & before));
    }
    if (unsure + GROUP <= <u32>UNSURE_ROOM) continue;
    fetched ^= refillStates(block, unsure, part, length);
    unsure = 0;
  }
  return fetched ^ refillStates(block, unsure, part, length);
}
