/** `heddle matrix`: designs against properties, every cell computed by the checks of one folder. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LoadedCheck } from '../load/checks.ts';
import type { Project } from '../load/project.ts';
import { type Matrix, matrixMarkdown, matrixOf, renderMatrix } from '../report/matrix.ts';
import type { Result } from '../session/events.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { type ExitCode, exitCodeOf, strongest } from './exit.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { type ReduceFlags, reduceOf } from './reductions.ts';
import { openRuns, type Runs, type SharingFlags, type Wanted } from './runs.ts';
import { select, unknownName } from './select.ts';
import { unmask } from './unmask.ts';

export interface MatrixFlags extends BoundFlags, ReduceFlags, SharingFlags {
  readonly all?: boolean;
  readonly format?: 'text' | 'markdown' | 'json';
  readonly output?: string;
}

/** Runs the checks right below a folder and prints what they say of each design. */
export async function matrix(
  folder: string,
  flags: MatrixFlags,
  output: Output,
): Promise<ExitCode> {
  const asked = boundsOf(flags, output.environment);
  const reduce = reduceOf(flags);
  const { project, loaded } = await openChecks(output.folder, [folder]);
  const below = loaded.filter(({ name }) => folderOf(name) === folder.replace(/\/+$/, ''));
  if (below.length === 0)
    throw unknownName(
      folder,
      loaded.map(({ name }) => name),
    );
  const { chosen } = select(below, [], { large: flags.all });
  const { run, close } = await openRuns(project, asked, chosen.length, flags, output);
  try {
    const jobs = chosen.map((one) => ({ loaded: one, reduce }));
    const results = await run(jobs);
    print(matrixOf(await unmask(jobs, results, run)), flags, output);
    return strongest(results.map((result) => exitCodeOf(result, false)));
  } finally {
    close();
  }
}

/**
 * After a run of checks: the matrix of each folder in which some check names its design. Only masked cells are searched again.
 */
export async function matricesAfter(
  loaded: readonly LoadedCheck[],
  results: readonly Result[],
  project: Project,
  flags: MatrixFlags,
  output: Output,
): Promise<void> {
  const reduce = reduceOf(flags);
  const jobs = loaded.map((one) => ({ loaded: one, reduce }));
  const asked = boundsOf(flags, output.environment);
  const { run, close } = await openRuns(project, asked, jobs.length, flags, output);
  try {
    for (const [folder, found] of await matricesOf(jobs, results, run))
      process.stdout.write(`\n${folder}: designs and properties\n\n${renderMatrix(found)}\n`);
  } finally {
    close();
  }
}

/** The matrix of each folder in which some check names its design, from what its checks said; masked cells are searched again. */
export async function matricesOf(
  all: readonly Wanted[],
  results: readonly Result[],
  run: Runs['run'],
): Promise<ReadonlyMap<string, Matrix>> {
  const named = all.filter(({ loaded }) => loaded.check.design !== undefined);
  const folders = [...new Set(named.map(({ loaded }) => folderOf(loaded.name)))];
  const jobs = all.filter(({ loaded }) => folders.includes(folderOf(loaded.name)));
  const own = jobs.map(({ loaded: { name } }) => results.find(({ check }) => check === name));
  const rows = jobs.length === 0 ? [] : await unmask(jobs, own, run);
  const below = (folder: string) =>
    rows.filter(({ verdict }) => folderOf(verdict.check) === folder);
  return new Map(folders.map((folder) => [folder, matrixOf(below(folder))]));
}

/** The folder of a check; empty for one right below the folder of checks. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

function print(found: Matrix, flags: MatrixFlags, output: Output): void {
  const text =
    flags.format === 'json'
      ? JSON.stringify(found, null, 2)
      : flags.format === 'markdown'
        ? matrixMarkdown(found)
        : renderMatrix(found);
  if (flags.output === undefined) process.stdout.write(`${text}\n`);
  else writeFileSync(resolve(output.folder, flags.output), `${text}\n`);
}
