/** `heddle evidence`: verdicts as a folder that goes with a design to its review, and that anybody can check again. */
import { resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import { VERSION } from '../design/version.ts';
import type { LoadedCheck } from '../load/checks.ts';
import {
  digestOf,
  type EvidenceFolder,
  mayHoldEvidence,
  readEvidence,
  writeEvidence,
} from '../load/evidence.ts';
import { shortPath } from '../load/place.ts';
import type { Project } from '../load/project.ts';
import { bundleFiles, type Evidence } from '../report/bundle.ts';
import { type KillTable, withoutPlaces } from '../report/kill-table.ts';
import { isRepeatable, type MatrixRecord, matrixRecordOf, verdictOf } from '../report/manifest.ts';
import { verdictTable } from '../report/table.ts';
import { counted } from '../report/text.ts';
import type { Result } from '../session/events.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { reportBug } from './bug.ts';
import { EXIT, type ExitCode, exitCodeOf, strongest } from './exit.ts';
import { type Family, familiesOf } from './families.ts';
import { machineText } from './machine.ts';
import { folderOf, matricesOf } from './matrix.ts';
import { killTables } from './mutants.ts';
import { openChecks } from './open.ts';
import { type OrderFlags, orderOf } from './orders.ts';
import type { Output } from './output.ts';
import { evidenceOf, partsOf, retraced } from './parts.ts';
import { type ReduceFlags, reduceOf } from './reductions.ts';
import { boundsFor, openRuns, type Runs, type SharingFlags, type Wanted } from './runs.ts';
import { select } from './select.ts';
import { type StoreFlags, storeOf } from './stores.ts';

export interface EvidenceFlags
  extends BoundFlags,
    OrderFlags,
    ReduceFlags,
    StoreFlags,
    SharingFlags {
  readonly all?: boolean;
  /** The folder that it is written to. */
  readonly output: string;
  /** Without the trace files, the diagrams as files of their own, and the page. */
  readonly text?: boolean;
  /** With the mutants of the models: of all checks, or of those that these names and globs mean. */
  readonly mutants?: true | readonly string[];
  /** Searches only what has changed since the evidence in the folder was made. */
  readonly changed?: boolean;
  readonly allowIncomplete?: boolean;
}

/** Of the search for each mutant; time is none of them, for the same table is to come out again. */
export const MUTANT_BOUNDS = { timeLimitMs: Number.MAX_SAFE_INTEGER } as const;

/** A check of the evidence: how it is searched, and what is known of it already. */
interface Subject {
  readonly wanted: Wanted;
  readonly kept?: Evidence;
}

/** Searches the checks that the patterns mean and writes what they found to a folder. */
export async function evidence(
  patterns: readonly string[],
  flags: EvidenceFlags,
  output: Output,
): Promise<ExitCode> {
  const folder = folderFor(flags.output, output);
  const asked = boundsOf(flags, output.environment);
  const { project, loaded, broken } = await openChecks(output.folder, patterns);
  const unloaded = broken.map(({ name, mistake }) => ({ name, size: 'small' as const, mistake }));
  const { chosen, leftOut } = select([...loaded, ...unloaded], patterns, { large: flags.all });
  for (const one of chosen) if ('mistake' in one) output.explain(one.mistake);
  const whole = chosen.flatMap((one) => ('check' in one ? [one] : []));
  if (whole.length < chosen.length) return nothing(EXIT.invalid, output);
  if (leftOut.length > 0)
    output.note(`${counted(leftOut.length, 'large check')} left out; --all takes them too`);
  const how = {
    order: orderOf(flags),
    store: storeOf(flags),
    reduce: reduceOf({ evidence: '', ...flags }),
  };
  const before = flags.changed === true ? await earlier(folder) : undefined;
  const subjects = whole.map((one): Subject => {
    const wanted = { loaded: one, ...how, exactly: boundsFor(project, one, asked) };
    return keptOr(wanted, before);
  });
  const open = subjects.filter(({ kept }) => kept === undefined);
  const runs = await openRuns(project, asked, open.length, flags, output);
  try {
    const found = await runs.run(open.map(({ wanted }) => wanted));
    const results = subjects.map(
      ({ wanted, kept }) =>
        found.find(({ check }) => check === wanted.loaded.name) ?? resultOf(kept as Evidence),
    );
    return await write(folder, subjects, results, before, project, runs, flags, output);
  } finally {
    runs.close();
  }
}

/** Evidence from checks that were run for another reason. */
export async function evidenceAfter(
  all: readonly Wanted[],
  results: readonly Result[],
  project: Project,
  flags: EvidenceFlags,
  output: Output,
): Promise<void> {
  const folder = folderFor(flags.output, output);
  const asked = boundsOf(flags, output.environment);
  const subjects = all.map((wanted) => ({
    wanted: { ...wanted, exactly: boundsFor(project, wanted.loaded, asked) },
  }));
  const runs = await openRuns(project, asked, all.length, flags, output);
  const own = all.map(({ loaded }) => results.find(({ check }) => check === loaded.name) as Result);
  const quiet = { ...output, print: () => undefined };
  try {
    await write(folder, subjects, own, undefined, project, runs, flags, quiet);
  } finally {
    runs.close();
  }
}

/** @throws HeddleError `bad-evidence` where the folder holds something else. */
function folderFor(given: string, output: Output): string {
  const folder = resolve(output.folder, given);
  if (mayHoldEvidence(folder)) return folder;
  const shown = shortPath(folder, output.folder);
  throw new HeddleError('bad-evidence', `${shown} holds other files, and no evidence to renew`);
}

function earlier(folder: string): Promise<EvidenceFolder | undefined> {
  return readEvidence(folder).catch(() => undefined);
}

/** What is known of a check already: it is searched again as soon as anything about it may have changed. */
function keptOr(wanted: Wanted, before: EvidenceFolder | undefined): Subject {
  const { loaded, exactly = {} } = wanted;
  const record = before?.manifest.checks.find(({ check }) => check === loaded.name);
  if (record === undefined || before?.manifest.tool !== `heddle ${VERSION}`) return { wanted };
  const outcomes = { verdict: verdictOf(record), traces: [] };
  const { options, modelHash } = evidenceOf(wanted, exactly, outcomes).record;
  const isSame =
    modelHash === record.modelHash && JSON.stringify(options) === JSON.stringify(record.options);
  if (!isSame || !isRepeatable(record)) return { wanted };
  const { evidence: kept, misfits } = retraced(record, loaded);
  return misfits.length > 0 ? { wanted } : { wanted, kept };
}

function resultOf({ record, traces }: Evidence): Result {
  const outcomes = { verdict: verdictOf(record), traces };
  const { check, modelHash } = record;
  return { check, modelHash, end: { kind: 'decided', outcomes }, files: {} };
}

async function write(
  folder: string,
  subjects: readonly Subject[],
  results: readonly Result[],
  before: EvidenceFolder | undefined,
  project: Project,
  runs: Runs,
  flags: EvidenceFlags,
  output: Output,
): Promise<ExitCode> {
  const codes = results.map((result) => exitCodeOf(result, flags.allowIncomplete === true));
  for (const { check, modelHash, end } of results)
    if (end.kind === 'bug')
      output.explain(reportBug(end.mistake, project.folder, { check, modelHash }));
  const code = strongest(codes);
  if (code === EXIT.bug || code === EXIT.interrupted) return nothing(code, output);
  const checks = subjects.map(({ wanted, kept }, at) => {
    const { end } = results[at] as Result;
    if (kept !== undefined || end.kind !== 'decided') return kept as Evidence;
    return evidenceOf(wanted, wanted.exactly ?? {}, end.outcomes);
  });
  const matrices = await matricesFor(subjects, results, before, runs);
  const loaded = subjects.map(({ wanted }) => wanted.loaded);
  const tables = await tablesFor(subjects, before, project, runs, flags, output);
  if (tables === undefined) return nothing(EXIT.interrupted, output);
  const form = flags.text === true ? 'text' : 'whole';
  const files = bundleFiles(partsOf(project, loaded, checks, matrices, tables, form), digestOf);
  const searched = results.flatMap(({ end }, at) =>
    end.kind === 'decided' && subjects[at]?.kept === undefined ? [end.outcomes.verdict] : [],
  );
  const kept = subjects.flatMap((one) => (one.kept === undefined ? [] : [one.wanted.loaded.name]));
  writeEvidence(folder, files, machineText(searched, folder, kept));
  tell(folder, checks, files, kept, output);
  return code;
}

/** The matrices of the folders whose checks name a design; one of which nothing has changed stays. */
async function matricesFor(
  subjects: readonly Subject[],
  results: readonly Result[],
  before: EvidenceFolder | undefined,
  { run }: Runs,
): Promise<Readonly<Record<string, MatrixRecord>>> {
  const known = before?.manifest.matrices ?? {};
  const changed = subjects.filter(({ kept }) => kept === undefined);
  const isOpen = ({ wanted: { loaded } }: Subject): boolean => {
    const folder = folderOf(loaded.name);
    const isSame = changed.every(({ wanted }) => folderOf(wanted.loaded.name) !== folder);
    return !isSame || known[folder] === undefined;
  };
  const open = subjects.filter(isOpen).map(({ wanted }) => wanted);
  const found = await matricesOf(open, results, run);
  const stays = subjects.filter((one) => !isOpen(one)).map(({ wanted }) => wanted.loaded.name);
  const all = [
    ...stays.map((name) => [folderOf(name), known[folderOf(name)] as MatrixRecord] as const),
    ...[...found].map(([folder, matrix]) => [folder, matrixRecordOf(matrix)] as const),
  ];
  return Object.fromEntries(all.sort(([first], [second]) => (first < second ? -1 : 1)));
}

/**
 * The tables of mutants that are asked for, and those of designs of which nothing has changed. Undefined where a hand ended their
 * searches.
 */
async function tablesFor(
  subjects: readonly Subject[],
  before: EvidenceFolder | undefined,
  project: Project,
  runs: Runs,
  flags: EvidenceFlags,
  output: Output,
): Promise<readonly KillTable[] | undefined> {
  const isKept = (name: string) =>
    subjects.some(({ wanted, kept }) => kept !== undefined && wanted.loaded.name === name);
  const known = (before?.manifest.killTables ?? []).filter(({ checks }) => checks.every(isKept));
  if (flags.mutants === undefined) return known;
  const families = familiesOf(mutantsFrom(subjects, flags.mutants));
  const isKnown = ({ name, checks }: Family) =>
    known.some((one) => one.check === name && isSameSet(one.checks, checks));
  const stay = known.filter(({ check }) =>
    families.some((one) => one.name === check && isKnown(one)),
  );
  const open = families.filter((one) => !isKnown(one));
  const { tables, codes } = await killTables(open, project, MUTANT_BOUNDS, runs, output);
  if (codes.includes(EXIT.interrupted)) return undefined;
  const all = [...stay, ...tables.map(withoutPlaces)].filter(({ mutants }) => mutants.length > 0);
  return all.sort((first, second) => (first.check < second.check ? -1 : 1));
}

/** The checks whose mutants are asked for. */
function mutantsFrom(
  subjects: readonly Subject[],
  wanted: true | readonly string[],
): readonly LoadedCheck[] {
  const all = subjects.map(({ wanted: { loaded } }) => loaded);
  if (wanted === true) return all;
  return select(all, wanted, { large: true }).chosen;
}

function isSameSet(names: readonly string[], checks: readonly LoadedCheck[]): boolean {
  return names.length === checks.length && checks.every(({ name }) => names.includes(name));
}

function tell(
  folder: string,
  checks: readonly Evidence[],
  files: ReadonlyMap<string, string>,
  kept: readonly LoadedCheck['name'][],
  output: Output,
): void {
  const verdicts = checks.map(({ record }) => verdictOf(record));
  const width = Math.max(72, output.columns);
  output.print(`${verdictTable(verdicts, { width, stable: true, paint: output.paint })}\n`);
  if (kept.length > 0) output.print(`${counted(kept.length, 'check')} unchanged, not searched\n`);
  const loose = checks
    .filter(({ record }) => !isRepeatable(record))
    .map(({ record }) => record.check);
  if (loose.length > 0)
    output.note(`nobody can repeat what time or memory has ended: ${loose.join(', ')}`);
  const shown = shortPath(folder, output.folder);
  output.note(`evidence: ${shown} (${counted(files.size + 1, 'file')}); README.md comes first`);
  output.note(`next: npx heddle verify ${shown}`);
}

function nothing(code: ExitCode, output: Output): ExitCode {
  output.note('no evidence was written');
  return code;
}
