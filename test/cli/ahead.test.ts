/** What can follow a schedule, without a terminal: moves, searches, and files of what was made. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addFiles } from '../load/folder.ts';
import { heddle, type Ran } from './command.ts';

let folder: string;
const replay = (...args: readonly string[]): Promise<Ran> => heddle(folder, 'replay', ...args);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'project-'));
  addFiles(folder, {});
  await heddle(folder, 'init');
  await heddle(folder, 'check');
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('replay without a terminal', { timeout: 60_000 }, () => {
  test('lists what can move at the end of a schedule, by what to write behind it', async () => {
    const { code, stdout } = await replay('--at', '1', '--moves');
    expect(code).toBe(0);
    expect(stdout).toContain('After 1 step these can move, and lead to:');
    expect(stdout).toMatch(/^ {2}0 {2}CPU0 {2}increment\(\): WRITE_ONCE\(x, {2,}fine$/m);
    expect(stdout).toMatch(
      /^ {2}1 {2}CPU1 {2}increment\(\): r0 = READ_ONCE\(x\) {2,}every increment is/m,
    );
  });

  test('of a bound that was hit it says so', async () => {
    const { stdout } = await replay('--at', '0', '--moves', '--max-states', '2');
    expect(stdout).toContain('unknown: nothing found in 3 states, and not searched to the end');
  });

  test('goes on with other moves, and what is saved is replayed and left again', async () => {
    const { code, stderr } = await replay('--at', '2', '--then', '0', '--save', 'way.json');
    expect(code).toBe(0);
    expect(stderr).toBe('saved way.json; next: npx heddle replay way.json\n');
    const again = await replay('way.json', '--then', '1');
    expect(again.stdout).toContain('-- branch: 0.1x2.0 went another way --');
    expect(again.stdout).toContain('*** every increment is counted ***');
  });

  test('searches what can follow; the exit code says what came of it', async () => {
    const bad = await replay('counter', '--schedule', '0.1', '--search', '--save', 'found.json');
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain('counter  after 0.1  VIOLATED');
    expect(bad.stdout).toContain('2 steps on: 0.1x2.0');
    expect(JSON.parse(readFileSync(join(folder, 'found.json'), 'utf8'))).toMatchObject({
      schedule: '0.1x2.0',
      branch: { of: '0.1', at: 2 },
    });
    const good = await replay('counter', '--schedule', '0x2', '--search');
    expect(good.code).toBe(0);
    expect(good.stdout).toContain('counter  after 0x2  NOTHING FOLLOWS');
    expect(good.stdout).not.toContain('HOLDS');
    const open = await replay('counter', '--schedule', '0x2', '--search', '--max-states', '1');
    expect(open.code).toBe(3);
    expect(open.stdout).toContain('counter  after 0x2  UNDECIDED');
  });

  test('says what can move where a schedule does not fit', async () => {
    const { code, stderr } = await replay('--at', '2', '--then', '0x2');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /step 4, 0, is not enabled; enabled are:\n +1 {4}CPU1 increment: WRITE_ONCE/,
    );
    const far = await replay('--at', '9');
    expect(far.stderr).toContain('--at 9: the schedule has 4 steps');
  });

  test('in a model that has changed a branch goes on from the state reached', async () => {
    await replay('--at', '3', '--save', 'old.json');
    const file = join(folder, 'models/counter/lost_update.ts');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('x: uint(2)', 'x: uint(3)'));
    const { stdout, stderr } = await replay('old.json', '--moves');
    writeFileSync(file, before);
    expect(stderr).toContain('the model has changed since this trace was saved');
    expect(stdout).toContain('After 3 steps these can move, and lead to:');
  });
});
