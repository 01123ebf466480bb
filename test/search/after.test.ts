/** Searches that start where a schedule ends: what can still go wrong from there, by whole schedules. */
import fc from 'fast-check';
import {
  alternativesAt,
  always,
  at_rest,
  type Check,
  check,
  cpu,
  explore,
  type Move,
  machine,
  model,
  parseSchedule,
  possibly,
  range,
  replay,
  type StateOf,
  walk,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { switchesOf } from '../../src/search/witness.ts';
import { trial } from '../fuzz/arbitrary.ts';
import { checkOf } from '../fuzz/check.ts';
import { rowOf } from '../outcome.ts';

const m = machine({ x: range(7) });
type S = StateOf<typeof m>;

const add = (by: number) =>
  m.fn(`add_${by}`, { locals: { r: range(7) } }, (b) => [
    b.step('r = x', (s, l) => {
      l.r = s.x;
    }),
    b.step(`x = r + ${by}`, (s, l) => {
      s.x = l.r + by;
    }),
  ]);

const adding = check(model({ machine: m, cpus: [cpu({ task: add(1) }), cpu({ task: add(2) })] }), {
  properties: {
    'P1: the second is not lost': always<S>((s) => s.x !== 1),
    'P2: the first is not lost': at_rest<S>((s) => s.x !== 2),
  },
  expected: { P1: 'violated', P2: 'violated' },
});

describe('a search after a schedule', () => {
  test('finds what can still be violated, by schedules from the initial state on', () => {
    const { verdict, traces } = explore(adding, { after: { schedule: '1.0' } });
    // CPU1 and CPU0 have read; whoever writes last loses the other.
    expect(verdict).toMatchObject({
      verdict: 'violated',
      complete: true,
      states: 5,
      levels: [1, 2, 2],
    });
    expect(verdict.after).toEqual({ initial: 'initial', schedule: '1.0', steps: 2 });
    expect(rowOf({ verdict, traces }, 'P1')).toMatchObject({
      schedule: '1.0x2',
      steps: 3,
      switches: 1,
    });
    expect(rowOf({ verdict, traces }, 'P2')).toMatchObject({
      schedule: '1.0x2.1',
      steps: 4,
      switches: 2,
    });
    expect(traces.map(({ schedule, steps }) => [schedule, steps.length])).toEqual([
      ['1.0x2', 3],
      ['1.0x2.1', 4],
    ]);
  });

  test('says of nothing that it holds, though all that can follow was searched', () => {
    const { verdict, traces } = explore(adding, { after: { schedule: '1x2' } });
    expect(traces).toEqual([]);
    expect(verdict).toMatchObject({ verdict: 'incomplete', complete: true, ok: false, states: 3 });
    expect(verdict.properties.filter((one) => one.verdict === 'holds')).toEqual([]);
    expect(verdict.scope[0]).toBe('only what can follow 1x2: no verdict of the check');
  });

  test('takes the fewest switches of the whole schedule, the one behind its beginning included', () => {
    const task = (name: string, first: boolean) =>
      m.fn(name, (b) => [
        ...(first ? [b.step('ready', () => {})] : []),
        b.atomic(
          'one word',
          b.step('x = x + 1', (s) => {
            s.x += 1;
          }),
        ),
      ]);
    const two = check(
      model({
        machine: m,
        cpus: [cpu({ task: task('f', false) }), cpu({ task: task('g', true) })],
      }),
      { properties: { P: always<S>((s) => s.x < 2) } },
    );
    // 1.0.1 is as long, and switches twice.
    expect(rowOf(explore(two, { after: { schedule: '1' } }), 'P')).toMatchObject({
      schedule: '1x2.0',
      switches: 1,
    });
  });

  test('behind a fatal step nothing follows', () => {
    const over = check(
      model({
        machine: m,
        cpus: [
          cpu({
            task: m.fn('f', (b) => [
              b.step('x = 8', (s) => {
                s.x = 8;
              }),
            ]),
          }),
        ],
      }),
    );
    const { verdict } = explore(over, { after: { schedule: '0' } });
    expect(verdict).toMatchObject({ verdict: 'invalid', error: { code: 'no-such-step' } });
    expect(verdict.error?.fact).toBe('0 ends in a fatal violation, and nothing follows it');
  });

  test('asks what may no longer come about, and not behind the stop of a client', () => {
    const client = m.fn('client', (b) => [
      b.client(
        b.until(
          '0 to 1',
          (s) => s.x === 0,
          (s) => {
            s.x = 1;
          },
        ),
        b.until(
          '1 to 2',
          (s) => s.x === 1,
          (s) => {
            s.x = 2;
          },
        ),
      ),
    ]);
    const oneWay = check(
      model({ machine: m, cpus: [cpu({ task: client }), cpu({ task: client })] }),
      {
        properties: { 'P: back': possibly<S>({ from: (s) => s.x === 2, to: (s) => s.x === 0 }) },
      },
    );
    const { verdict, traces } = explore(oneWay, { after: { schedule: '0' } });
    expect(rowOf({ verdict, traces }, 'P')).toMatchObject({
      verdict: 'violated',
      schedule: '0.0:1',
      finding: { message: 'from the state after step 2 no continuation reaches it' },
    });
    expect(replay(oneWay, '0.0:1').property).toBe('P: back');
    const stopped = explore(oneWay, { after: { schedule: '0.1:2' } });
    expect(rowOf(stopped, 'P')).toMatchObject({ verdict: 'incomplete', evaluated: 0 });
  });

  test('says which bound has ended it', () => {
    const { verdict } = explore(adding, { after: { schedule: '1x2' }, bounds: { maxStates: 1 } });
    expect(verdict).toMatchObject({
      verdict: 'incomplete',
      complete: false,
      stopped: { bound: 'maxStates' },
    });
  });
});

test('is as near as the alternatives say, on random programs', { timeout: 60_000 }, () => {
  const seen = { violated: 0, fine: 0 };
  fc.assert(
    fc.property(trial, fc.array(fc.nat(5), { maxLength: 5 }), (one, picks) => {
      const random = checkOf(one);
      const moves = prefix(random, picks);
      if (moves === undefined) return;
      const bounds = { maxStates: 3000 };
      const { verdict } = explore(random, { after: { schedule: moves }, bounds });
      const nearest = alternativesAt(random, { schedule: moves }, bounds).map(
        ({ leadsTo }) => leadsTo,
      );
      if (!verdict.complete || verdict.verdict === 'invalid') return;
      // What several schedules show together is no violation of one.
      const found = verdict.properties.filter(
        ({ finding, verdict: cell }) => cell === 'violated' && finding?.facility !== 'LOCKDEP',
      );
      for (const row of found) {
        const whole = parseSchedule(row.schedule as string);
        expect(whole.slice(0, moves.length)).toEqual(moves);
        expect(row.switches).toBe(switchesOf(whole));
      }
      const ahead = found
        .map(({ steps }) => (steps as number) - moves.length)
        .filter((steps) => steps > 0);
      const told = nearest.flatMap((one) => (one.kind === 'violation' ? [one.steps] : []));
      if (found.length === ahead.length) expect(Math.min(...told)).toBe(Math.min(...ahead));
      if (found.length === 0) expect(nearest.every(({ kind }) => kind === 'fine')).toBe(true);
      seen[found.length === 0 ? 'fine' : 'violated'] += 1;
    }),
    { numRuns: 15, seed: 3 },
  );
  expect(seen.violated).toBeGreaterThan(5);
  expect(seen.fine).toBeGreaterThan(1);
});

/** Some moves of a program, none of which is fatal; undefined where it refuses to run. */
function prefix(random: Check, picks: readonly number[]): Move[] | undefined {
  const moves: Move[] = [];
  for (const pick of picks) {
    const enabled = walk(random, moves)
      .enabled()
      .filter(({ outcome }) => outcome !== 'refused');
    const { cpu, level, choice } = enabled[pick % enabled.length] ?? {};
    if (cpu === undefined) break;
    moves.push({ cpu, level, choice } as Move);
  }
  return moves;
}
