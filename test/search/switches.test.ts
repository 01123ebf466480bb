/** Which moves are followed to find the fewest switches; what is found is held by the oracle (`test/oracle`). */
import { check } from 'heddle';
import { expect, test, vi } from 'vitest';
import philosophers from '../../models/classic/philosophers.ts';
import { wholeSearch } from '../../src/search/levels.ts';
import { goalAt, Switches } from '../../src/search/switches.ts';
import { newSearch } from './parts.ts';

test('moves that belong to no schedule with few switches are not followed', () => {
  const search = newSearch(check(philosophers(8), { expected: { deadlock: 'violated' } }));
  expect(search.run()).toBe(true);
  const { successors, levelStarts } = search;
  // Each philosopher takes the left fork, and nobody can go on.
  const isDead = (id: number): boolean => !successors.collect(id, false);
  const [, , , , , , , , from = 0, to = 0] = levelStarts;
  const dead = Array.from({ length: to - from }, (_, at) => from + at).find(isDead) as number;
  const collect = vi.spyOn(successors, 'collect');
  const goal = goalAt(search, dead);
  const switches = new Switches(search, wholeSearch(search), [[goal]]);
  switches.find();
  expect(switches.to(goal)).toBe(7);
  // One after the other: whoever has begun has taken that fork, and has not moved on.
  expect(new Set(collect.mock.calls.map(([state]) => state)).size).toBe(2 ** 8 - 1);
});
