/** The packed tarball in a project of its own, as npm would install it. */
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { folderWith } from '../load/folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = createRequire(import.meta.url)('../../package.json');

/** An empty project with the tarball unpacked in it; dependencies are those of this repository. */
function project(): string {
  const folder = folderWith({ 'package.json': '{ "name": "scratch" }\n' });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'heddle'), { recursive: true });
  const quiet: ExecFileSyncOptionsWithStringEncoding = {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  };
  // The scripts would build dist/ again under the other tests.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], quiet);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) as string;
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', join(modules, 'heddle')], {
    cwd: folder,
  });
  for (const name of [...Object.keys(manifest.dependencies), 'typescript', 'vitest']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  return folder;
}

test('finds the bug in the model that init writes, and its types are right', {
  timeout: 240_000,
}, () => {
  const folder = project();
  const run = (...args: readonly string[]) => {
    try {
      const command = join(folder, 'node_modules/heddle', manifest.bin.heddle);
      return { code: 0, stdout: execFileSync(command, args, { cwd: folder, encoding: 'utf8' }) };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      return { code: status, stdout };
    }
  };
  expect(run('init').code).toBe(0);
  const checked = run('check');
  expect(checked.code).toBe(1);
  expect(checked.stdout).toContain('*** every increment is counted ***');
  expect(run('replay')).toMatchObject({ code: 0 });
  const compiler = join(folder, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', folder], { cwd: folder });
  // The schedule as a test, run by the project's own vitest, and typed.
  expect(run('replay', '--as-test').code).toBe(0);
  const written = 'test/counter.every-increment-is-counted.test.ts';
  const runner = join(folder, 'node_modules/vitest/vitest.mjs');
  const { VITEST: _, ...env } = process.env;
  const ran = execFileSync(process.execPath, [runner, 'run', '--reporter=json', written], {
    ...{ cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  });
  expect(JSON.parse(ran)).toMatchObject({ numTotalTests: 1, numPassedTests: 1 });
  const typed = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023'];
  const modern = ['--module', 'nodenext', '--allowImportingTsExtensions', written];
  execFileSync(process.execPath, [compiler, ...typed, ...modern], { cwd: folder });
});
