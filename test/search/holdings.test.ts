/** Bits that say who has what, as reduced searches find them out. */
import { explore } from 'heddle';
import { expect, test } from 'vitest';
import checks from '../../checks/bench/fragment_allocator.ts';
import { REDUCTIONS } from '../../src/search/reduce/choice.ts';
import { tokenTraps } from './token-traps.ts';

test('the halves of a page belong to who has set their bits: four CPUs keep few states', () => {
  const { verdict } = explore(checks.fragment_allocator_4x2, { reduce: REDUCTIONS });
  expect(verdict.verdict).toBe('holds');
  // The issue asks for 60,000 of 56,451,153; without what is held it would be 156,722.
  expect(verdict.states).toBe(22_416);
  expect(verdict.reduction?.held).toEqual(
    [0, 1, 2].flatMap((page) =>
      [0, 1].map((half) => `page[${page}].pte[${half}]: bit ${half} of page[${page}].refcount`),
    ),
  );
});

test.each(Object.entries(tokenTraps))(
  'nothing is held that somebody else touches: %s',
  (_name, { check }) => {
    const { verdict } = explore(check, { reduce: ['stubborn'] });
    expect(verdict.reduction?.held ?? []).toEqual([]);
  },
);
