/** The table of states against a map: what is put in is found under its number, however the parts grow and whoever claims. */
import fc from 'fast-check';
import { cpu, machine, model, uint } from 'heddle';
import { describe, test } from 'vitest';
import { compileMachine } from '../../src/machine/machine.ts';
import { Packing } from '../../src/machine/packing.ts';
import { hashOf } from '../../src/search/hash.ts';
import { Visited } from '../../src/search/visited.ts';

const m = machine({ x: uint(16), y: uint(16), z: uint(8) });
const idle = m.fn('idle', (b) => [b.step('nothing', () => undefined)]);
const { layout } = compileMachine(
  model({ machine: m, cpus: [cpu({ task: idle })], source: 'test' }),
);

function newVisited(): Visited {
  return new Visited(new Packing(layout.cells, layout.bytes));
}

/** A packed state for a number; numbers that agree in their low bits make states of one part of the table. */
function stateOf(width: number, number: number): Uint32Array {
  const words = new Uint32Array(width);
  words[0] = number;
  words[width - 1] = (words[width - 1] as number) ^ Math.imul(number, 0x9e3779b1);
  return words;
}

describe('visited', () => {
  test('finds what was put in, in order of discovery, while its parts grow', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 60_000 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 3_000 }),
        (starts, length) => {
          const visited = newVisited();
          const ids = new Map<number, number>();
          for (const start of starts) {
            for (let number = start; number < start + length; number += 1) {
              const words = stateOf(visited.width, number);
              const hash = hashOf(words, 0, words.length);
              const known = ids.get(number);
              if (visited.findPacked(words, 0, hash) !== (known ?? -1)) return false;
              const id = visited.insertPacked(words, 0, hash, number);
              if (id !== (known ?? -1 - ids.size)) return false;
              if (known === undefined) ids.set(number, ids.size);
            }
          }
          const loaded = new Uint32Array(visited.width);
          for (const [number, id] of ids) {
            const words = stateOf(visited.width, number);
            if (visited.findPacked(words, 0, hashOf(words, 0, words.length)) !== id) return false;
            visited.loadPacked(id, loaded);
            if (loaded.join() !== words.join() || visited.parent(id) !== number) return false;
          }
          return visited.count === ids.size;
        },
      ),
      { numRuns: 20, seed: 20231010 },
    );
  });
});
