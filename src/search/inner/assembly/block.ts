/**
 * The inner loop, in the TypeScript of AssemblyScript, which becomes WebAssembly (`npm run inner`): what is done with states as long as
 * nothing has to be executed. Where something has, it stops and says where. Here is what all of it works with: the control block, packed
 * states and their hashes, and the trees of what was learned.
 */
import { SEGMENT_BITS } from '../../shapes.ts';

export function get(block: u32, field: u32): u32 {
  return load<u32>(block + (field << 2));
}

export function set(block: u32, field: u32, value: u32): void {
  store<u32>(block + (field << 2), value);
}

export function copy(to: u32, from: u32, words: u32): void {
  const end = to + (words << 2);
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to < end; to += 4, from += 4) store<u32>(to, load<u32>(from));
}

export function equals(one: u32, other: u32, width: u32): bool {
  const end = one + (width << 2);
  for (; one + 16 <= end; one += 16, other += 16)
    if (v128.any_true(v128.xor(v128.load(one), v128.load(other)))) return false;
  for (; one < end; one += 4, other += 4) if (load<u32>(one) !== load<u32>(other)) return false;
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

/** What some words of a state add to that sum. */
export function sumOf(state: u32, from: u32, to: u32): u32 {
  let sum: u32 = 0;
  for (let word = from; word < to; word += 1) sum += mixed(word, load<u32>(state + (word << 2)));
  return sum;
}

/** What all words of a state add up to, four at a time; copies them too. */
export function copySum(to: u32, from: u32, width: u32): u32 {
  let sum = FIRST_SUM;
  let word: u32 = 0;
  if (width >= 4) {
    const mostOf = i32x4.splat(0xcc9e2d51);
    const restOf = i32x4.splat(0x1b873593);
    const step = i32x4.splat(4 * 0x9e3779b9);
    let salt = i32x4(0x9e3779b9, 2 * 0x9e3779b9, 3 * 0x9e3779b9, 4 * 0x9e3779b9);
    let sums = i32x4.splat(0);
    for (; word + 4 <= width; word += 4) {
      const values = v128.load(from + (word << 2));
      v128.store(to + (word << 2), values);
      const mix = i32x4.mul(v128.xor(values, salt), mostOf);
      const more = i32x4.mul(v128.xor(mix, i32x4.shr_u(mix, 15)), restOf);
      sums = i32x4.add(sums, v128.xor(more, i32x4.shr_u(more, 16)));
      salt = i32x4.add(salt, step);
    }
    sum += i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
    sum += i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  }
  for (; word < width; word += 1) {
    const value = load<u32>(from + (word << 2));
    store<u32>(to + (word << 2), value);
    sum += mixed(word, value);
  }
  return sum;
}

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
  while (at > 0) at = step(nodes, state, at);
  return at;
}

/** Where a walk goes from an inner node. */
function step(nodes: u32, state: u32, at: i32): i32 {
  const node = nodes + ((<u32>at) << 2);
  const header = load<u32>(node);
  const value =
    (load<u32>(state + ((header >> 13) << 2)) >> (header & 31)) & ((header >> 5) & 0xff);
  return load<i32>(node + 8 + (value << 2));
}

/**
 * The leaves of a state in some trees, whose addresses lie at `trees`, put at `leaves`. Four walks at a time: each waits for memory at
 * every node, and four wait no longer than one.
 */
export function walkAll(trees: u32, count: u32, state: u32, leaves: u32): void {
  const end = trees + (count << 2);
  for (; trees + 16 <= end; trees += 16, leaves += 16) {
    const a = load<u32>(trees);
    const b = load<u32>(trees + 4);
    const c = load<u32>(trees + 8);
    const d = load<u32>(trees + 12);
    let one = load<i32>(a);
    let two = load<i32>(b);
    let three = load<i32>(c);
    let four = load<i32>(d);
    while (one > 0 && two > 0 && three > 0 && four > 0) {
      one = step(a, state, one);
      two = step(b, state, two);
      three = step(c, state, three);
      four = step(d, state, four);
    }
    store<i32>(leaves, one);
    store<i32>(leaves + 4, two);
    store<i32>(leaves + 8, three);
    store<i32>(leaves + 12, four);
    finishTwo(a, b, state, leaves);
    finishTwo(c, d, state, leaves + 8);
  }
  for (; trees + 8 <= end; trees += 8, leaves += 8) {
    const a = load<u32>(trees);
    const b = load<u32>(trees + 4);
    store<i32>(leaves, load<i32>(a));
    store<i32>(leaves + 4, load<i32>(b));
    finishTwo(a, b, state, leaves);
  }
  for (; trees < end; trees += 4, leaves += 4) store<i32>(leaves, walk(load<u32>(trees), state));
}

/** Two walks from where they have come to. */
function finishTwo(a: u32, b: u32, state: u32, leaves: u32): void {
  let one = load<i32>(leaves);
  let two = load<i32>(leaves + 4);
  while (one > 0 && two > 0) {
    one = step(a, state, one);
    two = step(b, state, two);
  }
  while (one > 0) one = step(a, state, one);
  while (two > 0) two = step(b, state, two);
  store<i32>(leaves, one);
  store<i32>(leaves + 4, two);
}
