/** Memory that was let go is given back, in time. */
import { describe, expect, test } from 'vitest';
import { type Piece, SharedMemory } from '../../src/search/memory.ts';
import { collect } from '../../src/session/memory.ts';

const MEBIBYTE = 2 ** 20;

describe('shared memory', () => {
  test('has it collected once 8 MiB were let go, before more is taken', () => {
    let collected = 0;
    const memory = new SharedMemory(() => {
      collected += 1;
    });
    const told: number[] = [];
    for (let time = 0; time < 20; time += 1) {
      memory.take('part', 0, MEBIBYTE);
      told.push(collected);
    }
    expect(told).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2]);
    memory.take('states', 0, 9 * MEBIBYTE);
    memory.drop('states', 0);
    expect(memory.get('states', 0)).toBeUndefined();
    expect(memory.news().map(({ name }) => name)).toEqual(['part']);
    memory.take('part', 1, 1);
    expect(collected).toBe(3);
  });

  test('so does a thread that is told of other memory in its place', () => {
    let collected = 0;
    const memory = new SharedMemory(() => {
      collected += 1;
    });
    const piece = (bytes: number): Piece => {
      const buffer = new SharedArrayBuffer(bytes);
      return { name: 'part', index: 0, buffer, at: 0, bytes, isInArena: false };
    };
    memory.adopt([piece(9 * MEBIBYTE)]);
    memory.adopt([piece(8)]);
    expect(collected).toBe(0);
    memory.adopt([]);
    expect(collected).toBe(1);
  });

  test('is given back when it is collected', () => {
    const taken = () => process.memoryUsage().arrayBuffers;
    collect();
    const before = taken();
    const memory = new SharedMemory(collect);
    for (let time = 0; time < 64; time += 1) memory.take('part', 0, 4 * MEBIBYTE);
    expect(taken() - before).toBeLessThan(40 * MEBIBYTE);
  });
});
