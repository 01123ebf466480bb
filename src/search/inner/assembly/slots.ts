/** The slots of the table, a group at a time: what is taken of a group comes first. */

import { GROUP, PART_BITS, PARTS } from '../../shapes.ts';

/** Of the hashes of states in a part of so many slots: the bits that an entry does not hold, for it holds an id there. */
export function knownBits(length: u32): u32 {
  return length * PARTS - 1;
}

/** Where the part of a hash is written down: its address, then its slots. */
export function partAt(parts: u32, hash: u32): u32 {
  return parts + ((hash & (PARTS - 1)) << 3);
}

/** Where the group of a hash begins, in slots. */
export function groupOf(hash: u32, length: u32): u32 {
  return (hash >> PART_BITS) & (length - 1) & -GROUP;
}

/** Which slots of the group at an address are free, a bit for each. */
export function freeLanes(group: u32): u32 {
  return equalLanes(group, i32x4.splat(-1), i32x4.splat(0));
}

/** Which slots of the group hold what may be a state of that hash; or are free. */
export function likelyLanes(group: u32, hash: u32, known: u32): u32 {
  return equalLanes(group, i32x4.splat(~known), i32x4.splat(hash & ~known));
}

/** Which slots of the group have some bits as they are sought. A group is four vectors: a line of the cache. */
function equalLanes(group: u32, mask: v128, sought: v128): u32 {
  const one = i32x4.eq(v128.and(v128.load(group), mask), sought);
  const two = i32x4.eq(v128.and(v128.load(group + 16), mask), sought);
  const three = i32x4.eq(v128.and(v128.load(group + 32), mask), sought);
  const four = i32x4.eq(v128.and(v128.load(group + 48), mask), sought);
  const low = i16x8.narrow_i32x4_s(one, two);
  const high = i16x8.narrow_i32x4_s(three, four);
  return i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
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
