/** `heddle mutants`, `heddle replay --mutant`: started as processes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KillTable } from '../../src/report/kill-table.ts';
import { heddle } from './command.ts';
import { folderWithCounter } from './counter.ts';

/** `more` goes into check({ ... }). */
function counter(more = ''): string {
  const told = "{ ...properties, 'C2: told': at_rest((s) => s.told === 1) }";
  return folderWithCounter({
    counter: `design: 'counter', properties, ${more}`,
    counter_told: `design: 'counter', properties: ${told}`,
  });
}

test('prints which check kills which mutant, and what lives', async () => {
  const { code, stdout, stderr } = await heddle(counter(), 'mutants', 'counter');
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatchInlineSnapshot(`
    "counter: 10 mutants

    6202a752  LOCKDEP                   3  add: without spin_lock(lock)
    73ee3758  C1                       10  add: t = x before spin_lock(lock)
    5fd0974c  C1                        6  add: without spin_lock(lock) and its spin_unlock
    7cab8429  C1                        8  add: without t = x
    31a6a081  C1                       10  add: x = t + 1 before t = x
    04a4f273  C1                        8  add: without x = t + 1
    3f2cf371  C1                       10  add: spin_unlock(lock) before x = t + 1
    0566b771  LOCKDEP                   4  add: without spin_unlock(lock)
    229aacb1  not killed                   add: told = 1 before spin_unlock(lock)
    b8ec49ab  not killed                   add: without told = 1

    Not killed: nothing that the checks say is against them.
      229aacb1  add: told = 1 before spin_unlock(lock)
                checks/counter.ts:8
      b8ec49ab  add: without told = 1
                checks/counter.ts:9
    A property that one of them violates is missing; or it does what the
    model does, and the check says why:
      equivalent: { 'add: told = 1 before spin_unlock(lock)': '...' }
      next: npx heddle mutants counter --only 229aacb1

    counter: 10 mutants: 8 killed, 2 not killed
    "
  `);
});

test('a mutant that any check of the design kills is killed, and the table says by which', async () => {
  const folder = counter();
  const { stdout } = await heddle(folder, 'mutants', 'counter*', '--json');
  const table = JSON.parse(stdout) as KillTable;
  expect(table).toMatchObject({ check: 'counter', checks: ['counter', 'counter_told'] });
  const told = table.mutants.find(({ what }) => what === 'add: without told = 1');
  expect(told?.killedBy).toEqual({
    check: 'counter_told',
    property: 'C2',
    found: "'C2: told' is false in this state",
    schedule: '0x4.1x4',
    initial: 'initial',
    steps: 8,
  });
  expect(existsSync(join(folder, '.heddle/traces'))).toBe(false);
});

test('a survivor that the check explains is equivalent; what is killed or not there is told', async () => {
  const all = `equivalent: {
    'add: told = 1 before spin_unlock(lock)': 'nobody looks at it before the end',
    'add: without told = 1': 'nobody asks',
    'add: without x = t + 1': 'wrong',
    'add: without y': 'gone',
  }`;
  const { code, stdout } = await heddle(counter(all), 'mutants', 'counter', '--quiet');
  expect(code).toBe(1);
  expect(stdout).toMatchInlineSnapshot(`
    "counter: 10 mutants

    Called equivalent, and killed:
      04a4f273  add: without x = t + 1
                C1: 'C1: nothing is lost' is false in this state
      next: take them out of \`equivalent\` of the check

    Called equivalent, and no mutants of this model:
      add: without y
      next: take them out of \`equivalent\` of the check

    counter: 10 mutants: 8 killed, 2 equivalent
    "
  `);
});

test('a schedule of the table is walked in the mutant, with the command that it names', async () => {
  const folder = counter();
  const name = 'add: without spin_lock(lock) and its spin_unlock';
  const { stdout } = await heddle(folder, 'mutants', 'counter', '--only', name, '--json');
  const [row] = (JSON.parse(stdout) as KillTable).mutants;
  const { id = '', killedBy } = row ?? {};
  const schedule = ['--schedule', killedBy?.schedule ?? ''];
  const replayed = await heddle(folder, 'replay', 'counter', '--mutant', id, ...schedule);
  expect(replayed.code).toBe(0);
  expect(replayed.stdout).toContain('*** C1: nothing is lost ***');
  expect(replayed.stdout).not.toContain('spin_lock');
  const alone = await heddle(folder, 'replay', 'counter', ...schedule);
  expect(alone.stdout).not.toContain('*** C1');
});

test('writes the table as Markdown with every schedule', async () => {
  const folder = counter();
  const args = ['mutants', 'counter', '--markdown', '--output', 'kills.md'];
  const { code, stdout, stderr } = await heddle(folder, ...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe('counter: 10 mutants: 8 killed, 2 not killed\n');
  const text = readFileSync(join(folder, 'kills.md'), 'utf8');
  expect(text).toMatch(/^\| `\w{8}` \| add: without spin_lock\(lock\) \| LOCKDEP \| \S+ \|$/m);
});

test('lists mutants without searching, and refuses what nobody knows', async () => {
  const folder = counter();
  const listed = await heddle(folder, 'mutants', 'counter', '--list');
  expect(listed.stdout).toMatch(/^ {2}\w{8} {2}add: without t = x {2}checks\/counter\.ts:6$/m);
  const none = await heddle(folder, 'mutants', 'counter', '--only', 'nothing');
  expect(none.code).toBe(2);
  expect(none.stderr).toContain("error[no-such-mutant]: the models have no mutant 'nothing'");
});

test('a bound leaves mutants undecided', async () => {
  const { code, stdout } = await heddle(
    counter(),
    'mutants',
    'counter',
    '--max-states',
    '5',
    '--quiet',
  );
  expect(code).toBe(3);
  expect(stdout).toContain('undecided: counter: 5 states (--max-states)');
});

test('why shows the schedule that a step prevents', async () => {
  const folder = counter();
  const { code, stdout } = await heddle(folder, 'why', 'counter', 'add: spin_lock(lock)');
  expect(code).toBe(0);
  expect(stdout).toContain(
    "It prevents this. The model is 'add: without spin_lock(lock) and its\nspin_unlock':\n",
  );
  expect(stdout).toContain('*** C1: nothing is lost ***');
  expect(stdout).toMatch(/^6202a752 {2}LOCKDEP +3 {2}add: without spin_lock\(lock\)$/m);
  const replay = /next: npx heddle (replay .*)/.exec(stdout)?.[1]?.split(' ') ?? [];
  const replayed = await heddle(folder, ...replay);
  expect(stdout).toContain(replayed.stdout.trimEnd());
});

test('why says so where nothing needs a step, and asks where it is not clear which is meant', async () => {
  const folder = counter();
  const told = await heddle(folder, 'why', 'counter', 'told = 1');
  expect(told.code).toBe(1);
  expect(told.stdout).toContain('No check that was searched needs it');
  const unclear = await heddle(folder, 'why', 'counter', 'lock');
  expect(unclear.code).toBe(2);
  expect(unclear.stderr).toContain(
    "'lock' is a part of 'add: spin_lock(lock)', 'add: spin_unlock(lock)'",
  );
});
