/** The flag that chooses reductions: what it means, what it does not go with, and what verdicts say of it in text and in JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { reduceOf } from '../../src/cli/reductions.ts';
import { outputRecord } from '../../src/load/schemas.ts';
import { addFiles } from '../load/folder.ts';
import { heddle } from './command.ts';

type Flags = Parameters<typeof reduceOf>[0];

describe('the flag', () => {
  test.each<[Flags, unknown]>([
    [{}, 'auto'],
    [{ reduce: 'auto' }, 'auto'],
    [{ reduce: 'none' }, 'none'],
    [{ reduce: 'symmetry' }, ['symmetry']],
    [{ reduce: 'stubborn, symmetry,stubborn' }, ['symmetry', 'stubborn']],
    // What takes the whole graph has it by default.
    [{ order: 'bfs' }, 'auto'],
    [{ order: 'dfs' }, 'none'],
    [{ reduce: 'auto', preemptions: '1' }, 'none'],
    [{ store: 'tree' }, 'none'],
    [{ resume: true }, 'none'],
    [{ resumeFrom: 'a' }, 'none'],
    [{ checkpointDir: 'a' }, 'none'],
    [{ checkpoint: true }, 'none'],
    [{ checkpoint: false }, 'auto'],
    [{ maxDepth: '9' }, 'none'],
    [{ maxDepth: '9', reduce: 'symmetry' }, ['symmetry']],
    [{ evidence: 'a' }, 'none'],
    [{ evidence: 'a', reduce: 'auto' }, 'auto'],
  ])('%o means %o', (flags, choice) => {
    expect(reduceOf(flags)).toEqual(choice);
  });

  test.each<[Flags, string]>([
    [{ reduce: 'symetry' }, "'symetry' is none of auto, none, or some of symmetry,transactions,"],
    [{ reduce: 'none,symmetry' }, "'none' is none of auto, none, or some of"],
    [{ reduce: '' }, "'' is none of auto, none"],
    [{ reduce: 'symmetry', order: 'dfs' }, 'the order dfs goes through all of them'],
    [{ reduce: 'symmetry', preemptions: '1' }, 'the order preemptions goes through all'],
    [{ reduce: 'symmetry', store: 'tree' }, '--store tree is for all of them'],
    [{ reduce: 'symmetry', resume: true }, 'a checkpoint is one of a search of all of them'],
    [{ reduce: 'symmetry', checkpointDir: 'a' }, '--checkpoint keeps searches of all of them'],
    [{ reduce: 'stubborn', maxDepth: '9' }, '--max-depth is about all schedules of that length'],
  ])('%o is refused', (flags, why) => {
    expect(() => reduceOf(flags)).toThrow(
      expect.objectContaining({ code: 'bad-flag', message: expect.stringContaining(why) }),
    );
  });
});

const FILE = (body: string) => `
import { at_rest, atomic_inc, check, cpu, machine, model, possibly, uint } from 'heddle';

const m = machine({ x: uint(15), y: uint(15) });
const task = m.fn('count', { locals: { seen: uint(15) } }, (b) => [${body}]);
const of = (count, options) => check(
  model({ machine: m, cpus: [cpu({ count, task })], source: 'written here' }),
  { properties: { 'every increment is counted': at_rest((s) => s.x === count) }, ...options },
);
`;
const LOSES = `
  b.step('r = x', (s, l) => { l.seen = s.x; }),
  b.step('x = r + 1', (s, l) => { s.x = l.seen + 1; l.seen = 0; }),
`;
const KEEPS = `b.step('atomic_inc(y)', (s) => atomic_inc(s, 'y')), b.step('atomic_inc(x)', (s) => atomic_inc(s, 'x')),`;

const folder = mkdtempSync(join(tmpdir(), 'heddle-reduce-'));
addFiles(folder, {
  'package.json': '{ "type": "module" }',
  'checks/kept.check.ts': `${FILE(KEEPS)}export default of(3, {});`,
  'checks/lost.check.ts': `${FILE(LOSES)}export default of(3, { expected: { 'every increment is counted': 'violated' } });`,
  'checks/asks.check.ts': `${FILE(KEEPS)}
export default of(2, { properties: { 'P1: x can get there': possibly({ from: (s) => s.x === 0, to: (s) => s.x === 2 }) } });`,
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What `check` prints, every run the same. */
async function printed(...args: readonly string[]): Promise<string> {
  const once = await heddle(folder, 'check', '--stable', ...args);
  const again = await heddle(folder, 'check', '--stable', '--threads', '1', ...args);
  expect(again.stdout).toBe(once.stdout);
  expect(once.stderr).toBe('');
  expect(once.code).toBe(0);
  return once.stdout;
}

describe('check', () => {
  test('searches a small graph whole', async () => {
    const text = await printed('kept');
    expect(text).toContain('states, all of them;');
    expect(text).not.toContain('reduced');
    expect(await printed('kept', '--reduce', 'none')).toBe(text);
  });

  test('says what was left out, and that it stands for all', async () => {
    const text = await printed('kept', '--reduce', 'symmetry');
    expect(text).toContain('  10 states, which stand for all; 21 generated; 7 levels; 1 dead\n');
    expect(text).toContain('\n  reduced: symmetry of (CPU0, CPU1, CPU2), one state for up to 6\n');
    expect(text).toContain('\n    all states: 10 stand for the others (symmetry)\n');
  });

  test('finds the schedule that a search of the whole graph finds', async () => {
    const schedule = (text: string) => /--schedule (\S+)/.exec(text)?.[1];
    const text = await printed('lost', '--reduce', 'symmetry,transactions,stubborn');
    expect(text).toMatch(/\n {2}schedules come from a search of the whole graph: \d+ states\n/);
    expect(schedule(text)).toBeDefined();
    expect(schedule(text)).toBe(schedule(await printed('lost', '--reduce', 'none')));
  });

  test('says why nothing was left out', async () => {
    const text = await printed('asks', '--reduce', 'stubborn');
    expect(text).toContain('\n  not reduced: P1: x can get there asks what stays possible\n');
  });

  test('has it in JSON', async () => {
    const lines = (await printed('kept', '--json', '--reduce', 'symmetry')).trimEnd().split('\n');
    const verdict = outputRecord.parse(JSON.parse(lines.at(-1) as string));
    expect(verdict).toMatchObject({
      reduction: { names: ['symmetry'], exchanged: ['CPU0, CPU1, CPU2'], order: 6 },
    });
  });

  test('refuses what does not go together', async () => {
    const { code, stderr } = await heddle(
      folder,
      'check',
      '--reduce',
      'symmetry',
      '--order',
      'dfs',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('error[bad-flag]: --reduce symmetry leaves states out, and');
  });
});
