/** The slots of the table, a group at a time: what is taken of a group comes first. */

import { GROUP, PART_BITS, PARTS } from '../../shapes.ts';

/** Of the hashes of states in a part of so many slots: the bits that an entry does not hold, for it holds an id there. */
export function knownBits(length: u32): u32 {
  return length * PARTS - 1;
}

/** Where the group of a hash begins, in slots. */
export function groupOf(hash: u32, length: u32): u32 {
  return (hash >> PART_BITS) & (length - 1) & -GROUP;
}

/** Which slots of the group at an address are free, a bit for each. A group is two vectors. */
export function freeLanes(group: u32): u32 {
  const none = i32x4.splat(0);
  const first: u32 = i32x4.bitmask(i32x4.eq(v128.load(group), none));
  const second: u32 = i32x4.bitmask(i32x4.eq(v128.load(group + 16), none));
  return first | (second << 4);
}

/** Which slots of the group hold what may be a state of that hash; or are free. */
export function likelyLanes(group: u32, hash: u32, known: u32): u32 {
  const mask = i32x4.splat(~known);
  const sought = i32x4.splat(hash & ~known);
  const first: u32 = i32x4.bitmask(i32x4.eq(v128.and(v128.load(group), mask), sought));
  const second: u32 = i32x4.bitmask(i32x4.eq(v128.and(v128.load(group + 16), mask), sought));
  return first | (second << 4);
}

/**
 * The first slot, from the group of a hash on, that holds what may be a state of it, or is free; the number of slots where there is
 * none. What others have put in meanwhile may be missed only where it was free.
 */
export function firstLikely(part: u32, length: u32, hash: u32): u32 {
  const known = knownBits(length);
  let slot = groupOf(hash, length);
  for (let left = length; left > 0; left -= GROUP) {
    const lanes = likelyLanes(part + (slot << 2), hash, known) | freeLanes(part + (slot << 2));
    if (lanes !== 0) return slot + ctz(lanes);
    slot = (slot + GROUP) & (length - 1);
  }
  return length;
}
