import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TestRunner } from 'vitest';

/** Programs that some tests start, with the Debian package that brings each. */
const packages = {
  dot: 'graphviz',
  chromium: 'chromium',
  gcc: 'build-essential',
  'redis-server': 'redis-server',
  spin: 'spin',
  tmux: 'tmux',
} as const;

export type Tool = keyof typeof packages;

/**
 * Says that the running test needs a program, and gives its full path.
 *
 * Where the program is missing the test is skipped with the command that installs it; with HEDDLE_NO_SKIP set, as in
 * `.ci/run`, it fails instead. Call it in a test or a `beforeEach`.
 *
 * @example
 *   test('Graphviz accepts the drawing', () => {
 *     execFileSync(requires('dot'), ['-Tsvg'], { input: drawing });
 *   });
 */
export function requires(tool: Tool): string {
  const found = findOnPath(tool, process.env.PATH ?? '');
  if (found !== undefined) return found;
  const reason = missing(tool);
  if (process.env.HEDDLE_NO_SKIP) throw new Error(`${reason} (HEDDLE_NO_SKIP forbids skipping)`);
  const test = TestRunner.getCurrentTest();
  if (test === undefined)
    throw new Error(`requires('${tool}') belongs inside a test or a beforeEach`);
  return test.context.skip(reason);
}

/** The sentence a skipped test shows. */
export function missing(tool: Tool): string {
  return `${tool} is not installed: apt-get install ${packages[tool]}`;
}

/** The first executable of this name in a PATH, or undefined. */
export function findOnPath(name: string, path: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder: look in the next.
    }
  }
  return undefined;
}
