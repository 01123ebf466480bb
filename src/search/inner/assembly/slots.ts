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

/** Which slots of the group at an address hold what may be a state of that hash, a bit for each. */
export function likelyLanes(group: u32, hash: u32, known: u32): u32 {
  return lanes(
    likely(v128.load(group), hash, known),
    likely(v128.load(group + 16), hash, known),
    likely(v128.load(group + 32), hash, known),
    likely(v128.load(group + 48), hash, known),
  );
}

/**
 * The same, and which are free. Each vector is loaded once for both: a slot that was free at one look and taken at the next, by another
 * thread, would be neither.
 */
function likelyOrFreeLanes(group: u32, hash: u32, known: u32): u32 {
  return lanes(
    likelyOrFree(v128.load(group), hash, known),
    likelyOrFree(v128.load(group + 16), hash, known),
    likelyOrFree(v128.load(group + 32), hash, known),
    likelyOrFree(v128.load(group + 48), hash, known),
  );
}

function likely(slots: v128, hash: u32, known: u32): v128 {
  return v128.andnot(isHash(slots, hash, known), isFree(slots));
}

function likelyOrFree(slots: v128, hash: u32, known: u32): v128 {
  return v128.or(isHash(slots, hash, known), isFree(slots));
}

function isHash(slots: v128, hash: u32, known: u32): v128 {
  return i32x4.eq(v128.and(slots, i32x4.splat(~known)), i32x4.splat(hash & ~known));
}

function isFree(slots: v128): v128 {
  return i32x4.eq(slots, i32x4.splat(0));
}

/** A bit for each of a group's slots. It is four vectors: a line of the cache. */
function lanes(one: v128, two: v128, three: v128, four: v128): u32 {
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
    const found = likelyOrFreeLanes(part + (slot << 2), hash, known);
    if (found !== 0) return slot + ctz(found);
    slot = (slot + GROUP) & (length - 1);
  }
  return length;
}
