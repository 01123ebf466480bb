/** The traps end as they must, and no schedule of the same length has fewer switches than the one shown. */
import { type Check, explore, formatSchedule, replay, walk } from 'heddle';
import { describe, expect, test } from 'vitest';
import { rowOf } from '../outcome.ts';
import { switching, traps } from './traps.ts';

describe('traps', () => {
  test.each(Object.entries(traps))('%s', (_name, trap) => {
    const outcomes = explore(trap.check);
    const { states, generated, dead } = outcomes.verdict;
    for (const [id, expected] of Object.entries(trap.expected)) {
      const row = rowOf(outcomes, id);
      if (typeof expected === 'string') expect(row.verdict, id).toBe(expected);
      else expect(row, id).toMatchObject({ verdict: 'violated', ...expected });
    }
    expect({ states, generated, dead }).toEqual({
      states: trap.states,
      generated: trap.generated,
      dead: trap.dead,
    });
    expect(outcomes.verdict.properties.filter(({ ok }) => !ok)).toEqual([]);
  });

  test('every schedule shown is replayed to the same violation', () => {
    for (const { check } of Object.values(traps)) {
      const { verdict, traces } = explore(check);
      expect(traces.length).toBe(
        verdict.properties.filter((row) => row.schedule !== undefined).length,
      );
      for (const trace of traces) {
        const again = replay(check, trace.schedule);
        expect(again.schedule).toBe(trace.schedule);
        expect(again.steps).toEqual(trace.steps);
      }
    }
  });
});

describe('fewest switches', () => {
  test.each(Object.entries(switching))('%s', (_name, { check, id, steps, switches }) => {
    expect(rowOf(explore(check), id)).toMatchObject({ verdict: 'violated', steps, switches });
  });

  /** Every schedule of `steps` moves that ends in the violation of `id`, tried one by one in the frozen engine. */
  function fewest(check: Check, id: string, steps: number): number {
    let best = Number.POSITIVE_INFINITY;
    const extend = (schedule: string, last: number, left: number, switches: number): void => {
      if (switches >= best) return;
      if (left === 0) {
        const seen = replay(check, schedule);
        if (seen.property.startsWith(id)) best = switches;
        return;
      }
      for (const { cpu, level, choice } of walk(check, schedule).enabled()) {
        const part = formatSchedule([{ cpu, level, choice }]);
        const more = last !== -1 && cpu !== last ? 1 : 0;
        extend(schedule === '' ? part : `${schedule}.${part}`, cpu, left - 1, switches + more);
      }
    };
    extend('', -1, steps, 0);
    return best;
  }

  const small = Object.entries(switching).filter(([, { steps }]) => steps <= 5);
  test.each(small)('%s: no schedule of that length has fewer', (_name, one) => {
    expect(fewest(one.check, one.id, one.steps)).toBe(one.switches);
  });

  test.each(['a claim between two steps that belong together', 'a property that tells CPUs apart'])(
    '%s: no schedule of that length has fewer',
    (name) => {
      const { check, expected } = traps[name];
      for (const [id, cell] of Object.entries(expected)) {
        if (typeof cell !== 'string') expect(fewest(check, id, cell.steps)).toBe(cell.switches);
      }
    },
  );

  test('a softirq on its own CPU is no switch', () => {
    const { check } = traps['plain lock in a task and the same lock in a callback'];
    const { traces } = explore(check);
    const contexts = traces.map((trace) => trace.steps.map(({ context }) => context));
    expect(contexts).toEqual([['task', 'task', 'softirq', 'softirq']]);
    expect(traces[0].switches).toBe(0);
  });
});
