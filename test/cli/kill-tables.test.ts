/** Kill tables as part of evidence: made, kept, checked again, and found out where they are not true. Started as processes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../load/folder.ts';
import { heddle } from './command.ts';
import { folderWithCounter } from './counter.ts';

const EQUIVALENT = "equivalent: { '*told = 1*': 'nobody looks at it' }";
const MANIFEST = 'evidence/manifest.json';
const TABLE = 'evidence/mutants/counter.md';

interface Made {
  readonly folder: string;
  at(path: string): string;
  read(path: string): string;
}

async function evidenceWithTable(): Promise<Made> {
  const folder = folderWithCounter({
    counter: `design: 'counter', properties, ${EQUIVALENT}`,
    other: `properties, ${EQUIVALENT}`,
  });
  const args = ['-o', 'evidence', '--text', '--mutants=counter'];
  expect(await heddle(folder, 'evidence', ...args)).toMatchObject({ code: 0 });
  const at = (path: string) => join(folder, path);
  return { folder, at, read: (path) => readFileSync(at(path), 'utf8') };
}

test('evidence has a table of the mutants of the checks that are named, and of no others', async () => {
  const { at, read } = await evidenceWithTable();
  const { killTables } = JSON.parse(read(MANIFEST));
  expect(killTables).toHaveLength(1);
  expect(killTables[0]).toMatchObject({ check: 'counter', checks: ['counter'], stale: [] });
  expect(killTables[0].mutants[0]).toEqual({
    id: '6202a752',
    what: 'add: without spin_lock(lock)',
    kind: 'left out',
    killedBy: {
      check: 'counter',
      property: 'LOCKDEP',
      found: expect.any(String),
      schedule: '0x3',
      initial: 'initial',
      steps: 3,
    },
  });
  expect(read('evidence/README.md')).toContain(
    'Mutants of [counter](mutants/counter.md): counter: 10 mutants: 8 killed, 2 equivalent',
  );
  expect(read(TABLE)).toContain(`## Equivalent

nobody looks at it:

- add: told = 1 before spin_unlock(lock)
- add: without told = 1
`);
  expect(existsSync(at('evidence/mutants/other.md'))).toBe(false);
});

test('verify makes the tables again, or replays what kills and says that it does no more', async () => {
  const { folder } = await evidenceWithTable();
  const whole = await heddle(folder, 'verify', 'evidence');
  expect(whole.code).toBe(0);
  expect(whole.stdout).toContain('1 table of mutants made again');
  for (const flag of ['--quick', '--small']) {
    const { code, stdout } = await heddle(folder, 'verify', 'evidence', flag);
    expect(code).toBe(0);
    expect(stdout).toContain(
      '1 table of mutants: 8 kills replayed; what lives, or is killed by a mistake, not searched again',
    );
  }
  const other = await heddle(folder, 'verify', 'evidence', 'other');
  expect(other.code).toBe(0);
  expect(other.stdout).not.toContain('of mutants');
});

test('what is not changed keeps its table', async () => {
  const { folder, read } = await evidenceWithTable();
  const before = [read(MANIFEST), read(TABLE)];
  const kept = await heddle(folder, 'evidence', '-o', 'evidence', '--text', '--changed');
  expect(kept.stdout).toContain('2 checks unchanged, not searched');
  expect([read(MANIFEST), read(TABLE)]).toEqual(before);
});

test('verify names the mutant of which the table is not true', async () => {
  const { folder, at, read } = await evidenceWithTable();
  const before = read(MANIFEST);
  const tampered = async (what: string, changed: object, ...flags: readonly string[]) => {
    const manifest = JSON.parse(before);
    const row = manifest.killTables[0].mutants.find((one: { what: string }) => one.what === what);
    Object.assign(row.killedBy ?? row, changed);
    writeFileSync(at(MANIFEST), JSON.stringify(manifest));
    const { code, stdout } = await heddle(folder, 'verify', 'evidence', '--full', ...flags);
    expect(code).toBe(1);
    return stdout;
  };
  const without = 'add: without t = x';
  expect(await tampered(without, { schedule: '0x4' }, '--quick')).toContain(
    `mutants of counter, ${without}: 0x4 does not kill it: it ends without a violation of C1`,
  );
  expect(await tampered(without, { property: 'KASAN' }, '--quick')).toContain('does not kill it');
  expect(await tampered(without, { steps: 7 })).toContain(
    `mutants of counter, ${without}, killedBy, steps\n    it says  7\n    it is    8\n`,
  );
  const hole = await tampered('add: without told = 1', { survived: 'hole' });
  expect(hole).toContain(
    'mutants of counter, add: without told = 1, survived\n    it says  hole\n    it is    equivalent\n',
  );
});

test('a mutant that only a mistake kills is not replayed: its schedule ends before that', async () => {
  const model = `
import { alloc, check, cpu, heap, machine, model, never, record, uint } from 'heddle';
const m = machine({ ready: uint(1), one: heap(1, record('one', { v: uint(1) })) });
const set = m.fn('set', (b) => [
  b.step('v = 0', (s) => { s.one[0].v = 0; }),
  b.step('ready = 1', (s) => { s.ready = 1; }),
]);
const initial = (s) => { alloc(s.one); };
const never_one = never((s) => s.ready === 1 && s.one[0].v === 1);
export default check(model({ machine: m, cpus: [cpu({ task: set })], initial }), {
  properties: { 'N: v is 0': never_one }, facilities: { leak: 'off' },
});`;
  const folder = folderWith({ 'checks/set.ts': model, 'package.json': '{ "type": "module" }' });
  await heddle(folder, 'evidence', '-o', 'evidence', '--text', '--mutants');
  const { killTables } = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
  const row = killTables[0].mutants.find(
    ({ what }: { what: string }) => what === 'set: without v = 0',
  );
  expect(row.killedBy).toMatchObject({ property: 'property-threw', schedule: expect.any(String) });
  expect(await heddle(folder, 'verify', 'evidence', '--quick')).toMatchObject({ code: 0 });
});
