/**
 * The inner loop against the search without it, on random programs: the same record of everything but the time.
 * HEDDLE_RUNS=5000 HEDDLE_SEED=7 looks longer and elsewhere.
 */
import fc from 'fast-check';
import {
  after,
  alloc,
  type Check,
  check,
  cpu,
  type ExploreOptions,
  explore,
  type FacilityMode,
  heap,
  machine,
  model,
  record,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
} from 'heddle';
import { expect, test } from 'vitest';
import { Arena } from '../../src/search/arena.ts';
import { InnerLoop } from '../../src/search/inner/inner.ts';
import { program } from '../oracle/arbitrary.ts';
import { latest, withoutTime } from './latest.ts';
import { Met } from './met.ts';
import { checkOf } from './team-check.ts';

const numRuns = Number(process.env.HEDDLE_RUNS ?? 150);
const seed = Number(process.env.HEDDLE_SEED ?? 4);
const MOST_STATES = 3_000;
const NEVER = Number.POSITIVE_INFINITY;

/** What the inner loop has done since the last time. */
const done = { gathered: 0, inserted: 0, left: 0, astray: 0 };
const { gather, insert } = InnerLoop.prototype;
InnerLoop.prototype.gather = function (from, to) {
  const next = gather.call(this, from, to);
  done.gathered += next - from;
  if (next < to) done.left += 1;
  // It takes no memory: what it cannot reach afterwards it could not reach before.
  if (!this.isUsable) done.astray += 1;
  return next;
};
InnerLoop.prototype.insert = function (first, goOn) {
  const before = latest.visited.count;
  insert.call(this, first, goOn);
  done.inserted += latest.visited.count - before;
};

type Kept = Pick<ExploreOptions, 'store' | 'compress'>;

/** Pieces that the arena has room for. */
let left = NEVER;
const { take } = Arena.prototype;
Arena.prototype.take = function (bytes) {
  left -= 1;
  return left < 0 ? undefined : take.call(this, bytes);
};

const how = fc.record({
  kcsan: fc.constantFrom<FacilityMode>('off', 'soft', 'soft', 'fatal'),
  quickFrom: fc.constantFrom(0, 0, 1, 7, 100),
  /** Pieces of memory after which the arena has no more room. */
  room: fc.constantFrom(NEVER, NEVER, 72, 90, 120),
  kept: fc.constantFrom<Kept>(
    {},
    {},
    { store: { name: 'tree' } },
    { compress: { from: 10, atATime: 7 } },
  ),
});

test('on random programs', () => {
  const met = new Met();
  const property = fc.property(program, how, (one, { kcsan, quickFrom, room, kept }) => {
    const checked = checkOf({ program: one, kcsan });
    const bounds = { maxStates: MOST_STATES };
    left = NEVER;
    const whole = withoutTime(explore(checked, { bounds, ...kept, quickFrom: NEVER }));
    Object.assign(done, { gathered: 0, inserted: 0, left: 0, astray: 0 });
    left = room;
    expect(withoutTime(explore(checked, { bounds, ...kept, quickFrom }))).toEqual(whole);

    expect(done.astray).toBe(0);
    met.count('no room in the arena', left < 0);
    met.count(`gathered, ${kept.store?.name ?? 'whole'}`, done.gathered);
    met.count('gathered', done.gathered);
    met.count('inserted', done.inserted);
    met.count('left to the expander', done.left);
    met.ended(whole.verdict);
  });
  fc.assert(property, { numRuns, seed });
  met.expectAll();
}, 600_000);

/** The same with the inner loop from some states on as without it; it has done something. */
function agrees(checked: Check, kinds: readonly string[]): void {
  left = NEVER;
  const whole = withoutTime(explore(checked, { quickFrom: NEVER }));
  expect(whole.verdict.error).toBeUndefined();
  expect(whole.traces.map(({ finding }) => finding.kind)).toEqual(kinds);
  for (const quickFrom of [0, 8, 24]) {
    done.gathered = 0;
    expect(withoutTime(explore(checked, { quickFrom }))).toEqual(whole);
    expect(done.gathered).toBeGreaterThan(0);
  }
}

const shared = machine({
  a: spinlock(),
  b: spinlock(),
  c: spinlock(),
  x: uint(4, { wraps: true }),
  y: uint(4, { wraps: true }),
  box: heap(1, record({ value: uint(1) })),
});

/** For ever, or as often as told. */
const count = (word: 'x' | 'y', times?: number) =>
  shared.fn(`count ${word}`, (b) => {
    const step = (label: string) =>
      b.step(label, (s) => {
        s[word] += 1;
      });
    if (times === undefined) return [b.loop([step(`${word} += 1`)])];
    return Array.from({ length: times }, (_, at) => step(`${word} += 1, ${at}`));
  });

test('CPUs that wait in a circle that no two of them make, while another goes on', () => {
  const both = (first: 'a' | 'b' | 'c', second: 'a' | 'b' | 'c') =>
    shared.fn(`${first}_then_${second}`, (b) => [
      b.call(spin_lock, (s) => s[first], first),
      b.call(spin_lock, (s) => s[second], second),
      b.call(spin_unlock, (s) => s[second], second),
      b.call(spin_unlock, (s) => s[first], first),
    ]);
  const tasks = [both('a', 'b'), both('b', 'c'), both('c', 'a'), count('x')];
  const cpus = tasks.map((task) => cpu({ task }));
  const crossed = model({ machine: shared, cpus });
  agrees(check(crossed, { facilities: { LOCKDEP: 'off' } }), ['wait-cycle']);
});

test('what is asked after a step', () => {
  const counted = model({
    machine: shared,
    cpus: [cpu({ task: count('x') }), cpu({ task: count('y') })],
  });
  const properties = { P: after('x += 1', (s: { x: number; y: number }) => s.x + s.y < 20) };
  agrees(check(counted, { properties }), ['P']);
});

test('an arena that is full after any number of pieces, while states are compressed', () => {
  const tasks = [count('x'), count('y')];
  const counted = check(model({ machine: shared, cpus: tasks.map((task) => cpu({ task })) }));
  const how = { compress: { from: 40, atATime: 16 } };
  left = NEVER;
  const whole = withoutTime(explore(counted, { ...how, quickFrom: NEVER }));
  left = 1_000;
  expect(withoutTime(explore(counted, { ...how, quickFrom: 0 }))).toEqual(whole);
  const most = 1_000 - left;
  done.astray = 0;
  for (let room = 0; room < most; room += 1) {
    left = room;
    expect(withoutTime(explore(counted, { ...how, quickFrom: 0 })), `${room}`).toEqual(whole);
  }
  expect(done.astray).toBe(0);
});

test('what is leaked at rest', () => {
  const lose = shared.fn('lose', (b) => [
    b.step('alloc', (s) => {
      alloc(s.box, { value: 0 });
    }),
  ]);
  const tasks = [lose, count('x', 3), count('y', 3)];
  const lost = model({ machine: shared, cpus: tasks.map((task) => cpu({ task })) });
  agrees(check(lost), ['leak']);
});
