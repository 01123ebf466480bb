/**
 * A search that compresses its states while it goes on against one that does not, on random programs: the same record of everything but
 * how states are kept. HEDDLE_RUNS=5000 HEDDLE_SEED=7 looks longer and elsewhere.
 */
import fc from 'fast-check';
import {
  array,
  type Check,
  check,
  cpu,
  explore,
  machine,
  model,
  type Outcomes,
  reachable,
  uint,
} from 'heddle';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { hashOf } from '../../src/search/hash.ts';
import { SharedMemory } from '../../src/search/memory.ts';
import type { Keeper, Snapshot } from '../../src/search/snapshot.ts';
import { Store } from '../../src/search/store.ts';
import { isWorthCompressing, Moving } from '../../src/search/stores/moving.ts';
import { TreeStore } from '../../src/search/stores/tree.ts';
import { program } from '../oracle/arbitrary.ts';
import { pageTables } from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';
import { latest } from './latest.ts';
import { Crew } from './team.ts';
import { checkOf, type Source } from './team-check.ts';

const numRuns = Number(process.env.HEDDLE_RUNS ?? 60);
const seed = Number(process.env.HEDDLE_SEED ?? 4);
const bounds = { maxStates: 2_000 };

/** Everything but the time and how states are kept, with each state and the one that led to it. */
function said({ verdict, traces }: Outcomes) {
  const { seconds: _, bytesPerState: __, store: ___, scope, ...rest } = verdict;
  const { visited } = latest;
  const words = new Uint32Array(visited.width);
  const states = Array.from({ length: visited.count }, (_, id) => {
    visited.loadPacked(id, words);
    return `${visited.parent(id)}: ${words.join()}`;
  });
  return { ...rest, traces, states, scope: scope.filter((line) => !line.includes('compressed')) };
}

const compress = fc.record({
  from: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 1_000 })),
  atATime: fc.constantFrom(1, 7, 100, 10_000),
});

/** How often something was the case. */
class Tally {
  private readonly times = new Map<string, number>();

  count(what: string, is: boolean): void {
    this.times.set(what, (this.times.get(what) ?? 0) + (is ? 1 : 0));
  }

  expectAll(): void {
    for (const [what, times] of this.times) expect(times, what).toBeGreaterThan(numRuns / 20);
  }
}

describe('states compressed while a search goes on', () => {
  const crew = new Crew();
  beforeAll(() => crew.load());
  afterAll(() => crew.leave());

  test(`change nothing, on ${numRuns} random programs`, () => {
    const met = new Tally();
    const random = fc.property(program, compress, (source, how) => {
      const checked = translate(source);
      const whole = said(explore(checked, { bounds }));
      const outcomes = explore(checked, { bounds, compress: how });
      const { verdict } = outcomes;
      expect(said(outcomes)).toEqual(whole);
      const { compressedFrom } = verdict.store ?? {};
      met.count('compressed', compressedFrom !== undefined);
      met.count('to the end', latest.visited.store instanceof TreeStore);
      met.count('ended on the way', latest.visited.store instanceof Moving);
      if (compressedFrom === undefined) return;
      expect(compressedFrom).toBeGreaterThanOrEqual(how.from);
      expect(verdict.scope.join()).toContain('memory got short: states compressed without loss');
    });
    fc.assert(random, { numRuns, seed });
    met.expectAll();
  }, 3_600_000);

  test(`by several threads change nothing, on ${numRuns} random programs`, () => {
    const met = new Tally();
    const how = fc.record({
      count: fc.integer({ min: 2, max: 3 }),
      chunkStates: fc.constantFrom(1, 5),
      kcsan: fc.constantFrom<Source['kcsan']>('off', 'soft', 'fatal'),
    });
    let starts = 0;
    const random = fc.property(program, compress, how, (one, early, { kcsan, ...team }) => {
      const source: Source = { program: one, kcsan };
      const whole = said(explore(checkOf(source), { bounds }));
      const threads = crew.threads(source, team.count, team.chunkStates);
      starts = 0;
      const counted = {
        ...threads,
        start: (jobs: Parameters<typeof threads.start>[0]) => {
          starts += 1;
          return threads.start(jobs);
        },
      };
      const outcomes = explore(checkOf(source), { bounds, threads: counted, compress: early });
      expect(said(outcomes)).toEqual(whole);
      met.count('compressed', outcomes.verdict.store !== undefined);
      met.count('a second team', starts === 2);
    });
    fc.assert(random, { numRuns, seed });
    met.expectAll();
  }, 3_600_000);

  test(`are those of a checkpoint too, on ${numRuns} random programs`, () => {
    const met = new Tally();
    const random = fc.property(program, compress, fc.nat({ max: 500 }), (source, how, most) => {
      const checked = translate(source);
      const whole = said(explore(checked, { bounds }));
      let from: Snapshot | undefined;
      const keeper: Keeper = {
        isDue: (stopped) => stopped !== undefined,
        keep: (snapshot) => {
          const chunks = [...snapshot.chunks()].map(({ words, parents }) => ({
            words: words.slice(),
            parents: parents.slice(),
          }));
          from = { ...structuredClone({ ...snapshot, chunks: undefined }), chunks: () => chunks };
        },
      };
      explore(checked, { bounds: { maxStates: most }, keeper, compress: how });
      if (from === undefined) return;
      const { compressedFrom } = from as Snapshot;
      for (const store of [undefined, { name: 'plain' }, { name: 'tree' }] as const) {
        const outcomes = explore(checked, { bounds, from, store });
        expect(said(outcomes)).toEqual(whole);
        // What was short of memory is not made whole again, unless that is asked for.
        const isTree =
          store?.name === 'tree' || (store === undefined && compressedFrom !== undefined);
        expect(outcomes.verdict.store?.name).toBe(isTree ? 'tree' : undefined);
        if (store === undefined)
          expect(outcomes.verdict.store?.compressedFrom).toBe(compressedFrom);
      }
      expect(said(explore(checked, { bounds, from, compress: how }))).toEqual(whole);
      met.count('compressed before', compressedFrom !== undefined);
      met.count('whole before', compressedFrom === undefined);
    });
    fc.assert(random, { numRuns, seed });
    met.expectAll();
  }, 3_600_000);
});

/** Two counters at both ends of a state of so many bytes, or beside each other; 4,096 states. */
function counters(bytes: number, areApart: boolean): Check {
  const between = array(bytes / 2, uint(16));
  const fields = areApart
    ? { a: uint(6), between, b: uint(6) }
    : { a: uint(6), b: uint(6), between };
  const m = machine(fields);
  const counting = (name: 'a' | 'b') =>
    m.fn(name, (b) => [
      b.loop([
        b.step(`${name} + 1`, (s) => {
          s[name] = (s[name] + 1) % 64;
        }),
      ]),
    ]);
  const cpus = [cpu({ task: counting('a') }), cpu({ task: counting('b') })];
  const one = model({ machine: m, cpus, source: 'test' });
  return check(one, { properties: { G: reachable((s) => s.a === 63 && s.b === 63) } });
}

describe('when memory gets short', () => {
  const MEBIBYTE = 2 ** 20;
  /** A reading of so many MiB at each look, and the last one from then on; the limit is 100. */
  const readings = (...mebibytes: readonly number[]) => {
    let look = 0;
    const memory = () => {
      const now = mebibytes[Math.min(look, mebibytes.length - 1)] as number;
      look += 1;
      return now * MEBIBYTE;
    };
    return { memory, bounds: { memoryLimitBytes: 100 * MEBIBYTE } };
  };
  const wide = counters(40, true);

  test('at three quarters of the limit, states are compressed from there on', () => {
    const whole = said(explore(wide));
    const outcomes = explore(wide, readings(10, 75, 76, 75));
    expect(said(outcomes)).toEqual(whole);
    const { store, scope, bytesPerState } = outcomes.verdict;
    expect(store).toEqual({ name: 'tree', compressedFrom: expect.any(Number) });
    // Looked at every 1,024 states.
    const from = store?.compressedFrom ?? 0;
    expect(from).toBeGreaterThan(2_048);
    expect(from).toBeLessThan(2_048 + 1_024);
    expect(scope).toContain(
      `memory got short: states compressed without loss from ${from.toLocaleString('en-US')} states on (--store plain keeps them whole)`,
    );
    expect(bytesPerState).toBeLessThan(explore(wide).verdict.bytesPerState - 20);
  });

  test('they stay whole before that, and where that is asked for', () => {
    expect(explore(wide, readings(75)).verdict).not.toHaveProperty('store');
    const store = { name: 'plain' } as const;
    expect(explore(wide, { ...readings(99), store }).verdict).not.toHaveProperty('store');
    expect(explore(wide, { ...readings(99), store: { name: 'tree' } }).verdict.store).toEqual({
      name: 'tree',
    });
    expect(explore(wide, { ...readings(99), order: { name: 'dfs' } }).verdict).not.toHaveProperty(
      'store',
    );
  });

  test.each([
    ['narrow', counters(2, true)],
    ['wide and share little', counters(40, false)],
  ])('states that are %s stay whole, for a tree would take more', (_, checked) => {
    const { verdict } = explore(checked, readings(90));
    expect(verdict).toMatchObject({ complete: true, states: 4_096 });
    expect(verdict).not.toHaveProperty('store');
  });

  test('a search ends at its limit all the same', () => {
    const { verdict } = explore(wide, readings(80, 80, 80, 101));
    expect(verdict).toMatchObject({
      ...{ verdict: 'incomplete', stopped: { bound: 'memoryLimit' } },
      store: { name: 'tree' },
    });
  });

  test('where there is no memory to compress them, what was found before stands', () => {
    const source = translate(pageTables('b0'));
    const whole = explore(source);
    const { reserve } = TreeStore.prototype;
    let calls = 0;
    const spy = vi.spyOn(TreeStore.prototype, 'reserve').mockImplementation(function (
      this: TreeStore,
      count: number,
    ) {
      calls += 1;
      if (calls > 250) throw new RangeError('Array buffer allocation failed');
      reserve.call(this, count);
    });
    onTestFinished(() => spy.mockRestore());
    const from = Math.floor(whole.verdict.states * 0.9);
    const { verdict, traces } = explore(source, { compress: { from, atATime: 100 } });
    expect(latest.visited.store).toBeInstanceOf(Moving);
    expect(verdict.stopped?.bound).toBe('memoryLimit');
    const early = whole.verdict.properties.filter(
      ({ steps = Number.POSITIVE_INFINITY }) => steps < verdict.depth - 1,
    );
    expect(early.length).toBeGreaterThan(0);
    for (const { id, schedule } of early)
      expect(verdict.properties.find((one) => one.id === id)?.schedule, id).toBe(schedule);
    expect(traces.length).toBeGreaterThanOrEqual(early.length);
  });
});

describe('moving', () => {
  /** States of seven words; those of `kind` 0 share much. */
  function row(id: number, kind: number): readonly number[] {
    return kind === 0
      ? [id % 300, 0, 1, 2, 3, 4, Math.floor(id / 300)]
      : [id, id * 3, id * 5, 1, id * 7, id * 9, id * 11];
  }

  test('lets memory go on the way, and keeps every state', () => {
    const memory = new SharedMemory();
    const plain = new Store(7, memory);
    const words = new Uint32Array(7);
    const count = 700_000;
    plain.reserve(count);
    for (let id = 0; id < count; id += 1) {
      words.set(row(id, 0));
      plain.put(id, words, 0);
    }
    const pieces = () => memory.all().filter(({ name }) => name === 'states').length;
    const moving = new Moving(plain, new TreeStore(7, memory));
    const left: number[] = [];
    const wrong = () => {
      let many = 0;
      for (let id = 0; id < count; id += 1_001) {
        words.set(row(id, 0));
        if (!moving.equals(id, words, 0)) many += 1;
        const hash = moving.hash(id);
        moving.load(id, words, 0);
        if (hash !== hashOf(words, 0, 7) || words.join() !== row(id, 0).join()) many += 1;
      }
      return many;
    };
    for (let isDone = false; !isDone; ) {
      isDone = moving.move(count, 200_000);
      left.push(pieces());
      expect(wrong()).toBe(0);
    }
    expect(left).toEqual([3, 2, 1, 0]);
    expect(isWorthCompressing(moving.tree, count)).toBe(false);
  });

  test.each([
    [0, true],
    [1, false],
  ])('is worth the while where states share much: kind %d', (kind, isWorth) => {
    const plain = new Store(7);
    const words = new Uint32Array(7);
    for (const count of [3_000, 100_000]) {
      plain.reserve(count);
      for (let id = 0; id < count; id += 1) {
        words.set(row(id, kind));
        plain.put(id, words, 0);
      }
      expect(isWorthCompressing(plain, count)).toBe(isWorth);
    }
  });
});
