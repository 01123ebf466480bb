/** The models of benchmarks at sizes that need no time: exact counts, and the same from SPIN on their twins. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Check, check, explore } from 'heddle';
import { expect, test } from 'vitest';
import percpu_counters from '../../checks/bench/percpu_counters.ts';
import rcu_list from '../../checks/bench/rcu_list.ts';
import refcount from '../../checks/bench/refcount.ts';
import tickets from '../../checks/bench/ticket_lock.ts';
import two_locks from '../../checks/bench/two_locks.ts';
import counter from '../../models/bench/counter.ts';
import fragment_allocator from '../../models/bench/fragment_allocator.ts';
import ticket_lock from '../../models/bench/ticket_lock.ts';
import philosophers from '../../models/classic/philosophers.ts';
import { REDUCTIONS } from '../../src/search/reduce/choice.ts';
import type { Verdict } from '../../src/search/verdict.ts';
import { spin } from '../bench/spin.ts';
import { requires } from '../requires.ts';

/** The deadlock of philosophers is not what is counted here. */
const facilities = { deadlock: 'off' } as const;
/** distinct, generated. */
const SMALL = [
  [
    'fragment_allocator',
    { N: 2, R: 2 },
    check(fragment_allocator(2, 2), { facilities }),
    9_017,
    17_053,
  ],
  ['ticket_lock', { N: 4, R: 2 }, check(ticket_lock(4, 2), { facilities }), 6_513, 12_217],
  ['counter', { N: 3, R: 3 }, check(counter(3, 3), { facilities }), 7_646, 18_844],
  ['philosophers', { N: 6 }, check(philosophers(6), { facilities }), 728, 2_911],
] as const;

test.each(SMALL)('%s of %o', (_name, _size, one, states, steps) => {
  const { verdict } = explore(one);
  expect([verdict.verdict, verdict.states, verdict.generated]).toEqual(['holds', states, steps]);
});

test.each([
  ['rcu_list_5', rcu_list.rcu_list_5, 76_200, 349_492],
  ['refcount_5', refcount.refcount_5, 10_023, 46_289],
  ['two_locks_4', two_locks.two_locks_4, 15_124, 40_209],
  ['percpu_counters_4', percpu_counters.percpu_counters_4, 42_875, 169_247],
] as const)('%s', (_name, one, states, steps) => {
  const { verdict } = explore(one);
  expect([verdict.verdict, verdict.states, verdict.generated]).toEqual(['holds', states, steps]);
});

/** States that a reduced search keeps at most; what it keeps is more than one only where CPUs get in each other's way. */
test.each([
  ['rcu_list_5', rcu_list.rcu_list_5, 500],
  ['refcount_5', refcount.refcount_5, 150],
  ['two_locks_4', two_locks.two_locks_4, 620],
  ['percpu_counters_4', percpu_counters.percpu_counters_4, 280],
  ['ticket_lock_4', tickets.ticket_lock_4, 310],
] as const)('%s holds of all states where most are left out', (_name, one, most) => {
  const { verdict } = explore(one, { reduce: REDUCTIONS });
  const { verdict: whole } = explore(one);
  expect(verdict.states).toBeLessThanOrEqual(most);
  expect(verdict.reduction?.names).toContain('stubborn');
  const cells = (of: Verdict) => of.properties.map(({ id, verdict: cell }) => [id, cell]);
  expect(cells(verdict)).toEqual(cells(whole));
  const told = verdict.scope.filter((line) => line.startsWith('all states: '));
  expect(told).toEqual([expect.stringContaining(`${verdict.states} stand for the others`)]);
  expect(verdict.scope.filter((line) => !told.includes(line))).toEqual(whole.scope);
});

test.each(SMALL)(
  'SPIN counts the same of the twin of %s, %o',
  (name, size, _check, states, steps) => {
    requires('gcc');
    requires('spin');
    const file = fileURLToPath(new URL(`../bench/${name}.pml`, import.meta.url));
    const twin = spin({ file, defines: size, hashBits: 16 });
    const counted = twin.run();
    twin.remove();
    expect([counted.states, counted.steps]).toEqual([states, steps]);
  },
);

test('a run without arguments leaves all of checks/bench out', async () => {
  const folder = new URL('../../checks/bench/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const exported = (await import(new URL(file, folder).href)) as {
      default: Record<string, Check>;
    };
    for (const [name, { size }] of Object.entries(exported.default))
      expect(size, name).toBe('large');
  }
});
