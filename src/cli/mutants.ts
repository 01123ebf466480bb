/** `heddle mutants`: makes models wrong in every way it knows, and says which checks notice. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bounds } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Project } from '../load/project.ts';
import {
  type KillTable,
  killTableMarkdown,
  renderKillTable,
  totalOf,
} from '../report/kill-table.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { EXIT, type ExitCode, strongest } from './exit.ts';
import { type Family, familiesOf, type Known, know } from './families.ts';
import { codeOf, placeText, tableOf } from './kills.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { searchMutants } from './rounds.ts';
import { openRuns, type Runs, type SharingFlags } from './runs.ts';
import { select } from './select.ts';

export interface MutantFlags extends BoundFlags, SharingFlags {
  readonly all?: boolean;
  /** Ids, or parts of names. */
  readonly only?: readonly string[];
  readonly list?: boolean;
  readonly format?: 'text' | 'markdown' | 'json';
  readonly output?: string;
  readonly quiet?: boolean;
  readonly allowIncomplete?: boolean;
}

/** Searches the mutants of the checks that the patterns mean, and prints a table for each design. */
export async function mutants(
  patterns: readonly string[],
  flags: MutantFlags,
  output: Output,
): Promise<ExitCode> {
  const asked = boundsOf(flags, output.environment);
  const { project, loaded, broken } = await openChecks(output.folder, patterns);
  for (const { mistake } of broken) output.explain(mistake);
  const { chosen } = select(loaded, patterns, { large: flags.all });
  const families = familiesOf(chosen);
  const runs = await openRuns(project, asked, chosen.length, flags, output);
  const tables: KillTable[] = [];
  const codes: ExitCode[] = broken.length === 0 ? [] : [EXIT.invalid];
  try {
    const known = [];
    for (const family of families) known.push(await know(family, asked, flags.only, runs, output));
    refuseNone(known, flags.only);
    for (const one of known) {
      codes.push(...one.codes);
      if (flags.list === true) {
        runs.progress.clear();
        output.print(`${listText(one, project.folder)}\n`);
        continue;
      }
      const found = await searchMutants(one, asked, runs);
      codes.push(...found.codes);
      tables.push(tableOf(one, found, project.folder, flags.only === undefined));
      runs.progress.clear();
      // What is there already is there whatever becomes of the others.
      print(tables, flags, output);
    }
  } finally {
    runs.close();
  }
  return strongest([...codes, ...tables.map((one) => codeOf(one, flags.allowIncomplete === true))]);
}

/** A table for each family, and the exit codes that its searches ask for. */
export async function killTables(
  families: readonly Family[],
  { folder }: Project,
  asked: Bounds,
  runs: Runs,
  output: Output,
): Promise<{ readonly tables: readonly KillTable[]; readonly codes: readonly ExitCode[] }> {
  const tables: KillTable[] = [];
  const codes: ExitCode[] = [];
  for (const family of families) {
    const known = await know(family, asked, undefined, runs, output);
    const found = await searchMutants(known, asked, runs);
    tables.push(tableOf(known, found, folder, true));
    codes.push(...known.codes, ...found.codes);
  }
  return { tables, codes };
}

function refuseNone(known: readonly Known[], wanted: readonly string[] | undefined): void {
  if (wanted === undefined || known.some(({ members }) => members.length > 0)) return;
  if (known.every(({ tried }) => tried.length === 0)) return;
  throw new HeddleError('no-such-mutant', `the models have no mutant '${wanted.join("' or '")}'`);
}

function listText({ name, members }: Known, folder: string): string {
  const rows = members.map(
    ({ mutant }) => `${mutant.id}  ${mutant.name}  ${placeText(mutant, folder)}`,
  );
  return [`${name}: ${members.length} mutants`, ...rows.map((row) => `  ${row}`.trimEnd())].join(
    '\n',
  );
}

/** Prints the last table, or all there are to the file. */
function print(tables: readonly KillTable[], flags: MutantFlags, output: Output): void {
  const { format = 'text', quiet } = flags;
  const paint = flags.output === undefined ? output.paint : undefined;
  const texts = tables.map((one) => {
    if (format === 'json') return JSON.stringify(one, null, 2);
    return format === 'markdown' ? killTableMarkdown(one) : renderKillTable(one, { quiet, paint });
  });
  if (flags.output === undefined) {
    output.print(`${tables.length > 1 ? '\n' : ''}${texts.at(-1)}\n`);
    return;
  }
  writeFileSync(resolve(output.folder, flags.output), `${texts.join('\n\n')}\n`);
  const last = tables.at(-1);
  if (last !== undefined) output.note(totalOf(last));
}
