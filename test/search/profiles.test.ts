/** What is said of properties of states, inherited from state to state: counts by hand, and the same in another order. */
import {
  always,
  type Check,
  check,
  cpu,
  explore,
  machine,
  model,
  range,
  reachable,
  type StateOf,
  uint,
  whenever,
} from 'heddle';
import { expect, test } from 'vitest';
import { Frontier } from '../../src/search/frontier.ts';

function countsOf(one: Check, order?: 'dfs') {
  const { verdict } = explore(one, order === undefined ? {} : { order: { name: order } });
  expect(verdict.error).toBeUndefined();
  return Object.fromEntries(
    verdict.properties
      .filter(({ kind }) => kind !== 'facility')
      .map(({ id, verdict: is, evaluated, met }) => [id, { is, evaluated, met }]),
  );
}

const m = machine({ left: range(3), right: range(3), done: uint(1) });
type State = StateOf<typeof m>;

/**
 * Two CPUs count to three, and a third steps at any time: two grids of 4 by 4 states, one behind the other. Its levels get wider up to
 * the middle, and narrower from there on.
 */
function grid(properties: Check['properties']): Check {
  const up = (side: 'left' | 'right') =>
    m.fn(side, (b) =>
      Array.from({ length: 3 }, (_, at) =>
        b.step(`${side} = ${at + 1}`, (s) => {
          s[side] = at + 1;
        }),
      ),
    );
  const end = m.fn('end', (b) => [
    b.step('done = 1', (s) => {
      s.done = 1;
    }),
  ]);
  const cpus = [cpu({ task: up('left') }), cpu({ task: up('right') }), cpu({ task: end })];
  return check(model({ machine: m, cpus }), { properties });
}

const properties = {
  // In 2 x 16 states; left is less than right in 6 of 16, so 12 of 32.
  A: whenever(
    (s: State) => s.left < s.right,
    (s) => s.right > 0,
  ),
  // Looks at what the last steps leave alone: 16 states, all of them on levels 1 to 7.
  B: whenever(
    (s: State) => s.done === 1,
    () => true,
  ),
  // One state of each grid.
  C: whenever(
    (s: State) => s.left === 3 && s.right === 3,
    () => true,
  ),
  // 4 + 4 - 1 of 16.
  D: reachable((s: State) => s.left === 0 || s.right === 0, 14),
  E: reachable((s: State) => s.left === 3 && s.done === 0, 4),
  F: always((s: State) => s.left < 4),
};

const byHand = {
  A: { is: 'holds', evaluated: 12, met: undefined },
  B: { is: 'holds', evaluated: 16, met: undefined },
  C: { is: 'holds', evaluated: 2, met: undefined },
  D: { is: 'holds', evaluated: 32, met: 14 },
  E: { is: 'holds', evaluated: 32, met: 4 },
  F: { is: 'holds', evaluated: 32, met: undefined },
};

test('what is asked of each state is counted right where levels get narrower', () => {
  expect(explore(grid(properties)).verdict.levels).toEqual([1, 3, 5, 7, 7, 5, 3, 1]);
  expect(countsOf(grid(properties))).toEqual(byHand);
});

test('depth-first counts the same, without inheriting', () => {
  expect(countsOf(grid(properties), 'dfs')).toEqual(byHand);
});

test('profiles of the next level never lie on those of the level being expanded', () => {
  const frontier = new Frontier();
  frontier.reserve(2);
  for (let level = 0; level < 4; level += 1) {
    frontier.turnTo(level);
    frontier.reserve(2);
    expect(frontier.next.buffer).not.toBe(frontier.current.buffer);
    // Levels that get narrower fit into what is there.
    frontier.reserve(1);
    frontier.next.set([level + 1, level + 1]);
  }
  expect([...frontier.current.subarray(0, 2)]).toEqual([3, 3]);
});
