import { type Check, explore } from 'heddle';
import { describe, expect, test } from 'vitest';
import die_hard from '../../checks/classic/die_hard.ts';
import lost_update from '../../checks/classic/lost_update.ts';
import lost_update_locked from '../../checks/classic/lost_update_locked.ts';
import mcs from '../../checks/classic/mcs.ts';
import philosophers from '../../checks/classic/philosophers.ts';
import two_phase_commit from '../../checks/classic/two_phase_commit.ts';
import list_del_rcu from '../../checks/gallery/list_del_rcu.ts';
import lost_wakeup from '../../checks/gallery/lost_wakeup.ts';
import refcount_lookup from '../../checks/gallery/refcount_lookup.ts';
import { wholeGraph } from '../../src/search/whole-graph.ts';

const { two_phase_commit_3 } = two_phase_commit;
const { mcs_2 } = mcs;
const { lost_update_5: _large, ...counters } = lost_update;

/** Checks by name, out of files with one or several. */
function named(files: Readonly<Record<string, unknown>>): [string, Check][] {
  return Object.entries(files).flatMap(([name, one]) =>
    (one as Check).kind === 'check'
      ? [[name, one as Check] as [string, Check]]
      : named(one as never),
  );
}

const checks = named({
  ...{ die_hard, counters, lost_update_locked, two_phase_commit_3, philosophers, mcs_2 },
  ...{ list_del_rcu, lost_wakeup, refcount_lookup },
});

describe('the whole graph', () => {
  test.each(checks)('of %s has the states, moves and violations of the search', (_name, one) => {
    const { verdict } = explore(one, { reduce: 'none' });
    if (verdict.states > 10_000) return;
    const graph = wholeGraph(one);
    expect([
      graph.states,
      graph.moves.filter(({ to }) => to !== -1).length + graph.initials.length,
    ]).toEqual([verdict.states, verdict.generated]);
    const leads = new Set(graph.moves.filter(({ to }) => to !== -1).map(({ from }) => from));
    expect(graph.states - leads.size).toBe(verdict.dead);
    const seen = new Set([
      ...graph.violates.flat(),
      ...graph.moves.flatMap(({ violates }) => violates),
    ]);
    const found = verdict.properties
      .filter(
        ({ verdict: cell, finding }) => cell === 'violated' && finding?.facility !== 'possibly',
      )
      .map(({ name }) => name);
    expect([...seen].toSorted()).toEqual(found.toSorted());
  });
});
