/** The checks of a project, loaded: each with its name and the bundle it lives in. */
import { join } from 'node:path';
import type { Check } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Mistake } from '../search/verdict.ts';
import { type Bundle, bundle } from './bundle.ts';
import { mistakeOf } from './mistake.ts';
import { checkName, inOrder, keyedName } from './names.ts';
import { stackAt } from './place.ts';
import { checkFiles, type Project } from './project.ts';

export interface LoadedCheck {
  readonly name: string;
  /** What its file is called, below the folder of checks and without the ending. */
  readonly file: string;
  readonly bundle: Bundle;
  /** The key of the default export, where that is an object of several checks. */
  readonly key: string | undefined;
  readonly size: 'small' | 'large';
  readonly check: Check;
}

/** A check file that does not load. */
export interface BrokenFile {
  /** What its single check would be called. */
  readonly name: string;
  readonly file: string;
  readonly mistake: Mistake;
}

export interface Checks {
  readonly loaded: readonly LoadedCheck[];
  readonly broken: readonly BrokenFile[];
}

/**
 * Loads the check files of a project, in order of the names of the checks. Runs users' modules, but no model.
 *
 * @param isWanted which files, by their path below the folder of checks; default all.
 */
export async function loadChecks(
  project: Project,
  isWanted: (path: string) => boolean = () => true,
): Promise<Checks> {
  process.setSourceMapsEnabled(true);
  const loaded = new Map<string, LoadedCheck>();
  const broken: BrokenFile[] = [];
  const paths = checkFiles(project).filter(isWanted);
  const files = await Promise.all(paths.map((path) => loadFile(path, project)));
  for (const [index, result] of files.entries()) {
    if (!Array.isArray(result)) {
      broken.push(result);
      continue;
    }
    for (const check of result) {
      const other = loaded.get(check.name);
      if (other === undefined) loaded.set(check.name, check);
      else broken.push(twice(check, other, paths[index]));
    }
  }
  return {
    loaded: [...loaded.values()].sort((first, second) => inOrder(first.name, second.name)),
    broken,
  };
}

/** The check that a module exports as default, or under a key of it. */
export function checkIn(module: { default?: unknown }, key: string | undefined): Check {
  const exported = module.default as Check | Readonly<Record<string, Check>>;
  return key === undefined ? (exported as Check) : (exported as Record<string, Check>)[key];
}

async function loadFile(path: string, project: Project): Promise<LoadedCheck[] | BrokenFile> {
  const file = join(project.checksFolder, path);
  try {
    const made = await bundle(file, project.folder);
    const { default: exported } = await import(made.url);
    return checksOf(exported, path, made);
  } catch (error) {
    return { name: checkName(path), file, mistake: mistakeOf(error, 'cannot-load') };
  }
}

function checksOf(exported: unknown, path: string, made: Bundle): LoadedCheck[] {
  const file = checkName(path);
  const common = { file, bundle: made };
  if (isCheck(exported)) {
    return [{ ...common, name: file, key: undefined, size: sizeOf(exported), check: exported }];
  }
  const start = stackAt({ file: made.file, line: 1, column: 1 });
  if (exported === undefined || exported === null || typeof exported !== 'object') {
    const fact = 'a check file exports one check(...) as default, or an object of several';
    throw new HeddleError('bad-check', fact, start);
  }
  return Object.entries(exported).map(([key, check]) => {
    if (!isCheck(check)) {
      throw new HeddleError('bad-check', `'${key}' of the default export is no check(...)`, start);
    }
    return { ...common, name: keyedName(path, key), key, size: sizeOf(check), check };
  });
}

/** A check that does not say how large it is, is small. */
function sizeOf({ size }: Check): LoadedCheck['size'] {
  return size ?? 'small';
}

function isCheck(value: unknown): value is Check {
  return (value as Check | undefined)?.kind === 'check';
}

function twice(check: LoadedCheck, other: LoadedCheck, path: string): BrokenFile {
  const fact = `two checks are called '${check.name}': another is in ${other.bundle.file}`;
  const error = new HeddleError('bad-check', fact, check.check.place);
  return { name: checkName(path), file: check.bundle.file, mistake: mistakeOf(error, 'bad-check') };
}
