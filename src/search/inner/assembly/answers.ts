/** Asking properties of new states, as far as answers were learned; what `LearnedAnswers` and `Profiles` do. */
import {
  ANSWER_USES,
  ANSWERS,
  CURRENT,
  LEAKS,
  LEVEL_FROM,
  LOOKS,
  NEXT,
  NEXT_FROM,
  PROFILE,
  ROWS,
  ROWS_PER_WORD,
  STALE,
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
  const rows = get(block, ROWS);
  const width = get(block, WIDTH);
  const length = get(block, PROFILE);
  const old = get(block, CURRENT) + (((parent - get(block, LEVEL_FROM)) * length) << 2);
  const profile = get(block, NEXT) + (((id - get(block, NEXT_FROM)) * length) << 2);
  const looks = get(block, LOOKS);
  const stale = get(block, STALE);
  copy(profile, old, length);
  let isAny = false;
  for (let word: u32 = 0; word < width; word += 1) {
    const changed = load<u32>(from + (word << 2)) ^ load<u32>(source + (word << 2));
    if (changed === 0) continue;
    const own = looks + ((word * rows) << 2);
    for (let row: u32 = 0; row < rows; row += 1) {
      if ((load<u32>(own + (row << 2)) & changed) === 0) continue;
      store<u8>(stale + row, 1);
      isAny = true;
    }
  }
  if (isAny && !answer(block, from, profile)) return false;
  return tally(block, profile);
}

/** Has the rows that are stale answered; false where one has not been asked before. None is stale after it. */
function answer(block: u32, from: u32, profile: u32): bool {
  const rows = get(block, ROWS);
  const stale = get(block, STALE);
  const trees = get(block, ANSWERS);
  const uses = get(block, ANSWER_USES);
  const leaks = get(block, LEAKS);
  let isKnown = true;
  for (let row: u32 = 0; row < rows; row += 1) {
    if (load<u8>(stale + row) === 0) continue;
    store<u8>(stale + row, 0);
    if (!isKnown) continue;
    const leaf = walk(load<u32>(trees + (row << 2)), from);
    // Only the other side knows what was leaked.
    if (leaf === 0 || (row === leaks && leaf !== -1)) {
      isKnown = false;
      continue;
    }
    const use = uses + (row << 2);
    store<u32>(use, load<u32>(use) + 1);
    const word = profile + ((row / ROWS_PER_WORD) << 2);
    const shift = (row % ROWS_PER_WORD) << 1;
    store<u32>(word, (load<u32>(word) & ~(3 << shift)) | ((<u32>(-1 - leaf)) << shift));
  }
  return isKnown;
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
