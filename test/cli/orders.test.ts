/** The flags that choose an order of search, and the words and flags that verdicts say of it. */
import { describe, expect, test } from 'vitest';
import { type OrderFlags, orderOf } from '../../src/cli/orders.ts';
import { flagsOf, furtherFlags, orderLine, sizeNotes } from '../../src/report/order.ts';
import type { OrderTold, PropertyVerdict, Verdict } from '../../src/search/verdict.ts';

describe('flags', () => {
  test.each<[OrderFlags, unknown]>([
    [{}, undefined],
    [{ order: 'bfs' }, undefined],
    [{ order: 'dfs' }, { name: 'dfs' }],
    [{ preemptions: '0' }, { name: 'preemptions', most: 0 }],
    [{ order: 'random' }, { name: 'random', walk: 'uniform', seed: 1 }],
    [
      { order: 'random', walk: 'pct', seed: '7', walks: '10_000', bugDepth: '4' },
      { name: 'random', walk: 'pct', seed: 7, walks: 10_000, bugDepth: 4 },
    ],
  ])('%o choose an order', (flags, order) => {
    expect(orderOf(flags)).toEqual(order);
  });

  test.each<OrderFlags>([
    { seed: '3' },
    { order: 'dfs', walks: '5' },
    { order: 'dfs', preemptions: '1' },
    { preemptions: '-1' },
    { preemptions: '1.5' },
    { order: 'random', seed: '2147483648' },
    { order: 'random', bugDepth: '3' },
    { order: 'random', walks: '0' },
  ])('%o are refused', (flags) => {
    expect(() => orderOf(flags)).toThrow(expect.objectContaining({ code: 'bad-flag' }));
  });
});

describe('a verdict', () => {
  const walks: OrderTold = {
    ...{ name: 'random', walk: 'pct', seed: 7, bugDepth: 3, most: 1000 },
    ...{ walks: 1000, walked: 2500, deepest: 40 },
  };

  test('says what was gone through, and how to do it again', () => {
    expect(orderLine(walks)).toBe(
      '1,000 random walks (pct, seed 7) through 2,500 distinct states, 40 steps deep; ' +
        'the other states lie one step beside; ' +
        'again with --order random --walk pct --seed 7 --walks 1000 --bug-depth 3',
    );
    expect(orderLine({ name: 'dfs', deepest: 1 })).toBe(
      'depth-first, 1 step deep; again with --order dfs',
    );
  });

  test('flags are those that choose the order', () => {
    expect(flagsOf(undefined)).toBe('');
    expect(flagsOf({ name: 'preemptions', most: 2, preemptions: 1, deepest: 9 })).toBe(
      '--preemptions 2',
    );
  });

  test.each<[Partial<Verdict>, string]>([
    [{}, ''],
    [
      { order: walks, stopped: { bound: 'walks', value: '', flag: '--walks', next: '10000' } },
      ' --order random --walk pct --seed 7 --walks 10000 --bug-depth 3',
    ],
    [
      {
        order: { name: 'preemptions', most: 1, preemptions: 1, deepest: 4 },
        stopped: { bound: 'preemptions', value: '', flag: '--preemptions', next: '2' },
      },
      ' --preemptions 2',
    ],
    [
      {
        order: { name: 'dfs', deepest: 4 },
        stopped: { bound: 'maxStates', value: '', flag: '--max-states' },
      },
      ' --order dfs --max-states <more>',
    ],
    [{ stopped: { bound: 'interrupt', value: '', flag: '' } }, ''],
  ])('%o goes further', (verdict, flags) => {
    expect(furtherFlags(verdict as Verdict)).toBe(flags);
  });

  test('says of a schedule what its size does not', () => {
    expect(sizeNotes({ shortest: false } as PropertyVerdict)).toBe(', perhaps not the shortest');
    expect(sizeNotes({ preemptions: 1 } as PropertyVerdict)).toBe(', 1 preemption');
    expect(sizeNotes({ shortest: true } as PropertyVerdict)).toBe('');
  });
});
