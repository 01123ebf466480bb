/** The reference state counts: published, or re-derived by at least two independent programs. */
import { type Check, explore } from 'heddle';
import { describe, expect, test } from 'vitest';
import die_hard from '../../checks/classic/die_hard.ts';
import lost_update from '../../checks/classic/lost_update.ts';
import lost_update_locked from '../../checks/classic/lost_update_locked.ts';
import mcs from '../../checks/classic/mcs.ts';
import peterson from '../../checks/classic/peterson.ts';
import philosophers from '../../checks/classic/philosophers.ts';
import two_phase_commit from '../../checks/classic/two_phase_commit.ts';

const { two_phase_commit_7, ...small_commits } = two_phase_commit;

const checks: Record<string, Check> = {
  die_hard,
  ...lost_update,
  ...lost_update_locked,
  ...small_commits,
  ...philosophers,
  ...peterson,
  ...mcs,
};

/** distinct, generated, depth, dead. */
const reference: Record<string, readonly [number, number, number, number]> = {
  die_hard: [16, 97, 8, 0],
  lost_update_2: [13, 15, 5, 3],
  lost_update_3: [84, 112, 7, 16],
  lost_update_4: [755, 1_157, 9, 109],
  lost_update_5: [8_638, 15_206, 11, 906],
  lost_update_locked_2: [17, 17, 9, 2],
  lost_update_locked_3: [61, 61, 13, 6],
  lost_update_locked_4: [257, 257, 17, 24],
  two_phase_commit_3: [288, 1_146, 11, 0],
  two_phase_commit_5: [8_832, 58_146, 17, 0],
  philosophers_4: [80, 213, 10, 1],
  peterson_3: [882, 2_647, 26, 0],
  mcs_2: [159, 319, 28, 0],
  mcs_3: [7_597, 22_792, 49, 0],
};

describe('reference counts', () => {
  test('every check of checks/classic but the large one is here', () => {
    expect(Object.keys(checks).sort()).toEqual(Object.keys(reference).sort());
  });

  test.each(Object.entries(reference))('%s', (name, [distinct, generated, depth, dead]) => {
    const { verdict } = explore(checks[name]);
    expect(verdict.error).toBeUndefined();
    expect(verdict.complete).toBe(true);
    expect([verdict.states, verdict.generated, verdict.depth, verdict.dead]).toEqual([
      distinct,
      generated,
      depth,
      dead,
    ]);
    expect(verdict.properties.filter((row) => !row.ok)).toEqual([]);
    expect(verdict.ok).toBe(true);
  });

  // Longer than all others together: only where nothing may be skipped, as in .ci/run.
  test.runIf(process.env.HEDDLE_NO_SKIP)('two_phase_commit_7', () => {
    const { verdict } = explore(two_phase_commit_7);
    expect([verdict.states, verdict.generated, verdict.depth, verdict.dead]).toEqual([
      296_448, 2_744_706, 23, 0,
    ]);
    expect(verdict.ok).toBe(true);
  });

  test('philosophers, level by level', () => {
    const { verdict } = explore(philosophers.philosophers_4);
    expect(verdict.levels).toEqual([1, 4, 10, 16, 15, 12, 10, 4, 4, 4]);
  });

  test('the levels of a search add up to its states', () => {
    for (const name of Object.keys(reference)) {
      const { verdict } = explore(checks[name]);
      expect(verdict.levels.length, name).toBe(verdict.depth);
      expect(
        verdict.levels.reduce((sum, level) => sum + level, 0),
        name,
      ).toBe(verdict.states);
    }
  });
});

describe('verdicts', () => {
  const row = (check: Check, id: string) =>
    explore(check).verdict.properties.find((one) => one.id === id);

  test('four gallons take six steps', () => {
    expect(row(die_hard, 'D2')).toMatchObject({ verdict: 'violated', steps: 6, switches: 0 });
  });

  test('an update is lost in four steps and two switches', () => {
    expect(row(lost_update.lost_update_2, 'L1')).toMatchObject({
      verdict: 'violated',
      steps: 4,
      switches: 2,
    });
  });

  test('the philosophers stand still after four steps', () => {
    expect(row(philosophers.philosophers_4, 'deadlock')).toMatchObject({
      verdict: 'violated',
      steps: 4,
      switches: 3,
    });
  });
});
