/** Asking properties of new states, as far as answers were learned; what `LearnedAnswers` and `Profiles` do. */

import { ROWS_PER_WORD } from '../../shapes.ts';
import {
  ANSWER_USES,
  ANSWERS,
  CHANGES,
  CURRENT,
  LEAKS,
  LEVEL_FROM,
  LOOKS,
  NEXT,
  NEXT_FROM,
  PROFILE,
  STALE,
  STRIDE,
  TALLIES,
  TALLY,
  VIOLATIONS,
  WIDTH,
} from '../fields.ts';
import { copy, equals, get, walk } from './block.ts';

/**
 * Asks the properties of states of a new one, of the words at `from`, a move away from the one at `source`: those that look at what has
 * changed. False, with nothing counted, where the other side has to.
 */
export function ask(block: u32, from: u32, source: u32, parent: u32, id: u32): bool {
  const length = get(block, PROFILE);
  const old = get(block, CURRENT) + (((parent - get(block, LEVEL_FROM)) * length) << 2);
  const profile = get(block, NEXT) + (((id - get(block, NEXT_FROM)) * length) << 2);
  copy(profile, old, length);
  const changes = differences(block, from, source);
  const stale = staleAfter(block, changes);
  if (stale !== 0 && !answer(block, from, profile, stale)) return false;
  return tally(block, profile);
}

/** Puts at `CHANGES` which words of two states differ, and in which bits; how many. */
function differences(block: u32, one: u32, other: u32): u32 {
  const width = get(block, WIDTH);
  const changes = get(block, CHANGES);
  let at = changes;
  let word: u32 = 0;
  for (; word + 4 <= width; word += 4) {
    const changed = v128.xor(v128.load(one + (word << 2)), v128.load(other + (word << 2)));
    if (!v128.any_true(changed)) continue;
    at = change(at, word, i32x4.extract_lane(changed, 0));
    at = change(at, word + 1, i32x4.extract_lane(changed, 1));
    at = change(at, word + 2, i32x4.extract_lane(changed, 2));
    at = change(at, word + 3, i32x4.extract_lane(changed, 3));
  }
  for (; word < width; word += 1)
    at = change(at, word, load<u32>(one + (word << 2)) ^ load<u32>(other + (word << 2)));
  return (at - changes) >> 3;
}

function change(at: u32, word: u32, bits: u32): u32 {
  if (bits === 0) return at;
  store<u32>(at, word);
  store<u32>(at + 4, bits);
  return at + 8;
}

/** Puts at `STALE` the rows that look at a bit among so many changes; how many. Four rows at a time. */
function staleAfter(block: u32, changes: u32): u32 {
  const looks = get(block, LOOKS);
  const stride = get(block, STRIDE);
  const stale = get(block, STALE);
  const from = get(block, CHANGES);
  const end = from + (changes << 3);
  let count: u32 = 0;
  for (let row: u32 = 0; row < stride; row += 4) {
    let touched = i32x4.splat(0);
    for (let at = from; at < end; at += 8) {
      const own = v128.load(looks + ((load<u32>(at) * stride + row) << 2));
      touched = v128.or(touched, v128.and(own, i32x4.splat(load<u32>(at + 4))));
    }
    let lanes: u32 = i32x4.bitmask(i32x4.ne(touched, i32x4.splat(0)));
    for (; lanes !== 0; lanes &= lanes - 1) {
      store<u32>(stale + (count << 2), row + <u32>ctz(lanes));
      count += 1;
    }
  }
  return count;
}

/** Has so many rows at `STALE` answered; false where one has not been asked before. */
function answer(block: u32, from: u32, profile: u32, count: u32): bool {
  const stale = get(block, STALE);
  const trees = get(block, ANSWERS);
  const uses = get(block, ANSWER_USES);
  const leaks = get(block, LEAKS);
  for (let next: u32 = 0; next < count; next += 1) {
    const row = load<u32>(stale + (next << 2));
    const leaf = walk(load<u32>(trees + (row << 2)), from);
    // Only the other side knows what was leaked.
    if (leaf === 0 || (row === leaks && leaf !== -1)) return false;
    const use = uses + (row << 2);
    store<u32>(use, load<u32>(use) + 1);
    const word = profile + ((row / ROWS_PER_WORD) << 2);
    const shift = (row % ROWS_PER_WORD) << 1;
    store<u32>(word, (load<u32>(word) & ~(3 << shift)) | ((<u32>(-1 - leaf)) << shift));
  }
  return true;
}

/** Counts a state with a profile; false where something is violated, or such a profile was not met before. */
function tally(block: u32, profile: u32): bool {
  const length = get(block, PROFILE);
  const violations = get(block, VIOLATIONS);
  for (let word: u32 = 0; word < length; word += 1)
    if ((load<u32>(profile + (word << 2)) & load<u32>(violations + (word << 2))) !== 0)
      return false;
  const bytes = (length + 1) << 2;
  let one = get(block, TALLY);
  for (const end = one + get(block, TALLIES) * bytes; one < end; one += bytes) {
    if (!equals(one + 4, profile, length)) continue;
    store<u32>(one, load<u32>(one) + 1);
    return true;
  }
  return false;
}
