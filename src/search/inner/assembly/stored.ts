/** States that are stored, whole or folded: where `segments` is 0 there is a tree. */
import { WIDTH } from '../fields.ts';
import { copy, equals, FIRST_SUM, finished, get, stateAt, sumOf } from './block.ts';
import { expand, fold, foldedHash, isFolded, touchFolded } from './tree.ts';

/** Where the words of a stored state lie; those of a folded one are put at `room`. */
export function wordsOf(block: u32, segments: u32, width: u32, id: u32, room: u32): u32 {
  if (segments !== 0) return stateAt(segments, width, id);
  expand(block, id, room);
  return room;
}

/** Whether a stored state has the words at `from`. */
export function holds(block: u32, segments: u32, width: u32, id: u32, from: u32): bool {
  if (segments !== 0) return equals(stateAt(segments, width, id), from, width);
  return isFolded(block, id, from);
}

/** Stores the words at `from` as a state. */
export function putWords(block: u32, segments: u32, width: u32, id: u32, from: u32): void {
  if (segments !== 0) copy(stateAt(segments, width, id), from, width);
  else fold(block, id, from);
}

/** Something of what comparing a stored state would read. */
export function touch(block: u32, segments: u32, width: u32, id: u32): u32 {
  if (segments === 0) return touchFolded(block, id, 0);
  const state = stateAt(segments, width, id);
  return load<u32>(state) ^ load<u32>(state + ((width - 1) << 2));
}

/** The hash of a stored state. */
export function hashOf(block: u32, segments: u32, id: u32): u32 {
  if (segments === 0) return foldedHash(block, id);
  const width = get(block, WIDTH);
  return finished(FIRST_SUM + sumOf(stateAt(segments, width, id), 0, width));
}
