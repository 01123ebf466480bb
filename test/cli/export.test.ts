/** What leaves heddle for other programs and for tests, as a user types it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../load/folder.ts';
import { heddle } from './command.ts';

const CHECK = `import { at_rest, check, cpu, machine, model, READ_ONCE, uint, WRITE_ONCE } from 'heddle';
const counter = machine({ x: uint(2) });
const increment = counter.fn('increment', { locals: { r0: uint(2) } }, (b) => [
  b.step('r0 = READ_ONCE(x)', (s, l) => { l.r0 = READ_ONCE(s, 'x'); }),
  b.step('WRITE_ONCE(x, r0 + 1)', (s, l) => { WRITE_ONCE(s, 'x', l.r0 + 1); }),
]);
const two = model({ machine: counter, cpus: [cpu({ count: 2, task: increment })] });
export default check(two, { properties: { 'C1: both are counted': at_rest((s) => s.x === 2) } });
`;

test('export writes schedules and graphs, and says what to do with them', async () => {
  const folder = folderWith({ 'checks/counter.ts': CHECK });
  const none = await heddle(folder, 'export', 'counter', '--format', 'mermaid');
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toMatch(
    /the last run of counter found no violation\n[\s\S]*next: npx heddle check counter\n/,
  );
  await heddle(folder, 'check');
  const mermaid = await heddle(folder, 'export', '--format', 'mermaid');
  expect(mermaid).toMatchObject({ code: 0, stderr: '' });
  expect(mermaid.stdout).toMatch(/^sequenceDiagram\n {2}title counter#58; 0\.1x2\.0\n/);
  const itf = await heddle(folder, 'export', 'counter', '--format', 'itf', '--schedule', '0');
  expect(JSON.parse(itf.stdout).states).toHaveLength(2);
  const dot = await heddle(
    folder,
    'export',
    'counter',
    '--format',
    'dot',
    '--graph',
    '--output',
    'out/g.dot',
  );
  expect(dot).toEqual({
    code: 0,
    stdout: '',
    stderr: 'dot: out/g.dot\nnext: dot -Tsvg out/g.dot -o out/g.svg\n',
  });
  expect(readFileSync(join(folder, 'out/g.dot'), 'utf8').match(/ -> /g)).toHaveLength(14);
  const aut = await heddle(folder, 'export', '.heddle/traces/counter/C1.json', '--format', 'aut');
  expect(aut.stdout.split('\n')[0]).toBe('des (0,14,12)');
});

test('export refuses a graph that is too large, and flags that do not go together', async () => {
  const folder = folderWith({ 'checks/counter.ts': CHECK });
  const large = await heddle(folder, 'export', 'counter', '--format', 'aut', '--max-states', '11');
  expect(large).toMatchObject({ code: 2, stdout: '' });
  expect(large.stderr).toMatch(/^error\[graph-too-large\]: the graph has more than 11 states\n/);
  const refused = async (...flags: readonly string[]) =>
    (await heddle(folder, 'export', 'counter', ...flags)).stderr.split('\n')[0];
  expect(await refused('--format', 'itf', '--graph')).toContain('--format itf is for schedules');
  expect(await refused('--format', 'dot', '--max-states', '5')).toContain('it needs --graph');
  expect(await refused('--format', 'aut', '--schedule', '0')).toContain(
    'a graph has all schedules',
  );
  expect(await refused()).toContain("required option '--format <name>' not specified");
});

test('replay --as-test writes a test that imports the check, once', async () => {
  const folder = folderWith({ 'checks/queue/counter.ts': CHECK });
  await heddle(folder, 'check');
  const written = await heddle(folder, 'replay', '--as-test');
  const file = 'test/queue.counter.C1.test.ts';
  expect(written).toEqual({
    code: 0,
    stdout: '',
    stderr: `test: ${file}\nnext: npx vitest run ${file}\n`,
  });
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toContain("import check from '../checks/queue/counter.ts';");
  expect(text).toContain("await expect(check).toReplay('0.1x2.0', { property: 'C1' });");
  const again = await heddle(folder, 'replay', '--as-test');
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('name another file: --as-test test/queue.counter.C1.2.test.ts');
  const printed = await heddle(folder, 'replay', '--as-test', '-');
  expect(printed.stdout).toBe(text);
  const fine = await heddle(
    folder,
    'replay',
    'queue/counter',
    '--schedule',
    '0x2',
    '--as-test',
    'x.test.ts',
  );
  expect(fine.stderr).toContain('this schedule violates nothing');
  expect(existsSync(join(folder, 'x.test.ts'))).toBe(false);
});
