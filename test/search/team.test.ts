/**
 * Several threads on one search against one, on random programs: the same record of everything but the time.
 * HEDDLE_RUNS=5000 HEDDLE_SEED=7 looks longer and elsewhere.
 */
import fc from 'fast-check';
import { explore, type FacilityMode, type StoreChoice } from 'heddle';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { Frontier } from '../../src/search/frontier.ts';
import { InnerLoop } from '../../src/search/inner/inner.ts';
import { ThreadLost } from '../../src/search/team/control.ts';
import { Team } from '../../src/search/team/team.ts';
import { program } from '../oracle/arbitrary.ts';
import { pageTables } from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';
import { withoutTime } from './latest.ts';
import { Met } from './met.ts';
import { Crew } from './team.ts';
import { checkOf, type Source } from './team-check.ts';

const numRuns = Number(process.env.HEDDLE_RUNS ?? 40);
const seed = Number(process.env.HEDDLE_SEED ?? 4);
const MOST_STATES = 3_000;
const SMALL = { bounds: { maxStates: 200 } };
const crew = new Crew();
beforeAll(() => crew.load());
afterAll(() => crew.leave());

/** How many states a team has expanded since the last time. */
let byTeam = 0;
/** How many teams have lost a thread. */
let lost = 0;
const expand = Team.prototype.expand;
Team.prototype.expand = function (from, to, room) {
  try {
    const next = expand.call(this, from, to, room);
    byTeam += next - from;
    return next;
  } catch (thrown) {
    if (thrown instanceof ThreadLost) lost += 1;
    throw thrown;
  }
};

/** How many chunks the inner loop has claimed slots for since the last time, of the thread that leads. */
let claimed = 0;
const { claim } = InnerLoop.prototype;
InnerLoop.prototype.claim = function (...how) {
  claimed += 1;
  return claim.apply(this, how);
};

const mode = fc.constantFrom<FacilityMode>('off', 'soft', 'soft', 'fatal');
const how = fc.record({
  kcsan: mode,
  count: fc.integer({ min: 2, max: 3 }),
  chunkStates: fc.constantFrom(1, 2, 5, 64),
  quickFrom: fc.constantFrom(0, 20, Number.POSITIVE_INFINITY),
  store: fc.constantFrom<StoreChoice | undefined>(undefined, undefined, { name: 'tree' }),
});

test('on random programs', () => {
  const met = new Met();
  // What never has a few states on a level is not done by several threads.
  const large = program.filter(
    (one) => Math.max(...explore(translate(one), SMALL).verdict.levels) > 8,
  );
  const property = fc.property(
    large,
    how,
    (one, { kcsan, count: threads, chunkStates, quickFrom, store }) => {
      const source: Source = { program: one, kcsan };
      const bounds = { maxStates: MOST_STATES };
      const whole = withoutTime(explore(checkOf(source), { bounds, store }));
      byTeam = 0;
      claimed = 0;
      const team = crew.threads(source, threads, chunkStates);
      const byMany = explore(checkOf(source), { bounds, store, threads: team, quickFrom });
      expect(withoutTime(byMany)).toEqual(whole);

      met.count('expanded by a team', byTeam);
      met.count('claimed by the inner loop', claimed);
      met.ended(whole.verdict);
    },
  );
  fc.assert(property, { numRuns, seed });
  met.expectAll();
}, 600_000);

test.each(['throws', 'dies'] as const)(
  'one that %s alone is as if there had been one thread',
  async (kind) => {
    const source: Source = { program: pageTables('b0'), kcsan: 'soft' };
    const whole = withoutTime(explore(checkOf(source)));
    lost = 0;
    for (const afterStates of [0, 1, 40, 200]) {
      for (const count of [2, 3]) {
        const threads = crew.threads(source, count, 2, { kind, afterStates });
        expect(withoutTime(explore(checkOf(source), { threads }))).toEqual(whole);
        await crew.replace(count - 2);
      }
    }
    // One that has had little to do may have got to the end.
    expect(lost).toBeGreaterThan(0);
  },
);

test('a search that starts again without a lost thread has the time that is left', () => {
  const checked = checkOf({ program: pageTables('b0'), kcsan: 'soft' });
  const whole = explore(checked).verdict;
  const losing = (timeLimitMs: number) => {
    let clock = 1_000;
    const start = (): never => {
      clock += 100_000;
      throw new ThreadLost();
    };
    const threads = { count: 2, start, fromStates: whole.states / 2 };
    return explore(checked, { threads, now: () => clock, bounds: { timeLimitMs } }).verdict;
  };
  expect(losing(100_001)).toMatchObject({ states: whole.states, complete: true, seconds: 100 });
  expect(losing(99_999)).toMatchObject({
    ...{ states: 1, complete: false, seconds: 100 },
    stopped: { bound: 'timeLimit' },
  });
});

test('where there is no memory for the states of a block, what was found before stands', () => {
  const source: Source = { program: pageTables('b0'), kcsan: 'soft' };
  const whole = explore(checkOf(source)).verdict;
  const { reserve } = Frontier.prototype;
  const spy = vi.spyOn(Frontier.prototype, 'reserve').mockImplementation(function (
    this: Frontier,
    words: number,
  ) {
    if (byTeam > whole.states / 2) throw new RangeError('Array buffer allocation failed');
    reserve.call(this, words);
  });
  onTestFinished(() => spy.mockRestore());
  byTeam = 0;
  const { verdict } = explore(checkOf(source), { threads: crew.threads(source, 3, 2) });
  expect(verdict.stopped?.bound).toBe('memoryLimit');
  expect(verdict.states).toBeGreaterThan(whole.states / 2);
  expect(verdict.levels).toEqual([...whole.levels.slice(0, verdict.depth - 1), expect.any(Number)]);
  const before = whole.properties.filter(({ steps = Infinity }) => steps < verdict.depth - 1);
  expect(before.length).toBeGreaterThan(0);
  for (const { id, schedule } of before)
    expect(verdict.properties.find((one) => one.id === id)?.schedule, id).toBe(schedule);
});
