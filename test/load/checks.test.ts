import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bundle } from '../../src/load/bundle.ts';
import { loadChecks } from '../../src/load/checks.ts';
import { placeOf } from '../../src/load/place.ts';
import { openProject } from '../../src/load/project.ts';
import { folderWith } from './folder.ts';

const MODEL = `import { cpu, machine, model, uint } from 'heddle';
const m = machine({ x: uint(1) });
const set = m.fn('set', (b) => [b.step('x = 1', (s) => { s.x = 1; })]);
export const one = model({ machine: m, cpus: [cpu({ task: set })] });
`;
const CHECK = `import { check } from 'heddle';
import { one } from '../models/one.ts';
export default check(one);
`;

describe('a bundle', () => {
  test('has a hash that knows neither folder nor library, and changes with the model', async () => {
    const first = folderWith({ 'models/one.ts': MODEL, 'checks/a.ts': CHECK });
    const second = folderWith({ 'models/one.ts': MODEL, 'checks/a.ts': CHECK });
    const third = folderWith({
      'models/one.ts': MODEL.replace('= 1; }', '= 0; }'),
      'checks/a.ts': CHECK,
    });
    const bundles = await Promise.all(
      [first, second, third].map((folder) => bundle(join(folder, 'checks/a.ts'), folder)),
    );
    expect(bundles[0].hash).toMatch(/^[0-9a-f]{64}$/);
    expect(bundles[1].hash).toBe(bundles[0].hash);
    expect(bundles[2].hash).not.toBe(bundles[0].hash);
    expect(readFileSync(fileURLToPath(bundles[0].url), 'utf8')).not.toContain(first);
  });

  test('of a file that does not parse says where', async () => {
    const folder = folderWith({ 'checks/a.ts': "const π = 'π'; const x = ;\n" });
    const error = await bundle(join(folder, 'checks/a.ts'), folder).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'cannot-load', message: 'Unexpected ";"' });
    expect(placeOf(error.place)).toEqual({
      file: join(folder, 'checks/a.ts'),
      line: 1,
      column: 26,
    });
  });

  test('of an import that is not there says where', async () => {
    const folder = folderWith({ 'checks/a.ts': "export {};\nimport x from './b.ts';\nx();\n" });
    const error = await bundle(join(folder, 'checks/a.ts'), folder).catch((thrown) => thrown);
    expect(error.message).toBe('Could not resolve "./b.ts"');
    expect(placeOf(error.place)).toMatchObject({ line: 2, column: 15 });
  });
});

describe('loadChecks', () => {
  async function load(files: Readonly<Record<string, string>>) {
    const folder = folderWith({ 'models/one.ts': MODEL, ...files });
    return { folder, ...(await loadChecks(await openProject(folder))) };
  }

  test('names single checks by their file and several by their keys', async () => {
    const several = `import { check } from 'heddle';
import { one } from '../../models/one.ts';
export default { die_hard: check(one), other: check(one, { size: 'large' }) };
`;
    const { loaded, broken } = await load({
      'checks/a.check.ts': CHECK,
      'checks/classic/oracles.ts': several,
      'checks/_shared.ts': 'throw new Error();',
    });
    expect(broken).toEqual([]);
    expect(loaded.map(({ name, key }) => [name, key])).toEqual([
      ['a', undefined],
      ['classic/die_hard', 'die_hard'],
      ['classic/other', 'other'],
    ]);
    expect(loaded[2].check.size).toBe('large');
  });

  test('goes on past a file that does not load, and says what is wrong with it', async () => {
    const { folder, loaded, broken } = await load({
      'checks/a.ts': CHECK,
      'checks/b.ts': 'export default 1;',
      'checks/c.ts': "\nthrow new RangeError('no');",
      'checks/d.ts': 'export const x = 1;',
      'checks/e.ts': CHECK.replace('(one)', "(one, { properties: { 'P1: a': 0, 'P1: b': 0 } })"),
    });
    expect(loaded.map(({ name }) => name)).toEqual(['a']);
    expect(broken.map(({ name, mistake }) => [name, mistake.code])).toEqual([
      ['b', 'bad-check'],
      ['c', 'cannot-load'],
      ['d', 'bad-check'],
      ['e', 'bad-check'],
    ]);
    expect(broken[1].mistake.fact).toBe('RangeError: no');
    expect(broken.map(({ mistake }) => placeOf(mistake.stack ?? ''))).toEqual([
      { file: join(folder, 'checks/b.ts'), line: 1, column: 1 },
      { file: join(folder, 'checks/c.ts'), line: 2, column: 7 },
      { file: join(folder, 'checks/d.ts'), line: 1, column: 1 },
      { file: join(folder, 'checks/e.ts'), line: 3, column: 16 },
    ]);
  });

  test('refuses two checks of one name', async () => {
    const { loaded, broken } = await load({
      'checks/a.ts': CHECK,
      'checks/b.ts': CHECK.replace('check(one)', '{ a: check(one) }'),
    });
    expect(loaded.map(({ name }) => name)).toEqual(['a']);
    expect(broken[0].mistake.fact).toContain("two checks are called 'a'");
  });
});

describe('openProject', () => {
  test('finds the folder upwards, and takes the folder of checks and bounds from the configuration', async () => {
    const folder = folderWith({
      'heddle.config.ts':
        "import { defineConfig } from 'heddle';\nexport default defineConfig({ checks: 'claims', bounds: { maxStates: 9 } });",
      'claims/deep/a.ts': '',
    });
    const project = await openProject(join(folder, 'claims/deep'));
    expect(project).toEqual({
      folder,
      checksFolder: join(folder, 'claims'),
      config: { checks: 'claims', bounds: { maxStates: 9 } },
    });
  });

  test('refuses options that it does not know', async () => {
    const folder = folderWith({
      'heddle.config.ts':
        "import { defineConfig } from 'heddle';\nexport default defineConfig({ bounds: { maxState: 9 } } as never);",
    });
    const error = await openProject(folder).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'bad-config', message: "there is no bound 'maxState'" });
    expect(placeOf(error.place)).toMatchObject({ line: 2, column: 16 });
  });
});
