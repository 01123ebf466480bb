/**
 * Every store against whole states, on random programs. HEDDLE_RUNS=5000 HEDDLE_SEED=7 looks longer and elsewhere.
 */
import fc from 'fast-check';
import { type Check, explore, type StoreChoice, type Verdict } from 'heddle';
import { describe, expect, test } from 'vitest';
import { SharedMemory } from '../../src/search/memory.ts';
import { Store } from '../../src/search/store.ts';
import { TreeStore } from '../../src/search/stores/tree.ts';
import { program } from '../oracle/arbitrary.ts';
import * as programs from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';

const runs = Number(process.env.HEDDLE_RUNS ?? 100);
const seed = Number(process.env.HEDDLE_SEED ?? 20231010);
const maxStates = 1000;

function run(checked: Check, store?: StoreChoice, bounds = {}): Verdict {
  const { verdict } = explore(checked, { store, bounds });
  if (verdict.error !== undefined) throw new Error(`${verdict.error.code}: ${verdict.error.fact}`);
  return verdict;
}

/** All that a verdict says, but for the store and what it takes. */
function said({ bytesPerState: _, store: __, scope, ...rest }: Verdict) {
  return { ...rest, scope: scope.filter((line) => !line.includes('--store')) };
}

describe('a tree', () => {
  test(`ends as whole states do, on ${runs} random programs`, () => {
    const random = fc.property(program, fc.constantFrom(maxStates, 30), (source, most) => {
      const checked = translate(source);
      const bounds = { maxStates: most };
      expect(said(run(checked, { name: 'tree' }, bounds))).toEqual(
        said(run(checked, undefined, bounds)),
      );
    });
    fc.assert(random, { numRuns: runs, seed });
  }, 3_600_000);

  test('names itself in the verdict', () => {
    const checked = translate(programs.philosophers(4));
    expect(run(checked, { name: 'tree' }).store).toMatchObject({ name: 'tree' });
    expect(run(checked)).not.toHaveProperty('store');
  });

  test('keeps states of any width, beside whole ones, also put in by another', () => {
    const width = fc.integer({ min: 1, max: 40 });
    const values = fc.constantFrom(0, 1, 2, 0x80000000, 0xffffffff);
    const states = width.chain((words) =>
      fc.array(fc.array(values, { minLength: words, maxLength: words }), { minLength: 1 }),
    );
    const random = fc.property(states, (rows) => {
      const words = rows[0]?.length ?? 0;
      const memory = new SharedMemory();
      const plain = new Store(words);
      const [tree, other] = [new TreeStore(words, memory), new TreeStore(words, memory)];
      const row = new Uint32Array(words);
      for (const store of [plain, tree]) store.reserve(rows.length);
      other.adopt();
      for (const [id, state] of rows.entries()) {
        row.set(state);
        plain.put(id, row, 0, id - 1);
        (id % 3 === 0 ? other : tree).put(id, row, 0, id - 1);
      }
      for (const [id, state] of rows.entries()) {
        tree.load(id, row, 0);
        expect([...row]).toEqual(state);
        expect(tree.hash(id)).toBe(plain.hash(id));
        expect(tree.parent(id)).toBe(id - 1);
        for (const [one, is] of rows.entries()) {
          row.set(is);
          expect(other.equals(id, row, 0)).toBe(plain.equals(id, row, 0));
          if (one === 20) break;
        }
      }
    });
    fc.assert(random, { numRuns: runs * 2, seed });
  });

  test('makes room while it grows', () => {
    const tree = new TreeStore(7);
    const row = new Uint32Array(7);
    for (let id = 0; id < 60_000; id += 1) {
      row.set([id, 1, id % 7, 0, id * 3, id >> 8, 5]);
      tree.reserve(id + 1);
      tree.put(id, row, 0, -1);
    }
    for (let id = 0; id < 60_000; id += 1) {
      row.set([id, 1, id % 7, 0, id * 3, id >> 8, 5]);
      expect(tree.equals(id, row, 0)).toBe(true);
    }
  });
});
