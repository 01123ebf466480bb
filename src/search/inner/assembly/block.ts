/**
 * The inner loop, in the TypeScript of AssemblyScript, which becomes WebAssembly (`npm run inner`): what is done with states as long as
 * nothing has to be executed. Where something has, it stops and says where. Here is what all of it works with: the control block, packed
 * states and their hashes, and the trees of what was learned.
 */
import { SEGMENT_BITS } from '../fields.ts';

export function get(block: u32, field: u32): u32 {
  return load<u32>(block + (field << 2));
}

export function set(block: u32, field: u32, value: u32): void {
  store<u32>(block + (field << 2), value);
}

export function copy(to: u32, from: u32, words: u32): void {
  for (let word: u32 = 0; word < words; word += 1)
    store<u32>(to + (word << 2), load<u32>(from + (word << 2)));
}

export function equals(one: u32, other: u32, width: u32): bool {
  for (let word: u32 = 0; word < width; word += 1)
    if (load<u32>(one + (word << 2)) !== load<u32>(other + (word << 2))) return false;
  return true;
}

/** As in hash.ts. */
export function mixed(word: u32, value: u32): u32 {
  const mix = (value ^ ((word + 1) * 0x9e3779b9)) * 0xcc9e2d51;
  const more = (mix ^ (mix >> 15)) * 0x1b873593;
  return more ^ (more >> 16);
}

/** What the sum over the words of a state begins with, as in hash.ts. */
export const FIRST_SUM: u32 = 0x9747b28c;

export function finished(sum: u32): u32 {
  let hash = sum ^ (sum >> 16);
  hash *= 0x85ebca6b;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

export function stateAt(segments: u32, width: u32, id: u32): u32 {
  const segment = load<u32>(segments + ((id >> SEGMENT_BITS) << 2));
  return segment + (((id & ((1 << SEGMENT_BITS) - 1)) * width) << 2);
}

/** The leaf of a state in a tree, as the tree has it; 0 where it is not known. */
export function walk(nodes: u32, state: u32): i32 {
  let at = load<i32>(nodes);
  while (at > 0) {
    const node = nodes + ((<u32>at) << 2);
    const header = load<u32>(node);
    const value =
      (load<u32>(state + ((header >> 13) << 2)) >> (header & 31)) & ((header >> 5) & 0xff);
    at = load<i32>(node + 8 + (value << 2));
  }
  return at;
}
