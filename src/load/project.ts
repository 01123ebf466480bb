/** A user's project: its folder, its configuration, its check files. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import { bundle } from './bundle.ts';
import type { Config } from './config.ts';
import { inOrder, isCheckFile } from './names.ts';
import { stackAt } from './place.ts';

export interface Project {
  readonly folder: string;
  readonly checksFolder: string;
  readonly config: Config;
}

const CONFIG_FILES = ['heddle.config.ts', 'heddle.config.js', 'heddle.config.mjs'];

/**
 * The project that a folder belongs to: the nearest one upwards with a heddle.config.ts or a folder `checks`, or the
 * folder itself.
 * @throws HeddleError `cannot-load` or `bad-config` for its configuration.
 */
export async function openProject(from: string): Promise<Project> {
  const folder = projectFolder(resolve(from));
  const file = CONFIG_FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  const config = file === undefined ? {} : await loadConfig(file, folder);
  return { folder, checksFolder: resolve(folder, config.checks ?? 'checks'), config };
}

/** The check files of a project, as paths relative to its folder of checks, in order. */
export function checkFiles(project: Project): readonly string[] {
  if (!existsSync(project.checksFolder)) return [];
  return readdirSync(project.checksFolder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter(isCheckFile)
    .sort(inOrder);
}

function projectFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if ([...CONFIG_FILES, 'checks'].some((name) => existsSync(join(folder, name)))) return folder;
    if (dirname(folder) === folder) return from;
  }
}

async function loadConfig(file: string, folder: string): Promise<Config> {
  const { url } = await bundle(file, folder);
  const { default: config } = await import(url);
  if (config === null || typeof config !== 'object') {
    const fact = 'the configuration has no default export';
    throw new HeddleError('bad-config', fact, stackAt({ file, line: 1, column: 1 }));
  }
  return config;
}
