/** A test of the repository itself: house rules that no compiler keeps (after TigerBeetle's tidy.zig). */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as rules from './tidy/rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const manifest = JSON.parse(read('package.json'));
const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

/** Every text file that belongs to the repository, tracked or about to be; where there is no git, every file of the known folders. */
function repositoryFiles(): readonly rules.SourceFile[] {
  const text = /\.(ts|tsx|js|mjs|json|md|txt|yml|yaml|css|html)$|(^|\/)(run|\.[a-z]+)$/;
  return listFiles()
    .filter((path) => text.test(path) && path !== 'package-lock.json' && existsSync(root + path))
    .map((path) => ({ path, text: read(path) }));
}

function listFiles(): readonly string[] {
  try {
    const command = ['ls-files', '-co', '--exclude-standard', '-z'];
    return execFileSync('git', command, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\0')
      .filter(Boolean);
  } catch {
    return ['src', 'test', 'models', 'checks', 'docs', 'schema'].flatMap((folder) =>
      existsSync(root + folder)
        ? readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map(
            (path) => `${folder}/${path}`,
          )
        : [],
    );
  }
}

const files = repositoryFiles();

/** One file, for the samples below. */
function sample(path: string, text: string): readonly rules.SourceFile[] {
  return [{ path, text }];
}

describe('this repository', () => {
  test('has files to look at', () => {
    expect(files.map((file) => file.path)).toContain('test/tidy.test.ts');
  });

  test('imports run one way only', () => {
    expect(rules.checkLayers(files)).toEqual([]);
  });

  test('the linter knows the same layers', () => {
    expect(linterLayers()).toEqual(rules.layers);
  });

  test('src/index.ts re-exports and does nothing else', () => {
    expect(rules.checkDoor(files)).toEqual([]);
  });

  test('each dependency is declared and imported in one file', () => {
    expect(rules.checkDependencies(files, dependencies)).toEqual([]);
  });

  test('models, checks and the oracle import what they may', () => {
    expect(rules.checkOutsideImports(files)).toEqual([]);
  });

  test('design to formats are pure', () => {
    expect(rules.checkPurity(files)).toEqual([]);
  });

  test('src names no design that ships with it', () => {
    expect(rules.checkDesignNames(files)).toEqual([]);
  });

  test('one word per idea', () => {
    expect(rules.checkWords(files)).toEqual([]);
  });

  test('no promises left in the text and no path of one machine', () => {
    expect(rules.checkText(files)).toEqual([]);
  });

  test('src has no default exports', () => {
    expect(rules.checkDefaultExports(files)).toEqual([]);
  });

  test('lines and files are short', () => {
    expect(rules.checkSizes(files)).toEqual([]);
  });

  test('src has the folders of the layout', () => {
    expect(rules.checkPlaces(files)).toEqual([]);
  });

  test('files that may be long still exist and still need it', () => {
    for (const path of Object.keys(rules.longFiles)) {
      expect(read(path).split('\n').length, path).toBeGreaterThan(450);
    }
  });

  test('versions are exact and the lock file names no host', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});

/** What each folder may import according to biome.json, in the form of `rules.layers`. */
function linterLayers(): Record<string, readonly string[]> {
  const { overrides } = JSON.parse(read('biome.json'));
  const found: Record<string, readonly string[]> = {};
  for (const override of overrides) {
    const options = override.linter.rules.style?.noRestrictedImports?.options;
    if (options === undefined) continue;
    const layer: string = override.includes[0].replace(/^src\/|\/\*\*$|\.ts$/g, '');
    const forbidden: readonly string[] = options.patterns[0].group;
    found[layer] = Object.keys(rules.layers).filter(
      (other) =>
        other !== layer &&
        !forbidden.some((glob) => glob === `**/${other}/**` || glob === `**/${other}.ts`),
    );
  }
  return found;
}

describe('the rules find', () => {
  const bad = (
    check: (files: readonly rules.SourceFile[]) => rules.Finding[],
    path: string,
    text: string,
  ) => expect(check(sample(path, text)).length, text).toBeGreaterThan(0);
  const good = (
    check: (files: readonly rules.SourceFile[]) => rules.Finding[],
    path: string,
    text: string,
  ) => expect(check(sample(path, text)), text).toEqual([]);

  test('an import against the direction, in every form', () => {
    const check = rules.checkLayers;
    bad(check, 'src/design/a.ts', "import { x } from '../kernel/x.ts';");
    bad(check, 'src/design/a.ts', "import type { x } from '../machine/x.ts';");
    bad(check, 'src/machine/a.ts', "export * from '../kernel/x.ts';");
    bad(check, 'src/report/a.ts', "const x = await import('../formats/x.ts');");
    bad(check, 'src/search/reduce/a.ts', "let x: import('../../load/x.ts').X;");
    bad(check, 'src/session/a.ts', "import '../server/x.ts';");
    bad(check, 'src/cli/a.ts', "import { x } from '../index.ts';");
    bad(check, 'src/cli/a.ts', "import { x } from 'heddle';");
    bad(check, 'src/cli/a.ts', "import { x } from '../../models/classic/x.ts';");
    bad(check, 'src/vitest.ts', "import { x } from './cli/x.ts';");
    good(
      check,
      'src/search/reduce/a.ts',
      "import { x } from '../../replay/x.ts'; import { y } from '../y.ts';",
    );
    good(check, 'src/vitest.ts', "import { x } from './session/x.ts';");
    good(check, 'src/cli/a.ts', "import { x } from '../server/x.ts'; import 'commander';");
    good(check, 'src/index.ts', "export { x } from './kernel/x.ts';");
    good(
      check,
      'src/design/a.ts',
      "// import { x } from '../kernel/x.ts';\nconst s = \"import '../kernel/x.ts'\";",
    );
  });

  test('a door that does more than re-export', () => {
    bad(rules.checkDoor, 'src/index.ts', 'export const x = 1;');
    bad(rules.checkDoor, 'src/index.ts', "import { x } from './design/x.ts';\nexport { x };");
    good(
      rules.checkDoor,
      'src/index.ts',
      "/** Door. */\nexport { x } from './design/x.ts';\nexport type * from './design/y.ts';",
    );
  });

  test('a dependency that is undeclared or imported twice', () => {
    const check = (some: readonly rules.SourceFile[]) =>
      rules.checkDependencies(some, ['immer', '@scope/name']);
    bad(check, 'src/load/a.ts', "import 'left-pad';");
    good(
      check,
      'src/load/a.ts',
      "import 'immer'; import 'immer/sub'; import '@scope/name/sub'; import 'node:fs'; import './b.ts';",
    );
    const twice = [
      ...sample('src/load/a.ts', "import 'immer';"),
      ...sample('src/load/b.ts', "import type { x } from 'immer';"),
    ];
    expect(check(twice)).toEqual([
      'src/load/a.ts:1: immer is imported in 2 files: src/load/a.ts, src/load/b.ts',
    ]);
  });

  test('a model, a check or an oracle that reaches too far', () => {
    const check = rules.checkOutsideImports;
    bad(check, 'models/a/b.ts', "import { x } from '../../src/index.ts';");
    bad(check, 'models/a/b.ts', "import { x } from '../../checks/b.ts';");
    bad(check, 'models/a/b.ts', "import { x } from 'heddle/kernel';");
    bad(check, 'models/a/b.ts', "import { x } from 'node:fs';");
    bad(check, 'checks/b.ts', "import { x } from '../test/b.ts';");
    bad(check, 'test/oracle/b.ts', "import { x } from '../../src/machine/b.ts';");
    bad(check, 'test/oracle/b.ts', "import { x } from 'heddle';");
    good(
      check,
      'models/a/b.ts',
      "import { x } from 'heddle'; import { y } from './c.ts'; import { z } from '../c/d.ts';",
    );
    good(
      check,
      'checks/b.ts',
      "import { x } from 'heddle'; import y from '../models/a/b.ts'; import { z } from './c.ts';",
    );
    good(check, 'test/oracle/b.test.ts', "import { x } from '../../src/machine/b.ts';");
  });

  test('a pure layer that touches the world', () => {
    const check = rules.checkPurity;
    bad(check, 'src/design/a.ts', "import { readFileSync } from 'node:fs';");
    bad(check, 'src/search/visited.ts', "import { Worker } from 'node:worker_threads';");
    bad(check, 'src/machine/a.ts', 'const x = Math.random();');
    bad(check, 'src/replay/a.ts', 'const x = Date.now();');
    bad(check, 'src/report/a.ts', 'const x = new Date();');
    bad(check, 'src/formats/a.ts', 'const x = process.env.HOME;');
    bad(check, 'src/search/explore.ts', 'console.log(1);');
    good(check, 'src/search/team.ts', "import { Worker } from 'node:worker_threads';");
    good(check, 'src/search/worker.ts', "import { parentPort } from 'node:worker_threads';");
    good(check, 'src/load/bundle.ts', "import { readFileSync } from 'node:fs'; process.cwd();");
    good(
      check,
      'src/design/a.ts',
      "// Math.random()\nconst x = 'Date.now()'; const y = Math.max(1, 2); const z = s.process;",
    );
    good(
      check,
      'src/design/a.ts',
      'interface A { readonly process: number } const a: A = { process: 1 };',
    );
  });

  test('a shipped design named in src', () => {
    bad(rules.checkDesignNames, 'src/cli/a.ts', "const example = 's390_pgtable/v1';");
    bad(rules.checkDesignNames, 'src/kernel/a.ts', '// As on PowerPC.');
    good(
      rules.checkDesignNames,
      'src/kernel/a.ts',
      '/** atomic_xor_bits() of arch/s390/mm/pgalloc.c, Linux 6.1. */',
    );
    good(rules.checkDesignNames, 'models/s390_pgtable/v1.ts', 'export const s390 = 1;');
  });

  test('a second word for an idea', () => {
    bad(rules.checkWords, 'src/search/a.ts', 'const nextTransition = 1;');
    bad(rules.checkWords, 'src/search/a.ts', 'interface Event { readonly x: number }');
    bad(rules.checkWords, 'src/cli/a.ts', 'function run({ spec }: { spec: string }) {}');
    bad(rules.checkWords, 'src/design/a.ts', 'class ActorTable {}');
    bad(rules.checkWords, 'src/design/scenario.ts', '');
    bad(rules.checkWords, 'src/design/utils.ts', '');
    bad(rules.checkWords, 'test/helpers/a.ts', '');
    good(
      rules.checkWords,
      'src/cli/a.ts',
      'program.action(() => specifier); interface Event { readonly x: number }',
    );
    good(
      rules.checkWords,
      'src/search/a.ts',
      "// A transition, an action, an event.\nconst x = 'spec';",
    );
  });

  test('a promise and a path of one machine', () => {
    const promise = `// ${'TO'}${'DO'}: later.`;
    const home = `const x = '/${'home'}/me/x';`;
    bad(rules.checkText, 'src/a.ts', promise);
    bad(rules.checkText, 'docs/a.md', home);
    bad(rules.checkText, '.ci/run', `cd /${'work'}/main`);
    good(
      rules.checkText,
      'docs/a.md',
      `https://example.org/${'home'}/x and ../${'work'}/x and models/${'work'}/x`,
    );
  });

  test('a default export', () => {
    bad(rules.checkDefaultExports, 'src/a.ts', 'export default 1;');
    bad(rules.checkDefaultExports, 'src/a.ts', 'export default function f() {}');
    bad(rules.checkDefaultExports, 'src/a.ts', "export { x as default } from './x.ts';");
    good(
      rules.checkDefaultExports,
      'src/a.ts',
      "import { default as x } from 'x'; export const y = { default: x };",
    );
    good(rules.checkDefaultExports, 'models/a.ts', 'export default 1;');
  });

  test('a long line and a long file', () => {
    bad(rules.checkSizes, 'src/a/b.ts', 'x'.repeat(141));
    bad(rules.checkSizes, 'test/b.ts', 'x'.repeat(161));
    bad(rules.checkSizes, 'src/a/b.ts', 'x\n'.repeat(451));
    good(rules.checkSizes, 'src/a/b.ts', `${'x'.repeat(140)}\n`.repeat(450));
    good(rules.checkSizes, 'test/b.ts', `${'x'.repeat(160)}\n`.repeat(900));
  });

  test('a folder that the layout does not have', () => {
    bad(rules.checkPlaces, 'src/engine/a.ts', '');
    bad(rules.checkPlaces, 'src/search/cache/a.ts', '');
    bad(rules.checkPlaces, 'src/vitest/a.ts', '');
    bad(rules.checkPlaces, 'src/main.ts', '');
    good(rules.checkPlaces, 'src/search/reduce/a.ts', '');
    good(rules.checkPlaces, 'src/index.ts', '');
  });
});
