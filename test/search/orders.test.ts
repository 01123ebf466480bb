/**
 * Every order of search against breadth-first, on random programs: a complete search in another order finds the same states, moves and
 * violations, and schedules as short. HEDDLE_RUNS=5000 HEDDLE_SEED=7 looks longer and elsewhere.
 */
import fc from 'fast-check';
import { type Check, explore, type Order, replay, type Verdict } from 'heddle';
import { describe, expect, test } from 'vitest';
import { program } from '../oracle/arbitrary.ts';
import { collected } from '../oracle/lockdep.ts';
import type { Program } from '../oracle/program.ts';
import * as programs from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';

const runs = Number(process.env.HEDDLE_RUNS ?? 100);
const seed = Number(process.env.HEDDLE_SEED ?? 20231010);
const maxStates = 1000;

/** What a complete search says, whatever its order. What only all schedules together show may be shown by other ones. */
function said(verdict: Verdict) {
  const { states, generated, dead, steps, notTaken, complete } = verdict;
  const properties = verdict.properties.map((one) => {
    const { id, verdict: is, evaluated, met, steps: length, switches } = one;
    const shown = collected.includes(id) || id === 'LOCKDEP' ? {} : { length, switches };
    return { id, is, evaluated, met, ...shown };
  });
  // What the check does not declare comes in the order in which it was met.
  properties.sort((one, other) => (one.id < other.id ? -1 : 1));
  return {
    verdict: verdict.verdict,
    states,
    generated,
    dead,
    steps,
    notTaken,
    complete,
    properties,
  };
}

function run(checked: Check, order?: Order, bounds = {}): Verdict {
  const { verdict } = explore(checked, { order, bounds });
  if (verdict.error !== undefined) throw new Error(`${verdict.error.code}: ${verdict.error.fact}`);
  return verdict;
}

function expectSame(source: Program, order: Order): void {
  const checked = translate(source);
  const expected = run(checked, undefined, { maxStates });
  fc.pre(expected.complete);
  expect(said(run(checked, order))).toEqual(said(expected));
}

const byHand: readonly (readonly [string, Program])[] = [
  ['lost update by four', programs.lostUpdate(4, false)],
  ['philosophers', programs.philosophers(4)],
  ['a lock in a task and a callback', programs.lockInTaskAndCallback('plain')],
  ['two locks in opposite orders while interrupts go on', programs.oppositeOrders(true)],
  ['2K page tables', programs.pageTables('base')],
];

describe('depth-first', () => {
  test.each(byHand)('finds what breadth-first finds: %s', (_, source) => {
    expectSame(source, { name: 'dfs' });
  });

  test(`finds what breadth-first finds, on ${runs} random programs`, () => {
    const random = fc.property(program, (source) => expectSame(source, { name: 'dfs' }));
    fc.assert(random, { numRuns: runs, seed });
  }, 3_600_000);

  test('goes deep at once: the first states lie on one schedule', () => {
    const { order, complete, stopped } = run(
      translate(programs.philosophers(4)),
      { name: 'dfs' },
      { maxStates: 20 },
    );
    expect({ complete, bound: stopped?.bound }).toEqual({ complete: false, bound: 'maxStates' });
    expect(order).toMatchObject({ name: 'dfs', shortest: false });
    expect(order?.deepest).toBeGreaterThan(5);
  });

  test('a limit on depth that cuts something is INCOMPLETE, and one that does not is none', () => {
    const checked = translate(programs.lostUpdate(2, false));
    const cut = run(checked, { name: 'dfs' }, { maxDepth: 4 });
    expect(cut).toMatchObject({ complete: false, stopped: { bound: 'maxDepth' } });
    expect(cut.states).toBeLessThan(13);
    expect(run(checked, { name: 'dfs' }, { maxDepth: 6 })).toMatchObject({
      complete: true,
      states: 13,
    });
  });

  test('an incomplete search shows schedules that replay', () => {
    let shown = 0;
    for (const source of [programs.philosophers(4), programs.pageTables('b0')]) {
      const checked = translate(source);
      for (let states = 50; states <= 800; states += 10) {
        const verdict = run(checked, { name: 'dfs' }, { maxStates: states });
        for (const { schedule } of verdict.properties) {
          if (verdict.complete || schedule === undefined) continue;
          expect(replay(checked, schedule).violation).not.toBe('');
          shown += 1;
        }
      }
    }
    expect(shown).toBeGreaterThan(0);
  });
});
