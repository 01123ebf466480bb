/**
 * The inner loop against the search without it, on random programs: the same record of everything but the time.
 * HEDDLE_RUNS=5000 HEDDLE_SEED=7 looks longer and elsewhere.
 */
import fc from 'fast-check';
import { type ExploreOptions, explore, type FacilityMode, type Outcomes } from 'heddle';
import { expect, test } from 'vitest';
import { InnerLoop } from '../../src/search/inner/inner.ts';
import { Search } from '../../src/search/search.ts';
import { program } from '../oracle/arbitrary.ts';
import { checkOf } from './team-check.ts';

const numRuns = Number(process.env.HEDDLE_RUNS ?? 150);
const seed = Number(process.env.HEDDLE_SEED ?? 4);
const MOST_STATES = 3_000;
const NEVER = Number.POSITIVE_INFINITY;

/** With the state that each one was first met from, in order of discovery. */
function withoutTime({ verdict, traces }: Outcomes) {
  const { seconds: _seconds, ...rest } = verdict;
  const { visited } = latest;
  const parents = Array.from({ length: visited.count }, (_, id) => visited.parent(id));
  return { verdict: rest, traces, parents };
}

/** The search that was run last. */
let latest: Search;
const { run } = Search.prototype;
Search.prototype.run = function (...how) {
  latest = this;
  return run.apply(this, how);
};

/** What the inner loop has done since the last time. */
const done = { gathered: 0, inserted: 0, left: 0 };
const { gather, insert } = InnerLoop.prototype;
InnerLoop.prototype.gather = function (from, to) {
  const next = gather.call(this, from, to);
  done.gathered += next - from;
  if (next < to) done.left += 1;
  return next;
};
InnerLoop.prototype.insert = function (first, goOn) {
  const before = latest.visited.count;
  insert.call(this, first, goOn);
  done.inserted += latest.visited.count - before;
};

type Kept = Pick<ExploreOptions, 'store' | 'compress'>;

const how = fc.record({
  kcsan: fc.constantFrom<FacilityMode>('off', 'soft', 'soft', 'fatal'),
  quickFrom: fc.constantFrom(0, 0, 1, 7, 100),
  kept: fc.constantFrom<Kept>(
    {},
    {},
    { store: { name: 'tree' } },
    { compress: { from: 10, atATime: 7 } },
  ),
});

test('on random programs', () => {
  const met = new Map<string, number>();
  const count = (what: string, times: number | boolean) =>
    met.set(what, (met.get(what) ?? 0) + (Number(times) > 0 ? 1 : 0));
  const property = fc.property(program, how, (one, { kcsan, quickFrom, kept }) => {
    const check = checkOf({ program: one, kcsan });
    const bounds = { maxStates: MOST_STATES };
    const whole = withoutTime(explore(check, { bounds, ...kept, quickFrom: NEVER }));
    Object.assign(done, { gathered: 0, inserted: 0, left: 0 });
    expect(withoutTime(explore(check, { bounds, ...kept, quickFrom }))).toEqual(whole);

    const { verdict } = whole;
    count(`gathered, ${kept.store?.name ?? 'whole'}`, done.gathered);
    count('gathered', done.gathered);
    count('inserted', done.inserted);
    count('left to the expander', done.left);
    count('whole', verdict.complete);
    count('cut', verdict.stopped !== undefined);
    count('refused allocations', verdict.allocationsRefused);
    for (const { kind, verdict: is } of verdict.properties) count(`${kind} ${is}`, true);
    for (const { id, verdict: is } of verdict.properties) if (is === 'violated') count(id, true);
  });
  fc.assert(property, { numRuns, seed });
  if (process.env.HEDDLE_RUNS !== undefined) console.table(Object.fromEntries(met));
  for (const [what, times] of met) expect(times, what).toBeGreaterThan(0);
}, 600_000);
