/** From which step on a `possibly` is out of reach: on random programs against their whole graphs. */
import fc from 'fast-check';
import {
  check,
  cpu,
  explain,
  explore,
  machine,
  model,
  parseSchedule,
  possibly,
  range,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { ended, followers, key, next, possiblyOf, type State, start, type Tiny } from './tiny.ts';
import { tiny } from './tiny-programs.ts';

const runs = Number(process.env.HEDDLE_RUNS ?? 60);

function walked(program: Tiny, schedule: string): State[] {
  const states = [start(program)];
  for (const { cpu } of parseSchedule(schedule))
    states.push((next(program, states.at(-1) as State, cpu) as { to: State }).to);
  return states;
}

describe('what is out of reach', () => {
  test('is so after the last step before which something reaches it, on random programs', () => {
    let explained = 0;
    fc.assert(
      fc.property(tiny, fc.nat(2), fc.integer({ min: 1, max: 2 }), (program, from, to) => {
        const checked = possiblyOf(program, from, to);
        for (const trace of explore(checked).traces) {
          if (trace.finding.facility !== 'possibly') continue;
          const states = walked(program, trace.schedule);
          const reaches = (state: State) => followers(program, state).some(({ y }) => y === to);
          const last = states.map(reaches).lastIndexOf(true);
          const told = explain(checked, trace);
          expect(told?.critical?.step ?? -1).toBe(last);
          const after = followers(program, states.at(-1) as State).length;
          expect(told?.words).toContain(
            after === 1 ? 'nothing can follow' : `none of the ${after} states that can follow`,
          );
          explained += 1;
          if (last === -1) continue;
          const fine = walked(program, told?.critical?.fine as string);
          expect(fine.at(-1)?.y).toBe(to);
          expect(fine.slice(0, last + 1).map(key)).toEqual(states.slice(0, last + 1).map(key));
          expect(fine.length - 1 - last).toBe(nearest(program, states[last] as State, to));
        }
      }),
      { numRuns: runs },
    );
    expect(explained).toBeGreaterThan(runs / 10);
  });

  test('is said in words, with the schedule that reaches it, and what is too large is undecided', () => {
    const m = machine({ x: range(3), y: range(3) });
    const door = check(
      model({
        machine: m,
        cpus: [
          cpu({
            task: m.fn('lock', (b) => [
              b.step('x = 1', (s) => {
                s.x = 1;
              }),
              b.step('x = 2', (s) => {
                s.x = 2;
              }),
            ]),
          }),
          cpu({
            task: m.fn('open', (b) => [
              b.until(
                'y = 1',
                (s) => s.x < 2,
                (s) => {
                  s.y = 1;
                },
              ),
            ]),
          }),
        ],
      }),
      {
        facilities: { deadlock: 'off' },
        properties: { 'P: it opens': possibly({ from: (s) => s.x === 2, to: (s) => s.y === 1 }) },
      },
    );
    const [trace] = explore(door).traces;
    expect(trace?.schedule).toBe('0x2');
    expect(explain(door, trace as never)).toEqual({
      critical: {
        step: 1,
        words: "After CPU0's 'x = 2' (step 2) it is out of reach: nothing can follow.",
        fine: '0.1',
      },
      orders: [],
      beliefs: [],
      words: "After CPU0's 'x = 2' (step 2) it is out of reach: nothing can follow.",
    });
    expect(explain(door, trace as never, { maxStates: 0 })).toMatchObject({
      words: '',
      undecided: [expect.stringContaining('more than 0 states')],
    });
  });
});

/** Steps to the nearest state with `y`. */
function nearest(program: Tiny, from: State, y: number): number {
  const distance = new Map([[key(from), 0]]);
  const queue = [from];
  for (const state of queue) {
    const steps = distance.get(key(state)) as number;
    if (state.y === y) return steps;
    if (ended(program, state)) continue;
    program.cpus.forEach((_, one) => {
      const move = next(program, state, one);
      if (move === undefined || distance.has(key(move.to))) return;
      distance.set(key(move.to), steps + 1);
      queue.push(move.to);
    });
  }
  return -1;
}
