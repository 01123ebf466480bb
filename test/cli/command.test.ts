/** The commands, each started as a process. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { outputRecord } from '../../src/load/schemas.ts';
import { addFiles, folderWith } from '../load/folder.ts';
import { ended, heddle, start } from './command.ts';
import { ENDLESS } from './endless.ts';

async function counter(): Promise<string> {
  const folder = folderWith({});
  expect((await heddle(folder, 'init')).code).toBe(0);
  return folder;
}

function mend(folder: string): void {
  const path = join(folder, 'models/counter/lost_update.ts');
  const text = readFileSync(path, 'utf8')
    .replace('uint, WRITE_ONCE }', 'spin_lock, spin_unlock, spinlock, uint, WRITE_ONCE }')
    .replace('x: uint(2)', 'x: uint(2), lock: spinlock()')
    .replace('(b) => [\n', '(b) => [\n  b.call(spin_lock, (s) => s.lock),\n')
    .replace('\n]);', '\n  b.call(spin_unlock, (s) => s.lock),\n]);');
  addFiles(folder, { 'models/counter/lost_update.ts': text });
}

test('without an argument it shows three examples', async () => {
  const { code, stdout, stderr } = await heddle(folderWith({}));
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout.match(/npx heddle \w+ /g)).toHaveLength(3);
});

describe('the first five minutes', () => {
  test('init writes a model whose bug check finds and replay shows', async () => {
    const folder = await counter();
    const checked = await heddle(folder, 'check');
    expect(checked.code).toBe(1);
    expect(checked.stdout).toMatch(/^counter {2}VIOLATED/);
    expect(checked.stdout).toContain('*** every increment is counted ***');
    const [, schedule] =
      /next: npx heddle replay counter --schedule (\S+)/.exec(checked.stdout) ?? [];
    const latest = await heddle(folder, 'replay');
    expect(latest).toMatchObject({ code: 0, stderr: '' });
    expect(checked.stdout).toContain(latest.stdout.trimEnd());
    const given = await heddle(folder, 'replay', 'counter', '--schedule', schedule);
    expect(given).toEqual(latest);
    mend(folder);
    const mended = await heddle(folder, 'check');
    expect(mended.code).toBe(0);
    expect(mended.stdout).toMatch(/^counter {2}HOLDS/);
    const nothing = await heddle(folder, 'replay');
    expect(nothing.stderr).toContain('error[bad-trace]: the last runs found no violation');
  });

  test('init never overwrites', async () => {
    const folder = await counter();
    const again = await heddle(folder, 'init');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain(
      'error[file-exists]: models/counter/lost_update.ts exists already',
    );
  });
});

describe('check', () => {
  test('prints plain ASCII of at most 80 columns where it is not a terminal', async () => {
    const { stdout } = await heddle(await counter(), 'check');
    expect(stdout).toMatch(/^[\x20-\x7e\n]*$/);
    expect(stdout).not.toMatch(/.{81}| $/m);
  });

  test('--json --stable is the same from run to run, and fits the schema', async () => {
    const folder = await counter();
    addFiles(folder, {
      'checks/other.ts': readFileSync(join(folder, 'checks/counter.ts'), 'utf8'),
    });
    const first = await heddle(folder, 'check', '--json', '--stable');
    const second = await heddle(folder, 'check', '--json', '--stable', '--jobs', '1');
    expect(second).toEqual(first);
    const records = first.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const record of records) expect(outputRecord.parse(record)).toEqual(record);
    expect(records.map(({ type, check }) => `${type} ${check}`)).toEqual([
      ...['start counter', 'violation counter', 'verdict counter'],
      ...['start other', 'violation other', 'verdict other'],
    ]);
    expect(records[2]).toMatchObject({
      verdict: 'violated',
      expected: 'holds',
      ok: false,
      states: 12,
    });
  });

  test('ends as INCOMPLETE at a limit, with the flag that lifts it', async () => {
    const folder = await counter();
    const { code, stdout } = await heddle(folder, 'check', '--max-states', '5');
    expect(code).toBe(3);
    expect(stdout).toContain('counter  INCOMPLETE');
    expect(stdout).toContain('--max-states lifts this bound');
    const allowed = await heddle(folder, 'check', '--max-states', '5', '--allow-incomplete');
    expect(allowed.code).toBe(0);
  });

  test('takes limits from the environment, and a flag wins over it', async () => {
    const folder = await counter();
    const environment = { HEDDLE_MAX_STATES: '5' };
    expect((await ended(start(folder, ['check'], environment))).code).toBe(3);
    expect((await ended(start(folder, ['check', '--max-states', '99'], environment))).code).toBe(1);
  });

  test('shows what does not load at its line, beside the verdicts of what does', async () => {
    const folder = await counter();
    addFiles(folder, { 'checks/bad.ts': "import { check } from 'heddle';\nconst x = ;\n" });
    const { code, stdout } = await heddle(folder, 'check');
    expect(code).toBe(2);
    expect(stdout).toContain(`error[cannot-load]: Unexpected ";"
  checks/bad.ts:2:11
    1 | import { check } from 'heddle';
  > 2 | const x = ;
      |           ^`);
    expect(stdout).toContain('2 checks: 0 as declared, 1 surprise, 1 ');
    expect((await heddle(folder, 'check', 'counter')).code).toBe(1);
  });

  test('keeps what a model prints out of the data', async () => {
    const folder = await counter();
    const text = readFileSync(join(folder, 'checks/counter.ts'), 'utf8');
    addFiles(folder, { 'checks/counter.ts': `${text}console.log('printed');\n` });
    const { stdout, stderr } = await heddle(folder, 'check', '--json');
    expect(stdout).not.toContain('printed');
    expect(stderr).toContain('printed');
  });

  test('writes the data to a file, and the report for a review', async () => {
    const folder = await counter();
    const args = [
      '--reporter',
      'text',
      '--reporter',
      'json',
      '--output',
      'out/a.ndjson',
      '--report',
    ];
    const { stdout, stderr } = await heddle(folder, 'check', ...args);
    expect(stdout).toContain('counter  VIOLATED');
    expect(readFileSync(join(folder, 'out/a.ndjson'), 'utf8')).toMatch(/^\{"type":"start"/);
    expect(stderr).toContain('report: .heddle/report/report.md');
    expect(existsSync(join(folder, '.heddle/report/report.md'))).toBe(true);
  });

  test('refuses names and flags that mean nothing, and says what was probably meant', async () => {
    const folder = await counter();
    const says = async (args: readonly string[], text: string) => {
      const { code, stdout, stderr } = await heddle(folder, ...args);
      expect(stderr).toContain(text);
      expect(stderr).not.toMatch(/^ +\S+:\d+:\d+$/m);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    };
    await says(
      ['check', 'conuter'],
      "error[unknown-name]: no check 'conuter'. Did you mean counter?",
    );
    await says(['check', '--time-limit', '10'], 'error[bad-flag]: --time-limit 10 has no unit');
    await says(['check', '--max-state', '9'], 'Did you mean --max-states?');
    await says(['chek'], "unknown command 'chek'. Did you mean check?");
    await says(['replay', 'counter', '--schedule', '0y'], "error[bad-schedule]: '0y' is no part");
    await says(['replay', 'counter', '--schedule', '0x9'], 'error[no-such-step]');
  });
});

describe('an interrupt', () => {
  async function running(): Promise<ReturnType<typeof start>> {
    const folder = folderWith({ 'checks/endless.ts': ENDLESS, 'checks/later.ts': ENDLESS });
    const child = start(folder, ['check', '--json', '--jobs', '1']);
    // The first record of progress says that the search is under way.
    for await (const [text] of onData(child)) if (text.includes('"progress"')) break;
    return child;
  }

  async function* onData(child: ReturnType<typeof start>): AsyncGenerator<[string]> {
    child.stdout?.setEncoding('utf8');
    for (;;) yield (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [string];
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('by %s ends with what was covered', async (signal) => {
    const child = await running();
    const end = ended(child);
    child.kill(signal);
    const { code, stdout, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toContain('stopping; press Ctrl-C again to leave at once');
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ type: 'verdict', check: 'endless', verdict: 'incomplete' });
    expect(last.stopped.bound).toBe('interrupt');
    expect(stdout).not.toContain('later');
  });
});

test('a bug of heddle leaves a report and no verdict', async () => {
  const folder = await counter();
  const text = readFileSync(join(folder, 'checks/counter.ts'), 'utf8');
  const killer =
    "import { isMainThread } from 'node:worker_threads';\nif (!isMainThread) process.exit(3);\n";
  addFiles(folder, { 'checks/counter.ts': killer + text });
  const { code, stdout, stderr } = await heddle(folder, 'check');
  expect({ code, stdout }).toEqual({ code: 70, stdout: '' });
  expect(stderr).toContain('The circumstances are in .heddle/bugs/counter.json');
  const report = JSON.parse(readFileSync(join(folder, '.heddle/bugs/counter.json'), 'utf8'));
  expect(report).toMatchObject({
    command: ['check'],
    check: 'counter',
    mistake: { code: 'internal-error' },
  });
});

describe('replay', () => {
  test('goes by names where the model has changed, up to the first that does not fit', async () => {
    const folder = await counter();
    await heddle(folder, 'check');
    const path = 'models/counter/lost_update.ts';
    const text = readFileSync(join(folder, path), 'utf8');
    const relabelled = text.replace("step('WRITE_ONCE(x, r0 + 1)'", "step('x = r0 + 1'");
    addFiles(folder, { [path]: relabelled });
    const { code, stdout, stderr } = await heddle(folder, 'replay');
    expect(code).toBe(2);
    expect(stderr).toContain('the model has changed');
    expect(stderr).toContain("step 3 'CPU1 increment: WRITE_ONCE(x, r0 + 1)' is not enabled");
    expect(stderr).toContain('CPU1 increment: x = r0 + 1');
    expect(stdout).toContain('Schedule (2 steps, 1 switch)');
  });

  test('shows a trace that came by mail, without its check', async () => {
    const folder = await counter();
    await heddle(folder, 'check');
    const file = join(folder, '.heddle/traces/counter/every_increment_is_counted.json');
    const { code, stdout, stderr } = await heddle(folderWith({}), 'replay', file);
    expect(code).toBe(0);
    expect(stdout).toContain('*** every increment is counted ***');
    expect(stderr).toContain('check counter is not in this project');
  });
});

test('list groups checks by folder with what they declare', async () => {
  const folder = await counter();
  const text = readFileSync(join(folder, 'checks/counter.ts'), 'utf8').replace('../', '../../');
  const declared = text.replace(
    'properties',
    "claim: 'it counts', expected: { 'every increment is counted': 'violated' }, properties",
  );
  addFiles(folder, { 'checks/queue/v1.ts': declared });
  const { code, stdout } = await heddle(folder, 'list');
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['counter', 'small', 'holds'],
    [''],
    ['queue/'],
    ['v1', 'small', 'violated: every increment is counted', 'it counts'],
    [''],
  ]);
});
