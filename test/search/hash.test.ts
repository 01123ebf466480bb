/** Hashes of packed states beside numbers drawn at random: on states as models have them, which differ in few bits of few words. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashOf, mixed, sumOf } from '../../src/search/hash.ts';
import { PARTS } from '../../src/search/shapes.ts';
import { strongHashOf } from '../../src/search/stores/hashed.ts';

const BITS = 20;
const STATES = 1 << BITS;
/** Pairs of so many numbers of 32 bits that agree, were they drawn at random. */
const EXPECTED = STATES ** 2 / 2 ** 33;

/** As many different states: the bits of a number, put where the kind says. Each bit: a word, and the bit there. */
type Kind = readonly [
  name: string,
  place: (bit: number, width: number) => readonly [number, number],
];

const KINDS: readonly Kind[] = [
  ['a counter in the first word', (bit) => [0, bit]],
  ['a counter at the end of the last', (bit, width) => [width - 1, bit + 32 - BITS]],
  ['two counters, far apart', (bit, width) => [bit < 10 ? 0 : width - 1, bit % 10]],
  [
    'two counters within words',
    (bit, width) => [bit < 10 ? 0 : width - 1, (bit % 10) + (bit < 10 ? 9 : 21)],
  ],
  [
    'a few counters',
    (bit, width) => [Math.floor(bit / 5) % width, (bit % 5) + (width < 4 && bit > 9 ? 8 : 0)],
  ],
  ['few bits of every word', (bit, width) => [bit % width, Math.floor(bit / width)]],
  ['bits all over', (bit, width) => [bit % width, (bit * 13) % 32]],
];

function hashes(
  [, place]: Kind,
  width: number,
  hash: (words: Uint32Array) => number,
  states = STATES,
): Uint32Array {
  const words = new Uint32Array(width);
  const all = new Uint32Array(states);
  const places = Array.from({ length: BITS }, (_, bit) => place(bit, width));
  for (let state = 0; state < states; state += 1) {
    all[state] = hash(words);
    // One after the other so that each differs from the one before in one bit, and all are met.
    const [word, bit] = places[31 - Math.clz32((state + 1) & -(state + 1))] ?? [0, 0];
    words[word] = (words[word] as number) ^ (1 << bit);
  }
  return all;
}

/** Pairs of neighbours that agree. */
function collisions(sorted: Uint32Array): number {
  let count = 0;
  for (let at = 1; at < sorted.length; at += 1) if (sorted[at] === sorted[at - 1]) count += 1;
  return count;
}

const widths = [2, 7, 17];
const cases = KINDS.flatMap((kind) => widths.map((width) => [kind[0], width, kind] as const));

describe('the hash that finds states', () => {
  test.each(cases)('of %s, of %d: collisions and parts as at random', (_, width, kind) => {
    const all = hashes(kind, width, (words) => hashOf(words, 0, width));
    const slots = 1 << 12;
    const taken = new Float64Array(slots);
    // The part, and where a search in it begins.
    for (const hash of all) taken[hash & (slots - 1)] = (taken[hash & (slots - 1)] as number) + 1;
    const each = STATES / slots;
    const chi = taken.reduce((sum, one) => sum + (one - each) ** 2 / each, 0);
    expect(slots / PARTS).toBeGreaterThan(1);
    // Of as many degrees of freedom, with a standard deviation of 90.
    expect(chi).toBeLessThan(slots + 6 * Math.sqrt(2 * slots));
    // They come in bunches, for two sums that agree do so with the same word added; fewer are welcome.
    expect(collisions(all.sort())).toBeLessThan(4 * EXPECTED);
  });

  test('changes each bit as often as not where one bit of a state changes', () => {
    const width = 5;
    const tries = 3_000;
    const words = new Uint32Array(width);
    let state = 1;
    const random = () => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      return (state ^ (state >>> 13)) >>> 0;
    };
    const changed = Array.from({ length: width * 32 }, () => new Float64Array(32));
    for (let time = 0; time < tries; time += 1) {
      for (let word = 0; word < width; word += 1) words[word] = random() & random() & random();
      const before = hashOf(words, 0, width);
      for (const [bit, counts] of changed.entries()) {
        const flip = 1 << (bit & 31);
        words[bit >>> 5] = (words[bit >>> 5] as number) ^ flip;
        const difference = hashOf(words, 0, width) ^ before;
        words[bit >>> 5] = (words[bit >>> 5] as number) ^ flip;
        for (let out = 0; out < 32; out += 1)
          counts[out] = (counts[out] as number) + ((difference >>> out) & 1);
      }
    }
    const rates = changed.flatMap((counts) => [...counts].map((count) => count / tries));
    // The standard deviation is 0.009.
    expect(Math.min(...rates)).toBeGreaterThan(0.5 - 0.06);
    expect(Math.max(...rates)).toBeLessThan(0.5 + 0.06);
  });

  test('is made of what each word adds', () => {
    const words = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 1, maxLength: 9 });
    const random = fc.property(words, fc.nat(), fc.integer(), (row, at, value) => {
      const state = Uint32Array.from(row);
      const word = at % row.length;
      const before = sumOf(state, 0, row.length) - mixed(word, state[word] as number);
      state[word] = value;
      return ((before + mixed(word, value >>> 0)) | 0) === sumOf(state, 0, row.length);
    });
    fc.assert(random, { seed: 20231010 });
  });
});

describe('fingerprints', () => {
  test.each(cases)('of %s, of %d: none agree in both halves', (_, width, kind) => {
    const states = STATES / 4;
    const [first, second] = [0x6c078965, 0x2545f491].map((start) =>
      hashes(kind, width, (words) => strongHashOf(words, 0, width, start), states),
    ) as [Uint32Array, Uint32Array];
    const both = new BigUint64Array(states);
    for (const [at, one] of first.entries())
      both[at] = (BigInt(one) << 32n) | BigInt(second[at] as number);
    both.sort();
    let agreeing = 0;
    for (let at = 1; at < states; at += 1) if (both[at] === both[at - 1]) agreeing += 1;
    expect(agreeing).toBe(0);
    for (const half of [first, second]) expect(collisions(half.sort())).toBeLessThan(EXPECTED);
  });
});
