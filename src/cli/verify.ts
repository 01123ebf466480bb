/** `heddle verify`: whether evidence is true, found out by doing it all again. */
import { resolve } from 'node:path';
import { VERSION } from '../design/version.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { digestOf, type EvidenceFolder, readEvidence, sourcesOf } from '../load/evidence.ts';
import { mistake } from '../load/mistake.ts';
import { shortPath } from '../load/place.ts';
import type { Project } from '../load/project.ts';
import { bundleFiles, type Evidence, evidenceFiles, MANIFEST } from '../report/bundle.ts';
import { differencesOf } from '../report/differences.ts';
import { type CheckRecord, isRepeatable } from '../report/manifest.ts';
import { counted, duration } from '../report/text.ts';
import {
  MODEL_CHANGED,
  type Untrue,
  untrueFiles,
  untrueOf,
  verificationText,
} from '../report/verification.ts';
import type { Result } from '../session/events.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { reportBug } from './bug.ts';
import { EXIT, type ExitCode, strongest } from './exit.ts';
import { secondsOf } from './machine.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { evidenceOf, partsOf, type Retraced, retraced, sourcesNow } from './parts.ts';
import { openRuns, type SharingFlags, type Wanted } from './runs.ts';
import { select } from './select.ts';
import { maskedCells, untrueKills, untrueMatrices } from './verify-tables.ts';

export interface VerifyFlags extends BoundFlags, SharingFlags {
  /** Repeats no search. */
  readonly quick?: boolean;
  /** Repeats those of small checks. */
  readonly small?: boolean;
  /** Prints all differences. */
  readonly full?: boolean;
  readonly allowIncomplete?: boolean;
}

/** A check of the evidence with what was found out about it. */
export interface Subject {
  readonly record: CheckRecord;
  readonly loaded: LoadedCheck;
  readonly retraced: Retraced;
  /** How it is searched again; absent where it is not. */
  readonly wanted?: Wanted;
}

/** Replays what evidence has of schedules, repeats its searches, and says what is not as it says. */
export async function verify(
  given: string,
  patterns: readonly string[],
  flags: VerifyFlags,
  output: Output,
): Promise<ExitCode> {
  const evidence = await readEvidence(resolve(output.folder, given));
  const shown = shortPath(evidence.folder, output.folder);
  const named = evidence.manifest.checks.map((record) => ({ ...record, name: record.check }));
  const records = select(named, patterns, { large: true }).chosen.map(({ name: _, ...one }) => one);
  const { project, subjects, lost } = await open(records, flags, output);
  const repeated = subjects.filter(({ wanted }) => wanted !== undefined);
  foretell(evidence, repeated, flags, output);
  const runs = await openRuns(project, {}, repeated.length, flags, output);
  try {
    const results = await runs.run(repeated.map(({ wanted }) => wanted as Wanted));
    const ended = results.map((result) => codeOf(result, project, output));
    if (ended.includes(EXIT.interrupted) || ended.includes(EXIT.bug)) return strongest(ended);
    const now = subjects.map((one) => evidenceNow(one, results));
    const matrices = await untrueMatrices(evidence, now, repeated, results, runs);
    const kills = await untrueKills(evidence, subjects, flags, project, runs, output);
    if (kills.codes.length > 0) return strongest(kills.codes);
    const found = [
      ...subjects.flatMap((one) => changedModel(evidence, one, project)),
      ...subjects.flatMap((one, at) => untrueRecord(one, now[at] as Evidence)),
      ...matrices,
      ...kills.found,
    ];
    const isWhole = subjects.length === evidence.manifest.checks.length;
    const files = compareFiles(evidence, subjects, now, found, isWhole, project);
    const stopped = now.filter(({ record }) => !isRepeatable(record));
    const summary = {
      ...{ folder: shown, checks: records.length, searched: repeated.length },
      replayed: subjects.reduce((sum, { record }) => sum + record.schedules.length, 0),
      files: evidence.files.size,
      found: [...found, ...files.found],
      notes: [...files.notes, ...kills.notes, ...notesOn(evidence, subjects, stopped)],
    };
    output.print(`${verificationText(summary, { full: flags.full, paint: output.paint })}\n`);
    const isOpen = stopped.length > 0 && flags.allowIncomplete !== true;
    return strongest([
      lost ? EXIT.invalid : EXIT.asDeclared,
      summary.found.length > 0 ? EXIT.surprise : EXIT.asDeclared,
      isOpen ? EXIT.incomplete : EXIT.asDeclared,
    ]);
  } finally {
    runs.close();
  }
}

/** The checks that the records are of, replayed; those that are not there any more are explained. */
async function open(
  records: readonly CheckRecord[],
  flags: VerifyFlags,
  output: Output,
): Promise<{ project: Project; subjects: readonly Subject[]; lost: boolean }> {
  const asked = boundsOf(flags, output.environment);
  const names = records.map(({ check }) => check);
  const { project, loaded, broken } = await openChecks(output.folder, names);
  let lost = false;
  const subjects = records.flatMap((record): Subject[] => {
    const found = loaded.find(({ name }) => name === record.check);
    if (found === undefined) {
      lost = true;
      const file = broken.find(({ name }) => name === record.check);
      const fact = `${record.check} of the evidence is no check of this project`;
      const next = 'verify evidence in the folder of the project that it is of';
      output.explain(file?.mistake ?? mistake('unknown-name', fact, { next }));
      return [];
    }
    const isSpared = flags.quick === true || (flags.small === true && record.size === 'large');
    const { order, store, reduce, bounds } = record.options;
    const { timeLimitMs, memoryLimitBytes } = asked;
    const limits = { ...bounds, timeLimitMs, memoryLimitBytes };
    const subject = { record, loaded: found, retraced: retraced(record, found) };
    if (isSpared || !isRepeatable(record)) return [subject];
    return [{ ...subject, wanted: { loaded: found, order, store, reduce, exactly: limits } }];
  });
  return { project, subjects, lost };
}

/** How long it took when the evidence was made: whoever waits wants to know. */
function foretell(
  { folder }: EvidenceFolder,
  repeated: readonly Subject[],
  { quick }: VerifyFlags,
  output: Output,
): void {
  if (quick === true || repeated.length === 0) return;
  const seconds = secondsOf(
    folder,
    repeated.map(({ record }) => record.check),
  );
  const took = seconds === undefined ? '' : `, ${duration(seconds)} when it was made`;
  output.note(`${counted(repeated.length, 'search')} to repeat${took}`);
}

function codeOf({ check, modelHash, end }: Result, project: Project, output: Output): ExitCode {
  if (end.kind === 'not_started') return EXIT.interrupted;
  if (end.kind === 'decided')
    return end.outcomes.verdict.stopped?.bound === 'interrupt' ? EXIT.interrupted : EXIT.asDeclared;
  output.explain(reportBug(end.mistake, project.folder, { check, modelHash }));
  return EXIT.bug;
}

/** What comes out now: of a search, or of replaying its schedules. */
function evidenceNow(
  { record, retraced: { evidence }, wanted }: Subject,
  results: readonly Result[],
): Evidence {
  const end = results.find(({ check }) => check === record.check)?.end;
  if (wanted === undefined || end?.kind !== 'decided') return evidence;
  return evidenceOf(wanted, record.options.bounds, end.outcomes);
}

function changedModel(
  { manifest: { sources } }: EvidenceFolder,
  { record, loaded: { bundle } }: Subject,
  { folder }: Project,
): Untrue[] {
  if (record.modelHash === bundle.hash) return [];
  const now = sourcesOf(folder, bundle.inputs);
  const changed = Object.keys(now).filter((path) => now[path] !== sources[path]);
  const which = changed.length === 0 ? '' : ` (${changed.join(', ')})`;
  return [{ check: record.check, what: MODEL_CHANGED + which }];
}

function untrueRecord({ record, retraced: { misfits } }: Subject, now: Evidence): Untrue[] {
  const schedules = misfits.map(({ property, schedule, why }) => ({
    check: record.check,
    // What is enabled instead belongs to whoever replays it.
    what: `${property}: the schedule ${schedule} does not show it: ${why.split('; enabled are:')[0]}`,
  }));
  // A search that was stopped elsewhere says nothing about where it was stopped before.
  if (!isRepeatable(now.record)) return schedules;
  const found = differencesOf(record, now.record)
    .filter(({ path }) => path[0] !== 'modelHash')
    .map((one) => untrueOf(record.check, one));
  return [...found, ...schedules];
}

/** The files of checks of which everything else is true; where nothing is untrue, those about all of them too. */
function compareFiles(
  { manifest, files }: EvidenceFolder,
  subjects: readonly Subject[],
  now: readonly Evidence[],
  found: readonly Untrue[],
  isWhole: boolean,
  project: Project,
): { readonly found: readonly Untrue[]; readonly notes: readonly string[] } {
  const { form, matrices = {}, killTables = [] } = manifest;
  const fine = now.filter(({ record }) => found.every(({ check }) => check !== record.check));
  const isFine = isWhole && found.length === 0;
  const own = new Map(fine.flatMap((one) => [...evidenceFiles(one, form)]));
  const loaded = subjects.map((one) => one.loaded);
  // What was written by another version is held against what that version wrote.
  const { sources, tool } = manifest;
  const whole = () => {
    const parts = partsOf(project, loaded, now, matrices, killTables, form);
    return bundleFiles({ ...parts, sources, tool }, digestOf);
  };
  const made = isFine ? whole() : own;
  const untrue = untrueFiles(manifest, files, made, (path) => isFine || own.has(path), digestOf);
  const touched = found.length === 0 ? touchedNote(sourcesNow(project, loaded), sources) : [];
  if (tool === `heddle ${VERSION}`) return { found: untrue, notes: touched };
  // Another version may draw the same schedules otherwise; what is as it was written is as it was meant.
  const isAsMade = (path: string) =>
    path === MANIFEST || digestOf(files.get(path) ?? '') === manifest.files[path];
  const drawn = untrue.filter(({ what }) =>
    [...made.keys()].some((path) => what.startsWith(`${path}, line`) && isAsMade(path)),
  );
  return {
    found: untrue.filter((one) => !drawn.includes(one)),
    notes: [
      ...touched,
      `made by ${tool}; this is heddle ${VERSION}`,
      ...(drawn.length === 0
        ? []
        : [`${counted(drawn.length, 'file')} would be written otherwise now`]),
    ],
  };
}

/** Files that are not as they were, though every model made of them is. */
function touchedNote(
  now: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): readonly string[] {
  const paths = Object.keys(now).filter((path) => now[path] !== before[path]);
  if (paths.length === 0) return [];
  return [`changed in comments or layout only: ${paths.join(', ')}`];
}

/** What was not looked at. */
function notesOn(
  evidence: EvidenceFolder,
  subjects: readonly Subject[],
  stopped: readonly Evidence[],
): readonly string[] {
  const spared = subjects.filter(
    ({ wanted, record }) => wanted === undefined && isRepeatable(record),
  );
  const names = stopped.map(({ record }) => record.check).join(', ');
  const others = evidence.manifest.checks.length - subjects.length;
  return [
    ...(spared.length === 0
      ? []
      : [
          `${counted(spared.length, 'check')} replayed only: states, coverage and what holds are not confirmed`,
        ]),
    ...recordedNote(evidence, subjects),
    ...(names === '' ? [] : [`ended by time or memory, which nobody can repeat: ${names}`]),
    ...(others === 0 ? [] : [`${counted(others, 'other check')} of it not looked at`]),
  ];
}

/** What only searches say, and is believed where they are not repeated. */
function recordedNote({ manifest }: EvidenceFolder, subjects: readonly Subject[]): string[] {
  const believed = subjects.filter(({ wanted }) => wanted === undefined);
  const explanations = believed
    .flatMap(({ record }) => record.schedules)
    .filter(({ explanation }) => explanation !== undefined);
  const masked = maskedCells(manifest, new Set(believed.map(({ record }) => record.check)));
  const parts = [
    ...(explanations.length === 0 ? [] : [counted(explanations.length, 'explanation')]),
    ...(masked === 0 ? [] : [`${counted(masked, 'masked cell')} of matrices`]),
  ];
  return parts.length === 0 ? [] : [`taken as recorded, not confirmed: ${parts.join(', ')}`];
}
