/** Evidence, made, verified and compared by the command. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addFiles, folderWith } from '../load/folder.ts';
import { heddle } from './command.ts';

const MODEL = 'models/counter/lost_update.ts';

async function counterWithEvidence(): Promise<string> {
  const folder = folderWith({});
  await heddle(folder, 'init');
  const { code, stdout, stderr } = await heddle(folder, 'evidence', '-o', 'evidence');
  expect(stdout).toContain('1 check: 0 as declared, 1 surprise');
  expect(stderr).toContain('next: npx heddle verify evidence');
  expect(code).toBe(1);
  return folder;
}

function edit(folder: string, file: string, change: (text: string) => string): void {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after, file).not.toBe(before);
  writeFileSync(path, after);
}

function mend(folder: string): void {
  edit(folder, MODEL, (text) =>
    text
      .replace('uint, WRITE_ONCE }', 'spin_lock, spin_unlock, spinlock, uint, WRITE_ONCE }')
      .replace('x: uint(2)', 'x: uint(2), lock: spinlock()')
      .replace('(b) => [\n', '(b) => [\n  b.call(spin_lock, (s) => s.lock),\n')
      .replace('\n]);', '\n  b.call(spin_unlock, (s) => s.lock),\n]);'),
  );
}

const PAGE = 'diagrams/counter/every_increment_is_counted.txt';
const TRACE = 'schedules/counter/every_increment_is_counted.json';

/** What somebody did to the evidence, what verify must say of it, and whether it takes a search to see that. */
const TAMPERED: readonly (readonly [
  string,
  (text: string) => string,
  string,
  '--quick' | '--small',
])[] = [
  [
    'manifest.json',
    (text) => text.replace('"states": 12', '"states": 13'),
    'counter: states\n    it says  13\n    it is    12\n',
    '--small',
  ],
  [
    'manifest.json',
    (text) => text.replace('4, 2]', '4, 1]'),
    'counter: new states of level 5\n    it says  1\n    it is    2\n',
    '--small',
  ],
  [
    'manifest.json',
    (text) => text.replaceAll('0.1x2.0', '0.1.0x2'),
    'the schedule 0.1.0x2 does not show it: step 4, 0, is not enabled\n',
    '--quick',
  ],
  [
    'manifest.json',
    (text) => text.replaceAll('0.1x2.0', '0x2'),
    'without a violation of every increment is counted',
    '--quick',
  ],
  [
    'manifest.json',
    (text) => text.replace('"form"', ' "form"'),
    'manifest.json, line 4\n',
    '--quick',
  ],
  [PAGE, (text) => text.replace('still 1', 'still 2'), `${PAGE}, line `, '--quick'],
  [TRACE, (text) => text.replace('"cpu": 1', '"cpu": 0'), `${TRACE}, line `, '--quick'],
  [
    'verdicts/counter.md',
    (text) => text.replace('VIOLATED', 'HOLDS'),
    'verdicts/counter.md, line ',
    '--quick',
  ],
  ['README.md', () => '', 'README.md, line 1\n', '--quick'],
];

test('whatever is changed in evidence is found and named', { timeout: 60_000 }, async () => {
  const folder = await counterWithEvidence();
  for (const [at, [file, change, said, how]] of TAMPERED.entries()) {
    const copy = `copy${at}`;
    cpSync(join(folder, 'evidence'), join(folder, copy), { recursive: true });
    edit(folder, `${copy}/${file}`, change);
    const { code, stdout } = await heddle(folder, 'verify', copy, how);
    expect(stdout).toContain(`${copy}  DIFFERS\n`);
    expect(stdout).toContain(said);
    expect(code).toBe(1);
  }
  rmSync(join(folder, 'evidence', TRACE));
  addFiles(join(folder, 'evidence'), { 'diagrams/another.txt': '' });
  const { code, stdout } = await heddle(folder, 'verify', 'evidence', '--quick', '--full');
  expect(stdout).toContain(`  ${TRACE} is missing\n`);
  expect(stdout).toContain('  diagrams/another.txt is none of what heddle writes\n');
  expect(code).toBe(1);
});

test('is the same to the byte from run to run, whoever searches', { timeout: 60_000 }, async () => {
  const folder = await counterWithEvidence();
  const again = await heddle(folder, 'evidence', '-o', 'again', '--jobs', '1', '--threads', '1');
  expect(again.code).toBe(1);
  for (const file of [
    'manifest.json',
    'README.md',
    'report.html',
    'verdicts/counter.md',
    PAGE,
    TRACE,
  ]) {
    const [one, other] = ['evidence', 'again'].map((name) =>
      readFileSync(join(folder, name, file)),
    );
    expect(one?.equals(other as Buffer), file).toBe(true);
  }
  const { code, stdout } = await heddle(folder, 'verify', 'evidence');
  expect(stdout).toBe(
    'evidence  SAME\n  1 check, all searched again, 1 schedule replayed, 6 files compared\n',
  );
  expect(code).toBe(0);
  const quick = await heddle(folder, 'verify', 'evidence', '--quick');
  expect(quick.stdout).toContain(
    '1 check replayed only: states, coverage and what holds are not confirmed\n' +
      '  taken as recorded, not confirmed: 1 explanation\n',
  );
  expect(stdout).not.toContain('taken as recorded');
  expect(quick.code).toBe(0);
});

test('a changed model is named before anything else; diff says what came of it', {
  timeout: 60_000,
}, async () => {
  const folder = await counterWithEvidence();
  edit(folder, MODEL, (text) => `// A comment.\n${text}`);
  const same = await heddle(folder, 'verify', 'evidence', '--quick');
  expect(same.code).toBe(0);
  expect(same.stdout).toContain(`changed in comments or layout only: ${MODEL}`);
  mend(folder);
  const verified = await heddle(folder, 'verify', 'evidence');
  expect(verified.code).toBe(1);
  const [head, model, subject, was, is, more] = verified.stdout.split('\n');
  expect(head).toBe('evidence  DIFFERS');
  expect(model).toBe('  counter: the model has changed (models/counter/lost_update.ts)');
  expect([subject, was, is]).toEqual([
    '  counter: verdict',
    '    it says  violated',
    '    it is    holds',
  ]);
  expect(more).toMatch(/^ {2}and \d+ more differences \(--full lists them\)$/);
  const made = await heddle(folder, 'check', '--evidence', 'mended', '--quiet');
  expect(made.code).toBe(0);
  const diff = await heddle(folder, 'diff', 'evidence', 'mended');
  expect(diff.code).toBe(1);
  expect(diff.stdout).toBe(`counter
  VIOLATED -> HOLDS
  as declared now
  every increment is counted: violated -> holds; gone is 0.1x2.0 (4
    steps)
  12 -> 16 states, 15 -> 17 generated, 5 -> 9 levels, 2 -> 1 dead states
  now always under lock: x

files
  changed: models/counter/lost_update.ts

1 of 1 check differs
`);
  expect((await heddle(folder, 'diff', 'mended', 'mended')).code).toBe(0);
  const renewed = await heddle(folder, 'evidence', '-o', 'mended', '--changed');
  expect(renewed.stdout).toContain('1 check unchanged, not searched');
  expect((await heddle(folder, 'verify', 'mended')).code).toBe(0);
});

test('a search that a limit ended is not repeated, and that is no success', {
  timeout: 60_000,
}, async () => {
  const folder = await counterWithEvidence();
  const bounded = await heddle(folder, 'evidence', '-o', 'bounded', '--max-states', '5');
  expect(bounded.code).toBe(3);
  expect((await heddle(folder, 'verify', 'bounded')).code).toBe(0);
  const stopped = '"stopped": { "bound": "timeLimit", "value": "1 s", "flag": "--time-limit" }';
  edit(folder, 'bounded/manifest.json', (text) => text.replace(/"stopped": \{[^}]*\}/, stopped));
  const { code, stdout } = await heddle(folder, 'verify', 'bounded', '--full');
  expect(stdout).toContain('ended by time or memory, which nobody can repeat: counter');
  expect(code).toBe(1);
});

test('what is no evidence, or of another project, could not be checked', {
  timeout: 60_000,
}, async () => {
  const folder = await counterWithEvidence();
  const none = await heddle(folder, 'verify', 'models');
  expect(none.stderr).toContain('error[bad-evidence]: there is no manifest.json in models');
  expect(none.code).toBe(2);
  const over = await heddle(folder, 'evidence', '-o', 'models');
  expect(over.stderr).toContain('error[bad-evidence]: models holds other files');
  expect(over.code).toBe(2);
  cpSync(join(folder, 'checks/counter.ts'), join(folder, 'checks/other.ts'));
  rmSync(join(folder, 'checks/counter.ts'));
  const lost = await heddle(folder, 'verify', 'evidence');
  expect(lost.stderr).toContain('error[unknown-name]: counter of the evidence is no check');
  expect(lost.code).toBe(2);
});
