/**
 * Every store against whole states, on random programs. HEDDLE_RUNS=5000 HEDDLE_SEED=7 looks longer and elsewhere.
 */
import fc from 'fast-check';
import { type Check, explore, type StoreChoice, type Verdict } from 'heddle';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Packing } from '../../src/machine/packing.ts';
import { hashOf } from '../../src/search/hash.ts';
import { SharedMemory } from '../../src/search/memory.ts';
import { Store } from '../../src/search/store.ts';
import { Bits } from '../../src/search/stores/bits.ts';
import { Fingerprints } from '../../src/search/stores/fingerprints.ts';
import { TreeStore } from '../../src/search/stores/tree.ts';
import { program } from '../oracle/arbitrary.ts';
import * as programs from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';
import { Crew } from './team.ts';
import { checkOf, type Source } from './team-check.ts';

const runs = Number(process.env.HEDDLE_RUNS ?? 100);
const seed = Number(process.env.HEDDLE_SEED ?? 20231010);
const maxStates = 1000;

function run(checked: Check, store?: StoreChoice, bounds = {}): Verdict {
  const { verdict } = explore(checked, { store, bounds });
  if (verdict.error !== undefined) throw new Error(`${verdict.error.code}: ${verdict.error.fact}`);
  return verdict;
}

const kept = ['F', 'G'];

/** What is said of a property, but for those that need whole states and were not violated. */
function decided({ properties }: Verdict) {
  return properties.filter(({ id, verdict }) => !kept.includes(id) || verdict === 'violated');
}

/** All that a verdict says, but for the store and what it takes. */
function said({ bytesPerState: _, store: __, seconds: ___, scope, ...rest }: Verdict) {
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

  describe('by several threads', () => {
    const crew = new Crew();
    beforeAll(() => crew.load());
    afterAll(() => crew.leave());

    test(`is what one makes of whole states, on ${runs} random programs`, () => {
      const how = fc.record({
        count: fc.integer({ min: 2, max: 3 }),
        chunkStates: fc.constantFrom(1, 5, 64),
      });
      const random = fc.property(program, how, (source, { count, chunkStates }) => {
        const made: Source = { program: source, kcsan: 'off' };
        const bounds = { maxStates: 2 * maxStates };
        const whole = explore(checkOf(made), { bounds });
        const threads = crew.threads(made, count, chunkStates);
        const team = explore(checkOf(made), { bounds, threads, store: { name: 'tree' } });
        expect(said(team.verdict)).toEqual(said(whole.verdict));
        expect(team.traces).toEqual(whole.traces);
      });
      fc.assert(random, { numRuns: runs, seed });
    }, 3_600_000);
  });

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
        plain.put(id, row, 0);
        (id % 3 === 0 ? other : tree).put(id, row, 0);
      }
      for (const [id, state] of rows.entries()) {
        tree.load(id, row, 0);
        expect([...row]).toEqual(state);
        expect(tree.hash(id)).toBe(plain.hash(id));
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
      tree.put(id, row, 0);
    }
    for (let id = 0; id < 60_000; id += 1) {
      row.set([id, 1, id % 7, 0, id * 3, id >> 8, 5]);
      expect(tree.equals(id, row, 0)).toBe(true);
    }
  });
});

describe('fingerprints', () => {
  test(`find and count what whole states do, on ${runs} random programs`, () => {
    let violated = 0;
    const random = fc.property(program, (source) => {
      const checked = translate(source);
      const expected = run(checked, undefined, { maxStates });
      fc.pre(expected.complete);
      const verdict = run(checked, { name: 'fingerprint' });
      const { states, generated, levels, dead, steps, notTaken } = verdict;
      expect(expected).toMatchObject({ states, generated, levels, dead, steps, notTaken });
      const isDecided = !verdict.properties.some((one) => one.verdict === 'incomplete');
      expect(verdict.complete).toBe(isDecided);
      if (!isDecided) expect(verdict.stopped).toMatchObject({ bound: 'store', next: 'tree' });
      const known = new Map(decided(expected).map((one) => [one.id, one]));
      for (const one of decided(verdict)) {
        expect(one).toEqual(known.get(one.id));
        if (one.schedule !== undefined) violated += 1;
      }
      expect(verdict.store).not.toHaveProperty('missing');
    });
    fc.assert(random, { numRuns: runs, seed });
    expect(violated).toBeGreaterThan(runs / 2);
  }, 3_600_000);

  test('may say HOLDS, and say how likely it is that two states were taken for one', () => {
    const verdict = run(translate(programs.lostUpdate(3, true)), { name: 'fingerprint' });
    expect(verdict).toMatchObject({ verdict: 'holds', complete: true });
    const { byCounts = 1, byGap = 1 } = verdict.store ?? {};
    expect(byCounts).toBeCloseTo(verdict.states ** 2 / 2 ** 65, 30);
    expect(byCounts).toBeGreaterThan(0);
    expect(byGap).toBeGreaterThan(0);
    expect(byGap).toBeLessThan(1e-12);
    expect(verdict.scope.join()).toContain('by the smallest gap');
  });

  test('are told apart by both halves, and kept while the table grows', () => {
    const table = new Fingerprints(new Packing([], 8));
    const row = new Uint32Array(table.width);
    const hashes = fc.sample(fc.integer(), { numRuns: 20_000, seed });
    const distinct = [...new Set([0, ...hashes])];
    for (const hash of distinct) expect(table.insertPacked(row, 0, hash, -1)).toBeLessThan(0);
    for (const hash of distinct) expect(table.insertPacked(row, 0, hash, -1)).toBe(0);
    expect(table.count).toBe(distinct.length);
    expect(table.bytesPerState).toBeLessThanOrEqual(14);
    const ordered = distinct.map((hash) => hash >>> 0).sort((a, b) => a - b);
    const gaps = ordered.slice(1).map((hash, at) => hash - (ordered[at] as number));
    expect(1 / table.collisions().byGap).toBeCloseTo(Math.min(...gaps) * 2 ** 32, -3);
  });

  test('say which schedules were not found again', () => {
    let looks = 0;
    // Asked once in so small a search: it is the second one that is stopped.
    const shouldStop = () => {
      looks += 1;
      return looks > 1;
    };
    const checked = translate(programs.philosophers(4));
    const { verdict, traces } = explore(checked, { store: { name: 'fingerprint' }, shouldStop });
    expect(verdict).toMatchObject({ verdict: 'violated', complete: true });
    expect(traces).toEqual([]);
    expect(verdict.store?.missing).toMatch(/^no schedule of .+: .* interrupted/);
  });

  test(`with parents show as few steps without a second search, on ${runs} random programs`, () => {
    let violated = 0;
    let longer = 0;
    const random = fc.property(program, (source) => {
      const checked = translate(source);
      const expected = run(checked, undefined, { maxStates });
      fc.pre(expected.complete);
      const { verdict, traces } = explore(checked, {
        store: { name: 'fingerprint', parents: true },
      });
      const known = new Map(expected.properties.map((one) => [one.id, one]));
      for (const one of verdict.properties) {
        const { switches = 0, steps } = known.get(one.id) ?? {};
        if (one.verdict !== 'violated') continue;
        violated += 1;
        expect(one.steps).toBe(steps);
        expect(one.schedule).toBeDefined();
        expect(one.switches).toBeGreaterThanOrEqual(switches);
        if ((one.switches ?? 0) > switches) longer += 1;
      }
      for (const { origin } of traces) expect(origin).toContain('one way to each state');
      expect(verdict.store).toMatchObject({ name: 'fingerprint', parents: true });
    });
    fc.assert(random, { numRuns: runs, seed });
    expect(violated).toBeGreaterThan(runs / 2);
    expect(longer).toBeLessThan(violated / 2);
  }, 3_600_000);

  test('with parents search once, and take two bytes a state more', () => {
    let looks = 0;
    const shouldStop = () => {
      looks += 1;
      return looks > 1;
    };
    const checked = translate(programs.philosophers(4));
    const store = { name: 'fingerprint', parents: true } as const;
    const { verdict, traces } = explore(checked, { store, shouldStop });
    expect(traces.length).toBeGreaterThan(0);
    expect(verdict.store).not.toHaveProperty('missing');

    const tables = [false, true].map((parents) => new Fingerprints(new Packing([], 8), parents));
    const row = new Uint32Array(2);
    const hashes = fc.sample(fc.integer(), { numRuns: 20_000, seed });
    for (const table of tables)
      for (const [id, hash] of [...new Set(hashes)].entries())
        table.insertPacked(row, 0, hash, id - 1, id % 300);
    const [without = 0, withThem = 0] = tables.map(({ bytesPerState }) => bytesPerState);
    expect(withThem - without).toBe(2);
    expect(withThem).toBeLessThanOrEqual(20);
    expect([299, 599, 600, 601].map((id) => tables[1]?.move(id))).toEqual([299, 299, 0, 1]);
    expect([299, 599].map((id) => tables[1]?.parent(id))).toEqual([298, 598]);
  });

  test('are for breadth-first only', () => {
    const checked = translate(programs.lostUpdate(2, false));
    const order = { name: 'dfs' } as const;
    expect(() => explore(checked, { order, store: { name: 'fingerprint' } })).toThrow(
      'for breadth-first only',
    );
  });
});

describe('bitstate', () => {
  const bits = fc.constantFrom(10, 12, 20);

  test(`finds a part of what whole states do and never says HOLDS, on ${runs} random programs`, () => {
    let fewer = 0;
    const random = fc.property(program, bits, (source, size) => {
      const checked = translate(source);
      const expected = run(checked, undefined, { maxStates });
      fc.pre(expected.complete);
      const verdict = run(checked, { name: 'bitstate', bits: size });
      expect(verdict.complete).toBe(false);
      expect(['violated', 'incomplete']).toContain(verdict.verdict);
      expect(verdict.stopped).toMatchObject({ bound: 'store', flag: '--store' });
      expect(verdict.states).toBeLessThanOrEqual(expected.states);
      if (verdict.states < expected.states) fewer += 1;
      const known = new Map(expected.properties.map((one) => [one.id, one]));
      for (const one of verdict.properties) {
        if (one.verdict !== 'violated') continue;
        expect({ id: one.id, is: known.get(one.id)?.verdict }).toEqual({
          id: one.id,
          is: 'violated',
        });
      }
    });
    fc.assert(random, { numRuns: runs, seed });
    expect(fewer).toBeGreaterThan(0);
  }, 3_600_000);

  test('leaves out about as many states as it expects', () => {
    const table = new Bits(new Packing([], 8), 14);
    const row = new Uint32Array(table.width);
    const tried = 8_000;
    for (let state = 0; state < tried; state += 1) {
      row[0] = state;
      table.insertPacked(row, 0, hashOf(row, 0, row.length), -1);
    }
    const omitted = tried - table.count;
    expect(omitted).toBeGreaterThan(500);
    expect(table.expectedOmissions / omitted).toBeGreaterThan(0.9);
    expect(table.expectedOmissions / omitted).toBeLessThan(1.1);
  });

  test('with parents shows a schedule of what it found', () => {
    const checked = translate(programs.philosophers(4));
    const store = { name: 'bitstate', bits: 20, parents: true } as const;
    const { verdict, traces } = explore(checked, { store });
    expect(verdict.store).toMatchObject({ name: 'bitstate', parents: true });
    expect(traces.map(({ origin }) => origin)).toEqual([
      'by the one way to each state that --store bitstate keeps; perhaps not the fewest steps or the fewest switches',
    ]);
  });

  test('refuses a table of no size', () => {
    const checked = translate(programs.lostUpdate(2, false));
    const { verdict } = explore(checked, { store: { name: 'bitstate', bits: 5 } });
    expect(verdict.error?.fact).toContain('5 bits');
  });
});
