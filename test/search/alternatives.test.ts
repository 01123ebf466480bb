/** Alternatives along a schedule: what each move leads to, against the frozen engine going everywhere. */
import fc from 'fast-check';
import {
  always,
  type Builder,
  type Check,
  check,
  cpu,
  HeddleError,
  type Move,
  machine,
  model,
  possibly,
  range,
  type StateOf,
  spin_lock,
  spin_unlock,
  spinlock,
  walk,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { compileMachine } from '../../src/machine/machine.ts';
import { formatMove } from '../../src/replay/schedule.ts';
import {
  type Alternative,
  alternativesAlong,
  alternativesAt,
} from '../../src/search/alternatives.ts';
import { violationsAtEnd } from '../../src/search/witness.ts';
import { trial } from '../fuzz/arbitrary.ts';
import { checkOf } from '../fuzz/check.ts';

const m = machine({ x: range(7), y: range(7), a: spinlock(), b: spinlock() });
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
  properties: { 'P1: nothing is lost': always<S>((s) => s.x !== 1) },
});

/** `0: x = r + 1 -> P1 in 1`, of each alternative. */
const told = (all: readonly Alternative[]): string[] =>
  all.map(({ move, label, leadsTo }) => {
    const what =
      leadsTo.kind === 'violation'
        ? `${leadsTo.property} in ${leadsTo.atMost === true ? 'at most ' : ''}${leadsTo.steps}`
        : `${leadsTo.kind}, ${leadsTo.states}`;
    return `${move}: ${label} -> ${what}`;
  });

describe('alternatives', () => {
  test('say for every point which moves there were and how near a violation is behind each', () => {
    const points = alternativesAlong(adding, { schedule: '1x2.0x2' });
    expect(points.map(told)).toEqual([
      ['0: r = x -> P1: nothing is lost in 2', '1: r = x -> P1: nothing is lost in 3'],
      ['0: r = x -> P1: nothing is lost in 2', '1: x = r + 2 -> fine, 13'],
      ['0: r = x -> fine, 13'],
      ['0: x = r + 1 -> fine, 13'],
      [],
    ]);
  });

  test('at one point come from a search of what can follow it, and no more', () => {
    expect(told(alternativesAt(adding, { schedule: '1x2' }))).toEqual(['0: r = x -> fine, 3']);
    expect(told(alternativesAt(adding, { schedule: '1' }))).toEqual([
      '0: r = x -> P1: nothing is lost in 2',
      '1: x = r + 2 -> fine, 9',
    ]);
  });

  test('behind a fatal step there are none, and the step itself is one at its point', () => {
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
    const points = alternativesAlong(over, { schedule: '0' });
    expect(points.map(told)).toEqual([['0: x = 8 -> range in 1'], []]);
    expect(alternativesAt(over, { schedule: '0' })).toEqual([]);
  });

  test('say where a bound has hidden what follows, and where it may have hidden something nearer', () => {
    const [start] = alternativesAlong(adding, { schedule: '' }, { maxStates: 2 });
    expect(told(start as Alternative[])).toEqual([
      '0: r = x -> unknown, 3',
      '1: r = x -> unknown, 3',
    ]);
  });

  test('a deadlock is a violation of the state it is in; what only several schedules show is none', () => {
    const both = (first: 'a' | 'b', second: 'a' | 'b') =>
      m.fn(`${first}_${second}`, (b) => [
        b.call(spin_lock, (s) => s[first], first),
        b.call(spin_lock, (s) => s[second], second),
        b.call(spin_unlock, (s) => s[second], second),
        b.call(spin_unlock, (s) => s[first], first),
      ]);
    const crossed = check(
      model({ machine: m, cpus: [cpu({ task: both('a', 'b') }), cpu({ task: both('b', 'a') })] }),
    );
    // CPU0 has both; the search reports the circle all the same (LOCKDEP), of which this is one half.
    expect(told(alternativesAt(crossed, { schedule: '0' }))).toEqual([
      '0: spin_lock(b) -> fine, 10',
      '1: spin_lock(b) -> deadlock in 1',
    ]);
  });

  test('a waiting attempt says that it stays', () => {
    const poll = check(
      model({
        machine: m,
        cpus: [
          cpu({ task: m.fn('f', (b) => [b.spin_until('x == 1', (s) => s.x === 1)]) }),
          cpu({
            task: m.fn('g', (b) => [
              b.step('x = 1', (s) => {
                s.x = 1;
              }),
            ]),
          }),
        ],
      }),
    );
    const [first] = alternativesAlong(poll, { schedule: '0x2.1' });
    expect(first).toMatchObject([
      { move: '0', stays: true, leadsTo: { kind: 'fine', states: 3 } },
      { move: '1', leadsTo: { kind: 'fine', states: 3 } },
    ]);
    expect(first?.[1]?.stays).toBeUndefined();
  });

  test('what may no longer come about is a violation where it is asked, and not once a client has stopped', () => {
    const turn = (from: number, to: number) => (b: Builder<S, object>) =>
      b.until(
        `${from} to ${to}`,
        (s) => s.x === from,
        (s) => {
          s.x = to;
        },
      );
    const client = m.fn('client', (b) => [
      b.client(turn(0, 1)(b), turn(1, 0)(b), turn(1, 2)(b), turn(2, 3)(b)),
    ]);
    const back = check(model({ machine: m, cpus: [cpu({ task: client })] }), {
      properties: {
        'P2: it can come back': possibly<S>({ from: (s) => s.x > 0, to: (s) => s.x === 0 }),
      },
    });
    const points = alternativesAlong(back, { schedule: '0.0:2.0:4' });
    const one = 'P2: it can come back in 1';
    expect(points.map(told)).toEqual([
      ['0: 0 to 1 -> P2: it can come back in 2', '0:4: stop -> fine, 8'],
      ['0:1: 1 to 0 -> P2: it can come back in 3', `0:2: 1 to 2 -> ${one}`, '0:4: stop -> fine, 8'],
      [`0:3: 2 to 3 -> ${one}`, '0:4: stop -> fine, 8'],
      [],
    ]);
  });

  test('are the same whatever the bound is, where it is not hit', () => {
    const all = alternativesAlong(adding, { schedule: '0.1.0.1' });
    expect(alternativesAlong(adding, { schedule: '0.1.0.1' }, { maxStates: 13 })).toEqual(all);
  });

  test('a step that is not enabled is refused by name', () => {
    const refused = () => alternativesAt(adding, { schedule: '0x3' });
    expect(refused).toThrow(HeddleError);
    expect(refused).toThrow('0 is not enabled');
  });
});

/** Steps to the nearest violation behind a move, and what it violates: by walking everywhere. Undefined where there is none. */
function byHand(
  check: Check,
  moves: readonly Move[],
): { steps: number; names: string[] } | undefined {
  const compiled = compileMachine(check.model);
  const seen = new Set<string>();
  let level: Move[][] = [[...moves]];
  for (let steps = 1; level.length > 0; steps += 1) {
    const names: string[] = [];
    const next: Move[][] = [];
    for (const schedule of level) {
      const cursor = walk(check, schedule, undefined, compiled);
      names.push(...violationsAtEnd(check, cursor).map(({ row }) => row.name));
      const key = JSON.stringify(cursor.state());
      if (seen.has(key) || cursor.steps.at(-1)?.refused === true) continue;
      seen.add(key);
      for (const { cpu, level, choice } of cursor.enabled())
        next.push([...schedule, { cpu, level, choice }]);
    }
    if (names.length > 0) return { steps, names };
    level = next;
  }
  return undefined;
}

test('agree with the frozen engine on random programs', { timeout: 60_000 }, () => {
  let compared = 0;
  let violating = 0;
  fc.assert(
    fc.property(trial, fc.array(fc.nat(5), { maxLength: 5 }), (one, picks) => {
      const random = checkOf(one);
      const moves: Move[] = [];
      for (const pick of picks) {
        const cursor = walk(random, moves);
        const enabled = cursor.steps.at(-1)?.refused === true ? [] : cursor.enabled();
        const { cpu, level, choice } = enabled[pick % enabled.length] ?? {};
        if (cpu === undefined) break;
        moves.push({ cpu, level, choice } as Move);
      }
      const points = alternativesAlong(random, { schedule: moves }, { maxStates: 60 });
      for (const [at, alternatives] of points.entries()) {
        const before = walk(random, moves.slice(0, at));
        const enabled = before.steps.at(-1)?.refused === true ? [] : before.enabled();
        expect(alternatives.map(({ move }) => move)).toEqual(enabled.map(formatMove));
        for (const [index, { leadsTo }] of alternatives.entries()) {
          if (leadsTo.kind === 'unknown') continue;
          const found = byHand(random, [...moves.slice(0, at), enabled[index] as Move]);
          compared += 1;
          if (leadsTo.kind === 'fine') expect(found).toBeUndefined();
          else if (leadsTo.atMost === true) expect(found?.steps).toBeLessThanOrEqual(leadsTo.steps);
          else {
            violating += 1;
            expect(found?.steps).toBe(leadsTo.steps);
            expect(found?.names).toContain(leadsTo.property);
          }
        }
      }
    }),
    { numRuns: 12, seed: 6 },
  );
  expect(compared).toBeGreaterThan(50);
  expect(violating).toBeGreaterThan(30);
});
