/**
 * Two threads claim slots for the same states at the same moment: of each state one slot is taken. A line of the table was looked at once
 * for the state and once for free slots; what the other thread put in between the two looks was neither, and the state was stored twice.
 */
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Arena } from '../../src/search/arena.ts';
import { CODE } from '../../src/search/inner/code.ts';
import * as FIELD from '../../src/search/inner/fields.ts';
import { Instance, Module } from '../../src/search/inner/webassembly.ts';
import { GROUP, PARTS } from '../../src/search/shapes.ts';

/** Threads, states that both claim in a round, and how often they do. */
const THREADS = 2;
const STATES = 64;
const ROUNDS = 5_000;
/** Words of a state; slots of a part, of which few are ever taken. */
const WIDTH = 4;
const SLOTS = 4 * GROUP;

/** One thread: claims when a round begins, until there is no more. Waits without sleep, to begin when the other does. */
const SCRIPT = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { module, memory, block, rounds, turn, done } = workerData;
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const words = new Int32Array(memory.buffer);
  for (let round = 1; round <= rounds; round += 1) {
    while (Atomics.load(words, turn) < round);
    exports.claim(block);
    Atomics.add(words, done, 1);
  }
`;

test('of each state that two threads claim at once, one slot is taken', async () => {
  const arena = new Arena();
  const { memory } = arena;
  const words = new Int32Array(memory.buffer);
  const take = (count: number): number => arena.take(count * 4) as number;
  const index = (at: number): number => at / 4;

  const parts = take(2 * PARTS);
  const table = take(PARTS * SLOTS);
  for (let part = 0; part < PARTS; part += 1) {
    words[index(parts) + 2 * part] = table + part * SLOTS * 4;
    words[index(parts) + 2 * part + 1] = SLOTS;
  }
  const states = take(STATES * WIDTH);
  const hashes = take(STATES);
  const ends = take(1);
  words[index(ends)] = STATES;
  const shared = {
    [FIELD.WIDTH]: WIDTH,
    [FIELD.CPUS]: 1,
    [FIELD.WORDS]: states,
    [FIELD.HASHES]: hashes,
    [FIELD.LOOPS]: take(STATES),
    [FIELD.ENTRIES]: take(STATES),
    [FIELD.END_OF]: ends,
    [FIELD.ORIGINS]: 1,
    [FIELD.SEGMENTS]: take(1),
    [FIELD.PARTS_AT]: parts,
    [FIELD.OUT_WORDS]: take(THREADS * STATES * WIDTH),
    [FIELD.OUT_MARKS]: take(THREADS * STATES * FIELD.MARKS),
    [FIELD.OUT_CHUNKS]: take(THREADS * FIELD.KNOWN),
    [FIELD.CHUNK_STATES]: 1,
  };
  const blocks = Array.from({ length: THREADS }, (_, at) => {
    const block = take(FIELD.FIELDS);
    for (const [field, value] of Object.entries(shared))
      words[index(block) + Number(field)] = value;
    words[index(block) + FIELD.FIRST] = at;
    words[index(block) + FIELD.LAST_PLACE] = (at + 1) * STATES;
    words[index(block) + FIELD.CLAIMED] = take(PARTS);
    return block;
  });
  const [turn, done] = [index(take(1)), index(take(1))];

  const module = new Module(Uint8Array.from(atob(CODE), (letter) => letter.charCodeAt(0)));
  const { claim } = new Instance(module, { env: { memory } }).exports as {
    claim(block: number): number;
  };
  const [first, second] = blocks as [number, number];
  const workerData = { module, memory, block: second, rounds: ROUNDS, turn, done };
  const worker = new Worker(SCRIPT, { eval: true, workerData });
  await new Promise((resolve) => worker.once('online', resolve));

  let seed = 1;
  let ofFirst = 0;
  const taken = new Map<number, number>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    words.fill(0, index(table), index(table) + PARTS * SLOTS);
    for (let state = 0; state < STATES; state += 1) {
      seed = Math.imul(seed, 1664525) + 1013904223;
      words[index(states) + state * WIDTH] = state;
      words[index(hashes) + state] = seed ^ (seed >>> 15);
    }
    for (const [at, block] of blocks.entries()) words[index(block) + FIELD.PLACE] = at * STATES;
    Atomics.store(words, done, 0);
    Atomics.store(words, turn, round);
    claim(first);
    while (Atomics.load(words, done) === 0);
    const entries = words
      .subarray(index(table), index(table) + PARTS * SLOTS)
      .filter((entry) => entry !== 0);
    taken.set(entries.length, (taken.get(entries.length) ?? 0) + 1);
    // 1 + the place of a state.
    ofFirst += entries.filter((entry) => (entry & (PARTS * SLOTS - 1)) <= STATES).length;
  }
  await worker.terminate();
  expect([...taken]).toEqual([[STATES, ROUNDS]]);
  // Whose parents come first in order has them, whoever was first in time.
  expect(ofFirst).toBe(STATES * ROUNDS);
}, 60_000);
