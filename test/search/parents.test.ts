/** Parents against a list of them: in order by one thread and by several, out of order from anywhere on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SharedMemory } from '../../src/search/memory.ts';
import { Parents } from '../../src/search/parents.ts';

/** Parents in order as a breadth-first search has them: names of initial states, then of each parent some states, or none of many. */
const inOrder = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(0, 1, 2, 255, 256, 70_000), { minLength: 1 }),
    fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 1, 1, 2, 255, 256, 3_000), fc.nat({ max: 600 }))),
  )
  .map(([names, steps]) => {
    const parents = names.sort((one, other) => one - other).map((name) => -1 - name);
    let parent = 0;
    for (const [ahead, children] of steps) {
      parent = Math.min(parent + ahead, parents.length - 1);
      for (let child = 0; child < children; child += 1) parents.push(parent);
    }
    return parents;
  });

function expectAll(stored: Parents, parents: readonly number[]): void {
  const got = parents.map((_, id) => stored.get(id));
  expect(got).toEqual(parents);
  // Not one after the other.
  for (let id = parents.length - 1; id >= 0; id -= 97) expect(stored.get(id)).toBe(parents[id]);
}

describe('parents', () => {
  test('in order take a byte each', () => {
    const random = fc.property(inOrder, (parents) => {
      const stored = new Parents();
      for (const [id, parent] of parents.entries()) {
        stored.reserve(id + 1);
        stored.put(id, parent);
        if (id % 64 === 0) expect(stored.get(id >>> 1)).toBe(parents[id >>> 1]);
      }
      expectAll(stored, parents);
      expect(stored.bytesPerState).toBeLessThan(1.1);
    });
    fc.assert(random, { numRuns: 40, seed: 20231010 });
  });

  test('are put in by several threads, each in order, chunk by chunk', () => {
    const random = fc.property(inOrder, fc.infiniteStream(fc.nat({ max: 2 })), (parents, who) => {
      const memory = new SharedMemory();
      const leads = new Parents(memory);
      leads.reserve(parents.length);
      const members = [leads, new Parents(memory), new Parents(memory)];
      for (const one of members) one.adopt();
      const shares: number[][] = [[], [], []];
      for (let from = 0; from < parents.length; from += 50) {
        const share = shares[who.next().value as number] as number[];
        for (let id = from; id < Math.min(from + 50, parents.length); id += 1) share.push(id);
      }
      // One after the other is as bad as it gets: whoever comes first is not the first of all.
      for (const [index, share] of shares.entries())
        for (const id of share)
          if (members[index]?.putInOrder(id, parents[id] as number) !== true) return false;
      for (const one of members) expectAll(one, parents);
      return true;
    });
    fc.assert(random, { numRuns: 40, seed: 20231010 });
  });

  test('out of order are kept whole', () => {
    const others = fc.array(fc.integer({ min: -500, max: 60_000 }));
    const random = fc.property(inOrder, others, (ordered, rest) => {
      const parents = [...ordered, ...rest];
      const stored = new Parents();
      for (const [id, parent] of parents.entries()) {
        stored.reserve(id + 1);
        stored.put(id, parent);
      }
      expectAll(stored, parents);
    });
    fc.assert(random, { numRuns: 40, seed: 20231010 });
  });

  test('of more states than a segment, and more notes than a page', () => {
    const stored = new Parents();
    const parentOf = (id: number) => (id === 0 ? -1 : id - 1 - ((id * 7) % 3));
    const count = 5_000_000;
    const parents = new Int32Array(count).map((_, id) => parentOf(id)).sort();
    for (let id = 0; id < count; id += 1) {
      if (id % 1024 === 0) stored.reserve(id + 1024);
      stored.put(id, parents[id] as number);
    }
    let wrong = 0;
    for (let id = 0; id < count; id += 1) if (stored.get(id) !== parents[id]) wrong += 1;
    for (let id = count - 1; id >= 0; id -= 999) if (stored.get(id) !== parents[id]) wrong += 1;
    expect(wrong).toBe(0);
    expect(stored.bytesPerState).toBeLessThan(1.1);
  });

  test('a thread refuses what is out of order', () => {
    const stored = new Parents();
    stored.reserve(10);
    expect([0, 1, 2, 3].map((id) => stored.putInOrder(id, [-1, 0, 1, 0][id] as number))).toEqual([
      ...[true, true, true, false],
    ]);
    expect(stored.putInOrder(3, 3)).toBe(false);
  });
});
