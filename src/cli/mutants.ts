/** `heddle mutants`: makes models wrong in every way it knows, and says which checks notice. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bounds } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { placeOf, shortPath } from '../load/place.ts';
import type { Project } from '../load/project.ts';
import type { KillTable, MutantRow } from '../report/kill-table.ts';
import { killTableMarkdown, renderKillTable, totalOf } from '../report/kill-table.ts';
import { isCalled } from '../search/mutants/derive.ts';
import type { Fate } from '../search/mutants/fate.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { EXIT, type ExitCode, strongest } from './exit.ts';
import { type Family, familiesOf, type Member } from './families.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { type Found, searchFamily } from './rounds.ts';
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
  const all = loaded.map((one) => ({ ...one, size: one.check.size ?? ('small' as const) }));
  const { chosen } = select(all, patterns, { large: flags.all });
  const families = familiesOf(chosen).map((one) => only(one, flags.only));
  if (flags.list === true) {
    for (const family of families) output.print(`${listText(family, project.folder)}\n`);
    return EXIT.asDeclared;
  }
  refuseNone(families, flags.only);
  const total = families.reduce((sum, { members }) => sum + members.length, 0);
  const runs = await openRuns(project, asked, total, flags, output);
  const isWhole = flags.only === undefined;
  try {
    const { tables, codes } = await killTables(families, project, asked, runs, output, isWhole);
    print(tables, flags, output);
    return strongest([
      ...(broken.length === 0 ? [] : [EXIT.invalid]),
      ...codes,
      ...tables.map((one) => codeOf(one, flags.allowIncomplete === true)),
    ]);
  } finally {
    runs.close();
  }
}

/** A table for each family, and the exit codes that its searches ask for; `isWhole` where no mutant was left out. */
export async function killTables(
  families: readonly Family[],
  { folder }: Project,
  asked: Bounds,
  runs: Runs,
  output: Output,
  isWhole: boolean,
): Promise<{ readonly tables: readonly KillTable[]; readonly codes: readonly ExitCode[] }> {
  const tables: KillTable[] = [];
  const codes: ExitCode[] = [];
  for (const family of families) {
    const found = await searchFamily(family, asked, runs, output);
    tables.push(tableOf(family, found, folder, isWhole));
    codes.push(...found.codes);
  }
  return { tables, codes };
}

/** Those of a family that are asked for. */
function only(family: Family, wanted: readonly string[] | undefined): Family {
  if (wanted === undefined) return family;
  const members = family.members.filter(({ mutant }) =>
    wanted.some((one) => isCalled(mutant, one) || mutant.name.includes(one)),
  );
  return { ...family, members };
}

function refuseNone(families: readonly Family[], wanted: readonly string[] | undefined): void {
  if (wanted === undefined || families.some(({ members }) => members.length > 0)) return;
  throw new HeddleError('no-such-mutant', `the models have no mutant '${wanted.join("' or '")}'`);
}

function listText({ name, members }: Family, folder: string): string {
  const rows = members.map(
    ({ mutant }) => `${mutant.id}  ${mutant.name}  ${placeText(mutant, folder)}`,
  );
  return [`${name}: ${members.length} mutants`, ...rows.map((row) => `  ${row}`.trimEnd())].join(
    '\n',
  );
}

function placeText({ place }: Member['mutant'], folder: string): string {
  const found = place.stack === undefined ? undefined : placeOf(place.stack);
  return found === undefined ? '' : `${shortPath(found.file, folder)}:${found.line}`;
}

function tableOf(
  { name, checks: all, members }: Family,
  { checks, fates }: Found,
  folder: string,
  isWhole: boolean,
): KillTable {
  const equivalent = Object.assign({}, ...all.map(({ check }) => check.equivalent ?? {}));
  const used = new Set<string>();
  const rows = members.map((member): MutantRow => {
    const { id, name: what, kind } = member.mutant;
    const key = [what, id].find((one) => Object.hasOwn(equivalent, one));
    if (key !== undefined) used.add(key);
    const base = { id, what, kind, place: placeText(member.mutant, folder) };
    return {
      ...base,
      ...became(fates.get(id) ?? [], key === undefined ? undefined : equivalent[key]),
    };
  });
  const stale = isWhole ? Object.keys(equivalent).filter((key) => !used.has(key)) : [];
  return {
    schemaVersion: 1,
    check: name,
    checks: checks.map((one) => one.name),
    mutants: rows,
    stale,
  };
}

/** What became of a mutant in all checks that were tried. */
function became(
  fates: readonly { readonly check: LoadedCheck; readonly fate: Fate }[],
  reason: string | undefined,
): Partial<MutantRow> {
  for (const { check, fate } of fates) {
    if (fate.kind !== 'killed') continue;
    const { kind: _, ...kill } = fate;
    return {
      killedBy: { check: check.name, ...kill },
      ...(reason === undefined ? {} : { refuted: true as const, why: reason }),
    };
  }
  for (const { check, fate } of fates)
    if (fate.kind === 'undecided') return { undecided: true, why: `${check.name}: ${fate.bound}` };
  const isBorn = fates.some(({ fate }) => fate.kind === 'survived');
  if (isBorn && reason !== undefined) return { survived: 'equivalent', why: reason };
  if (isBorn) return { survived: 'hole' };
  const [first] = fates;
  if (first?.fate.kind === 'stillborn') return { stillborn: true, why: first.fate.why };
  return { undecided: true, why: 'not searched' };
}

function codeOf({ mutants: rows }: KillTable, allowIncomplete: boolean): ExitCode {
  if (rows.some(({ survived, refuted }) => survived === 'hole' || refuted === true))
    return EXIT.surprise;
  const isUndecided = rows.some(({ undecided }) => undecided === true);
  return isUndecided && !allowIncomplete ? EXIT.incomplete : EXIT.asDeclared;
}

function print(tables: readonly KillTable[], flags: MutantFlags, output: Output): void {
  const { format = 'text', quiet } = flags;
  const toFile = flags.output !== undefined;
  const paint = toFile ? undefined : output.paint;
  const texts = tables.map((one) => {
    if (format === 'json') return JSON.stringify(one, null, 2);
    return format === 'markdown' ? killTableMarkdown(one) : renderKillTable(one, { quiet, paint });
  });
  const text = `${texts.join('\n\n')}\n`;
  if (flags.output === undefined) output.print(text);
  else {
    writeFileSync(resolve(output.folder, flags.output), text);
    for (const one of tables) output.note(totalOf(one));
  }
}
