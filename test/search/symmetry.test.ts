/** Symmetry: exact numbers of orbits, and together they are all states; what tells CPUs or objects apart is refused with the reason. */
import type { Model } from 'heddle';
import { describe, expect, test } from 'vitest';
import mcs_spinlock from '../../checks/gallery/mcs_spinlock.ts';
import pending_bit from '../../checks/gallery/pending_bit.ts';
import percpu_refcount from '../../checks/gallery/percpu_refcount.ts';
import pgste from '../../checks/s390_pgtable/pgste.ts';
import rcu_list from '../../models/bench/rcu_list.ts';
import refcount from '../../models/bench/refcount.ts';
import ticket_lock from '../../models/bench/ticket_lock.ts';
import lost_update from '../../models/classic/lost_update.ts';
import mcs from '../../models/classic/mcs.ts';
import peterson from '../../models/classic/peterson.ts';
import philosophers from '../../models/classic/philosophers.ts';
import two_phase_commit from '../../models/classic/two_phase_commit.ts';
import { Orbits } from './orbits.ts';

// Distinct states and orbits as published, or as two programs have found them; see models/classic/README.md.
const counted: [string, Model, number, number, string[]][] = [
  ['lost_update(2)', lost_update(2), 13, 8, []],
  ['lost_update(3)', lost_update(3), 84, 22, []],
  ['lost_update(4)', lost_update(4), 755, 63, []],
  ['lost_update(5)', lost_update(5), 8638, 184, []],
  ['two_phase_commit(3)', two_phase_commit(3), 288, 80, []],
  ['two_phase_commit(5)', two_phase_commit(5), 8832, 314, []],
  ['peterson(3)', peterson(3), 882, 172, []],
  ['mcs(2)', mcs(2), 159, 81, []],
  ['mcs(3)', mcs(3), 7597, 1285, []],
  ['ticket_lock(4, 2)', ticket_lock(4, 2), 6513, 351, []],
  ['refcount(5)', refcount(5), 10_023, 414, []],
  // Which item is the old one is written down as a number: readers alone are exchanged.
  ['rcu_list(4)', rcu_list(4), 9732, 831, ['item[0] and item[1]']],
];

describe.each(counted)('%s', (_, design, states, orbits, apart) => {
  const search = new Orbits(design);

  test('has as many orbits as published', () => {
    const reasons = search.runHeld();
    expect(reasons).toHaveLength(apart.length);
    for (const [at, pair] of apart.entries()) expect(reasons[at]).toContain(pair);
    expect(search.states).toHaveLength(orbits);
  });

  test('has all states in its orbits, each in one', () => {
    const sizes = search.states.map((state) => search.orbit(state).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(states);
  });
});

test('CPUs that sit round a table are told apart', () => {
  const search = new Orbits(philosophers(4));
  expect(search.symmetry?.orbits).toEqual([
    'philosopher0, philosopher1, philosopher2, philosopher3',
  ]);
  expect(search.runHeld()).toEqual([
    "'take left' of philosopher0 tells philosopher0 and philosopher1 apart",
  ]);
  expect(search.symmetry).toBeUndefined();
  expect(search.states).toHaveLength(80);
});

describe('every state in canonical form is what a search over canonical forms finds', () => {
  test.each<[string, Model, number]>([
    ['pending_bit', pending_bit.pending_bit.model, 117],
    ['mcs_spinlock', mcs_spinlock.mcs_spinlock.model, 148],
    ['percpu_refcount', percpu_refcount.percpu_refcount.model, 1701],
    ['base_pgste_two_clients', pgste.base_pgste_two_clients.model, 4721],
  ])('%s', { timeout: 60_000 }, (_, design, orbits) => {
    const search = new Orbits(design);
    expect(search.runHeld()).toEqual([]);
    expect(search.states).toHaveLength(orbits);
    const all = new Orbits(design);
    all.symmetry = undefined;
    all.run();
    const forms = all.states.map((state) => {
      search.symmetry?.canonicalise(state, 0);
      return state.join();
    });
    expect(new Set(forms)).toEqual(new Set(search.states.map((state) => state.join())));
  });
});
