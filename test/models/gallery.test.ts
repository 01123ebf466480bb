/** The gallery: every design in a correct and a broken version, each small and as declared. */
import { readdirSync } from 'node:fs';
import { type Check, explore, type Outcomes } from 'heddle';
import { describe, expect, test } from 'vitest';

const folder = new URL('../../checks/gallery/', import.meta.url);
const checks: Record<string, Check> = {};
for (const file of readdirSync(folder)) {
  const exported = (await import(new URL(file, folder).href)) as { default: Record<string, Check> };
  Object.assign(checks, exported.default);
}

/** distinct, generated. */
const counts: Record<string, readonly [number, number]> = {
  completion: [17, 19],
  completion_done: [9, 10],
  completion_broken: [8, 9],
  kfree_rcu: [4_700, 15_031],
  kfree_rcu_broken: [5_620, 18_113],
  list_del_rcu: [55, 93],
  list_del_rcu_broken: [64, 106],
  llist_add_add: [76, 133],
  llist_add_del_first: [220, 459],
  llist_add_del_all: [204, 429],
  llist_del_first_add: [220, 459],
  llist_del_first_del_first_broken: [15_444, 34_453],
  llist_del_first_del_first_locked: [472, 1_005],
  llist_del_first_del_all_broken: [8_834, 19_695],
  llist_del_first_del_all_locked: [456, 975],
  llist_del_all_add: [204, 429],
  llist_del_all_del_first_broken: [8_834, 19_695],
  llist_del_all_del_first_locked: [456, 975],
  llist_del_all_del_all: [286, 661],
  llist_del_first_del_first_without_adds: [80, 161],
  llist_del_first_del_all_without_adds: [40, 81],
  lost_wakeup: [15, 20],
  lost_wakeup_broken: [14, 18],
  mcs_spinlock: [292, 551],
  mcs_spinlock_broken: [470, 837],
  pending_bit: [584, 1_345],
  pending_bit_broken: [2_030, 5_287],
  percpu_refcount: [3_103, 7_579],
  percpu_refcount_broken: [6_638, 17_001],
  percpu_refcount_unbiased_broken: [3_902, 9_319],
  refcount_lookup: [47, 79],
  refcount_lookup_broken: [81, 133],
  seqlock: [752, 1_334],
  seqlock_broken: [1_226, 2_190],
  ticket_lock: [272, 625],
  ticket_lock_broken: [19_652, 46_165],
  ticket_lock_narrow_broken: [524, 1_357],
  typesafe_by_rcu: [76, 129],
  typesafe_by_rcu_broken: [73, 124],
};

const outcomes = new Map<string, Outcomes>();
function verdictOf(name: string) {
  const known = outcomes.get(name) ?? explore(checks[name]);
  outcomes.set(name, known);
  return known.verdict;
}

describe('every check of checks/gallery', () => {
  test('is here', () => {
    expect(Object.keys(checks).sort()).toEqual(Object.keys(counts).sort());
  });

  test.each(Object.keys(counts))('%s is as declared', (name) => {
    const verdict = verdictOf(name);
    expect(verdict.error).toBeUndefined();
    expect(verdict.complete).toBe(true);
    expect(verdict.properties.filter((row) => !row.ok)).toEqual([]);
    expect(verdict.verdict).toBe(name.endsWith('_broken') ? 'violated' : 'holds');
    expect([verdict.states, verdict.generated]).toEqual(counts[name]);
  });

  test.each(Object.keys(counts))('%s has at most 20,000 states and names its source', (name) => {
    expect(verdictOf(name).states).toBeLessThanOrEqual(20_000);
    expect(checks[name].model.source).toBeTruthy();
  });

  test.each(Object.keys(counts).filter((name) => !name.endsWith('_broken')))(
    '%s has a goal and takes every step',
    (name) => {
      const kinds = Object.values(checks[name].properties ?? {}).map((property) => property.kind);
      expect(kinds).toContain('reachable');
      expect(verdictOf(name).notTaken).toEqual([]);
    },
  );
});

describe('llist', () => {
  const operations = ['add', 'del_first', 'del_all'] as const;
  const cells = operations.flatMap((row) =>
    operations.map((column) => [`${row}_${column}`, row, column] as const),
  );

  /** `-` where no lock is needed, `L` where one is: the header's table, with its lower half filled in. */
  test.each(cells)('the cell %s is that of the header', (cell, row, column) => {
    const removers = [row, column].filter((operation) => operation !== 'add');
    const needsLock = removers.length === 2 && removers.includes('del_first');
    expect(`llist_${cell}_broken` in checks).toBe(needsLock);
    expect(`llist_${cell}_locked` in checks).toBe(needsLock);
    expect(`llist_${cell}` in checks).toBe(!needsLock);
  });
});
