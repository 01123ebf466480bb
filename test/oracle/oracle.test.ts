/** The oracle by itself: published counts and known verdicts, before anything is compared with it. */
import { describe, expect, test } from 'vitest';
import { explore } from './explore.ts';
import * as programs from './programs.ts';

const counts = ({ states, generated, depth, dead }: ReturnType<typeof explore>) => [
  states,
  generated,
  depth,
  dead,
];

describe('the oracle reproduces the published counts', () => {
  test.each([
    [2, [13, 15, 5, 3]],
    [3, [84, 112, 7, 16]],
    [4, [755, 1157, 9, 109]],
    [5, [8638, 15206, 11, 906]],
  ])('of lost update by %i CPUs', (cpus, expected) => {
    expect(counts(explore(programs.lostUpdate(cpus, false)))).toEqual(expected);
  });

  test.each([
    [2, [17, 17, 9, 2]],
    [3, [61, 61, 13, 6]],
    [4, [257, 257, 17, 24]],
  ])('of the same under a lock by %i CPUs', (cpus, expected) => {
    expect(counts(explore(programs.lostUpdate(cpus, true)))).toEqual(expected);
  });

  test('of four philosophers, who deadlock', () => {
    const result = explore(programs.philosophers(4));
    expect(counts(result)).toEqual([80, 213, 10, 1]);
    expect(result.levels).toEqual([1, 4, 10, 16, 15, 12, 10, 4, 4, 4]);
    expect(result.found).toEqual({ 'deadlock deadlock': 4 });
  });
});

describe('the oracle finds', () => {
  test('the self-deadlock of a lock in a task and in a callback on top of it', () => {
    const found = (form: 'plain' | 'bh' | 'irqsave') =>
      explore(programs.lockInTaskAndCallback(form)).found;
    expect(found('plain')).toEqual({ 'LOCKDEP self-deadlock': 5, 'LOCKDEP softirq-unsafe': 0 });
    expect(found('bh')).toEqual({});
    expect(found('irqsave')).toEqual({});
  });

  test('two locks in opposite orders, and also while interrupts go on', () => {
    const order = { 'LOCKDEP lock-order-cycle': 0 };
    const found = (handler: boolean) => explore(programs.oppositeOrders(handler)).found;
    expect(found(false)).toEqual({ 'deadlock deadlock': 2, ...order });
    expect(found(true)).toEqual({ 'deadlock wait-cycle': 2, ...order });
  });

  test('what the P bits of a page are for', () => {
    expect(explore(programs.pageTables('base')).found).toEqual({});
    expect(explore(programs.pageTables('base without P')).found).toHaveProperty('P1');
    expect(explore(programs.pageTables('b0')).found).toHaveProperty('KASAN use-after-free');
  });
});
