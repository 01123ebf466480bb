/** The hash of a packed state: a sum over its words, so that a state which differs in a few words is hashed from theirs alone. */

/** What one word adds to the sum. */
export function mixed(word: number, value: number): number {
  const mix = Math.imul(value ^ Math.imul(word + 1, 0x9e3779b9), 0xcc9e2d51);
  const more = Math.imul(mix ^ (mix >>> 15), 0x1b873593);
  // Without this, sums over a few small values agree a hundred times as often as numbers drawn at random.
  return more ^ (more >>> 16);
}

export function sumOf(state: Uint32Array, from: number, width: number): number {
  let sum = 0x9747b28c | 0;
  for (let word = 0; word < width; word += 1)
    sum = (sum + mixed(word, state[from + word] as number)) | 0;
  return sum;
}

/** The hash of a sum, as murmur's final mix. */
export function finished(sum: number): number {
  let hash = sum ^ (sum >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Mixes the words of a state into 32 bits. */
export function hashOf(state: Uint32Array, from: number, width: number): number {
  return finished(sumOf(state, from, width));
}
