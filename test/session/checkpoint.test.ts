/** Checkpoints: a search that was stopped any number of times ends as one that was not; a damaged file is never taken for a whole one. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type Check,
  check as checkOf,
  cpu,
  explore,
  type FacilityMode,
  machine,
  model,
  type Outcomes,
  possibly,
  type StateOf,
  uint,
} from 'heddle';
import { afterAll, describe, expect, test } from 'vitest';
import type { Keeper, Snapshot } from '../../src/search/snapshot.ts';
import { identity, openCheckpoint, writeCheckpoint } from '../../src/session/checkpoint.ts';
import {
  CheckpointKeeper,
  checkpointsOf,
  dropCheckpoints,
  findCheckpoint,
  folderOf,
  type Kept,
} from '../../src/session/checkpoints.ts';
import { program } from '../oracle/arbitrary.ts';
import { lostUpdate, oppositeOrders, pageTables } from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';

const numRuns = Number(process.env.HEDDLE_RUNS ?? 150);
const seed = Number(process.env.HEDDLE_SEED ?? 4);
const root = mkdtempSync(join(tmpdir(), 'heddle-checkpoints-'));
const of = identity('queue/locked', 'a'.repeat(64));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function newFolder(): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  return folder;
}

function withoutTime({ verdict, traces }: Outcomes) {
  const { seconds: _seconds, ...rest } = verdict;
  return { verdict: rest, traces };
}

/** Keeps a search where a bound ends it. */
function keeperOf(file: string): Keeper {
  return {
    isDue: (stopped) => stopped !== undefined,
    keep: (snapshot) => void writeCheckpoint(file, of, snapshot),
  };
}

/** Searches until each number of states, every time from the file that the time before has left; the last without a bound. */
function inStages(check: Check, bounds: readonly number[]): Outcomes {
  const file = join(newFolder(), '1.checkpoint');
  let from: Snapshot | undefined;
  for (const maxStates of bounds) {
    const outcomes = explore(check, { bounds: { maxStates }, keeper: keeperOf(file), from });
    if (outcomes.verdict.complete || outcomes.verdict.stopped === undefined) return outcomes;
    from = openCheckpoint(file, file, of);
  }
  return explore(check, { from });
}

function withRaces(check: Check, mode: FacilityMode): Check {
  return { ...check, facilities: { ...check.facilities, KCSAN: mode } };
}

describe('a search that was stopped', () => {
  test.each([
    ['lost update by four', lostUpdate(4, false)],
    ['two locks in opposite orders', oppositeOrders(false)],
    ['2K page tables', pageTables('b0')],
  ])('ends as one that was not: %s', (_, source) => {
    const check = withRaces(translate(source), 'soft');
    const whole = explore(check);
    const { states } = whole.verdict;
    const bounds = [1, 2, 3, 5, 8, 13].map((one) => Math.floor((states * one) / 20));
    expect(withoutTime(inStages(check, [0, ...bounds]))).toEqual(withoutTime(whole));
  });

  test('on random programs, in random stages', () => {
    const stages = fc.array(fc.nat(400), { minLength: 1, maxLength: 4 });
    const mode = fc.constantFrom<FacilityMode>('off', 'soft', 'fatal');
    let stopped = 0;
    const property = fc.property(program, stages, mode, (source, bounds, races) => {
      const check = withRaces(translate(source), races);
      const whole = explore(check, { bounds: { maxStates: 2000 } });
      if (!whole.verdict.complete) return;
      const sorted = bounds.toSorted((one, other) => one - other);
      if ((sorted[0] as number) < whole.verdict.states) stopped += 1;
      expect(withoutTime(inStages(check, sorted))).toEqual(withoutTime(whole));
    });
    fc.assert(property, { numRuns, seed });
    expect(stopped).toBeGreaterThan(numRuns / 4);
  }, 600_000);

  test('while it decides what can follow, is kept as it was when all states were known', () => {
    const m = machine({ x: uint(6) });
    const round = m.fn('round', (b) => [
      b.loop([
        b.step('x + 1', (s) => {
          s.x = (s.x + 1) % 64;
        }),
      ]),
    ]);
    const one = model({ machine: m, cpus: [cpu({ task: round })], source: 'test' });
    const check = checkOf(one, {
      properties: {
        P1: possibly({ from: () => true, to: (s: StateOf<typeof m>) => s.x === 1 }),
        P2: possibly({ from: () => true, to: () => false }),
      },
    });
    let asked = 0;
    const whole = explore(check, { shouldStop: () => ++asked < 0 });
    const file = join(newFolder(), '1.checkpoint');
    const stopped = explore(check, {
      // The last time that the undisturbed run was asked.
      shouldStop: () => {
        asked -= 1;
        return asked === 0;
      },
      keeper: keeperOf(file),
    });
    expect(stopped.verdict).toMatchObject({ states: 64, complete: false });
    expect(stopped.verdict.properties.map(({ verdict }) => verdict)).toContain('incomplete');
    const from = openCheckpoint(file, file, of);
    expect(from).toMatchObject({ states: 64, next: 64 });
    expect(withoutTime(explore(check, { from }))).toEqual(withoutTime(whole));
  });
});

/** A checkpoint of a small search. */
function written(file: string): Buffer {
  explore(translate(lostUpdate(3, true)), {
    bounds: { maxStates: 20 },
    keeper: keeperOf(file),
  });
  return readFileSync(file);
}

describe('a file', () => {
  const file = join(newFolder(), '1.checkpoint');
  const whole = written(file);
  const open = () => openCheckpoint(file, 'the file', of);

  test('that ends anywhere is damaged', () => {
    const cuts = new Set([0, 1, 17, 18, 19, whole.length - 1, whole.length - 48]);
    for (let at = 0; at < whole.length; at += 97) cuts.add(at);
    for (const at of cuts) {
      writeFileSync(file, whole.subarray(0, at));
      expect(open, `cut at ${at}`).toThrow(
        /^the file is damaged: it ends in (its first line|part \d+)$/,
      );
    }
  });

  test('with any bit changed is damaged', () => {
    const change = fc.property(fc.nat(whole.length - 1), fc.nat(7), (at, bit) => {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ (1 << bit);
      writeFileSync(file, changed);
      expect(open).toThrow(/^the file is damaged: /);
    });
    fc.assert(change, { numRuns: 300, seed });
  });

  test('with a part left out is damaged', () => {
    const first = whole.indexOf('{') - 48;
    const length = whole.readUInt32LE(first + 8) + 48;
    writeFileSync(file, Buffer.concat([whole.subarray(0, first), whole.subarray(first + length)]));
    expect(open).toThrow('the file is damaged: part 0 is none');
  });

  test.each([
    [identity('queue/other', of.model), 'another check: queue/locked, and this is queue/other'],
    [
      identity(of.check, 'b'.repeat(64)),
      'another model, or check: aaaaaaaaaaaa…, and this is bbbbbbbbbbbb…',
    ],
    [{ ...of, heddle: '9.9.9' }, /another heddle: .*, and this is 9\.9\.9/],
    [{ ...of, order: 'dfs' }, 'another order: bfs, and this is dfs'],
    [{ ...of, store: 'fingerprints' }, 'another store: whole states, and this is fingerprints'],
    [{ ...of, format: 2 }, 'another format: 1, and this is 2'],
  ])('of something else is refused by name (%#)', (expected, message) => {
    writeFileSync(file, whole);
    expect(() => openCheckpoint(file, 'the file', expected)).toThrow(message);
  });

  test('of another machine is refused', () => {
    writeFileSync(file, whole);
    const other = translate(pageTables('base'));
    const { verdict } = explore(other, { from: open() });
    expect(verdict.verdict).toBe('invalid');
    expect(verdict.error?.code).toBe('other-checkpoint');
  });
});

describe('a folder', () => {
  const snapshotOf = (): Snapshot => openWhole(join(newFolder(), '1.checkpoint'));
  const openWhole = (file: string): Snapshot => {
    written(file);
    return openCheckpoint(file, file, of);
  };

  function keeperFor(folder: string, more: { always?: boolean; everyMs?: number } = {}) {
    const kept: Kept[] = [];
    const clock = { now: 0 };
    const keeping = { folder, everyMs: 60_000, always: false, ...more };
    const keeper = new CheckpointKeeper(
      keeping,
      of,
      (one) => kept.push(one),
      () => clock.now,
    );
    return { keeper, kept, clock };
  }

  test('has the latest two; where the latest is damaged the one before is used, and it is said', () => {
    const folder = newFolder();
    const { keeper } = keeperFor(folder);
    for (let times = 0; times < 4; times += 1) keeper.keep(snapshotOf());
    const files = checkpointsOf(folder, of.check);
    const own = folderOf(folder, of.check);
    expect(files).toEqual([join(own, '4.checkpoint'), join(own, '3.checkpoint')]);
    writeFileSync(files[0] as string, 'heddle checkpoint\n');
    const found = findCheckpoint(folder, of);
    expect(found?.file).toMatch(/3\.checkpoint$/);
    expect(found?.damaged).toEqual([
      expect.stringMatching(/4\.checkpoint is damaged: it ends in part 0$/),
    ]);
    writeFileSync(files[1] as string, '');
    expect(() => findCheckpoint(folder, of)).toThrow(/3\.checkpoint is damaged/);
    dropCheckpoints(folder, of.check);
    expect(findCheckpoint(folder, of)).toBeUndefined();
  });

  test('gets nothing from a search that is short, or that a bound ends, unless it is asked to', () => {
    const stop = (bound: 'interrupt' | 'maxStates') => ({ bound, value: '', flag: '' });
    const { keeper, clock } = keeperFor(newFolder());
    clock.now = 9_000;
    expect([keeper.isDue(), keeper.isDue(stop('interrupt'))]).toEqual([false, false]);
    clock.now = 20_000;
    expect([keeper.isDue(), keeper.isDue(stop('interrupt'))]).toEqual([false, true]);
    expect(keeper.isDue(stop('maxStates'))).toBe(false);
    clock.now = 61_000;
    expect(keeper.isDue()).toBe(true);
    const always = keeperFor(newFolder(), { always: true });
    expect(always.keeper.isDue(stop('maxStates'))).toBe(true);
  });

  test('that cannot be written to ends no search, and is told once', () => {
    const folder = join(newFolder(), 'file');
    writeFileSync(folder, '');
    const { keeper, kept } = keeperFor(folder);
    keeper.keep(snapshotOf());
    keeper.keep(snapshotOf());
    expect(kept).toEqual([
      expect.objectContaining({ failure: expect.stringContaining('ENOTDIR') }),
    ]);
  });
});
