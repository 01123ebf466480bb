/** `heddle check`: searches checks and says whether each ended as it declares. */
import type { Bounds } from '../design/check.ts';
import type { BrokenFile, LoadedCheck } from '../load/checks.ts';
import { inOrder } from '../load/names.ts';
import { shortPath } from '../load/place.ts';
import type { Project } from '../load/project.ts';
import { setLatest } from '../load/traces.ts';
import { saveVerdict } from '../load/verdicts.ts';
import { counted } from '../report/text.ts';
import type { Result, SessionEvent } from '../session/events.ts';
import { invalid } from '../session/invalid.ts';
import { Threads } from '../session/threads.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { reportBug } from './bug.ts';
import {
  type CheckpointFlags,
  checkpointsFor,
  noteCheckpoint,
  noteResumable,
} from './checkpoints.ts';
import { evidenceAfter } from './evidence.ts';
import { type ExitCode, exitCodeOf, strongest } from './exit.ts';
import { matricesAfter } from './matrix.ts';
import { openChecks } from './open.ts';
import { openReporters, type ReporterFlags } from './open-reporters.ts';
import { type OrderFlags, orderOf } from './orders.ts';
import type { Output } from './output.ts';
import { type ReduceFlags, reduceOf } from './reductions.ts';
import type { Reporter } from './reporter.ts';
import { writeReport } from './reports.ts';
import { openRuns, type SharingFlags, type Wanted } from './runs.ts';
import { type Named, select } from './select.ts';
import { type StoreFlags, storeOf } from './stores.ts';
import { storiesAmong } from './stories.ts';

export interface CheckFlags
  extends BoundFlags,
    CheckpointFlags,
    OrderFlags,
    ReduceFlags,
    StoreFlags,
    ReporterFlags,
    SharingFlags {
  readonly all?: boolean;
  readonly report?: boolean;
  readonly matrix?: boolean;
  readonly reportDir?: string;
  readonly allowIncomplete?: boolean;
}

type Candidate = Named &
  ({ readonly loaded: LoadedCheck } | { readonly loaded: undefined; readonly broken: BrokenFile });

/** Runs the checks that the patterns mean and prints what they found. */
export async function check(
  patterns: readonly string[],
  flags: CheckFlags,
  output: Output,
): Promise<ExitCode> {
  const asked = boundsOf(flags, output.environment);
  const threads = new Threads();
  threads.startAhead();
  try {
    return await checkWith(threads, asked, patterns, flags, output);
  } finally {
    threads.close();
  }
}

async function checkWith(
  threads: Threads,
  asked: Bounds,
  patterns: readonly string[],
  flags: CheckFlags,
  output: Output,
): Promise<ExitCode> {
  const { project, loaded, broken } = await openChecks(output.folder, patterns);
  const { chosen, leftOut } = choose(candidates(loaded, broken), broken, patterns, flags, output);
  if (flags.quiet !== true) noteLeftOut(leftOut.length, chosen, broken, output);
  const loadedOnes = chosen.flatMap((one) => (one.loaded === undefined ? [] : [one.loaded]));
  const { reporters, close } = await openReporters(flags, output, {
    checks: chosen.map(({ name }) => name),
    loaded: loadedOnes,
    named: patterns.length > 0,
    stories: storiesAmong(loadedOnes),
  });
  const results = await run(chosen, project, asked, threads, reporters, flags, output);
  for (const reporter of reporters) reporter.finish(results);
  close();
  noteResumable(results, flags, output);
  keepLatest(project, results);
  keepVerdicts(project, results);
  if (flags.report === true || flags.reportDir !== undefined)
    writeReport(project, results, loadedOnes, flags.reportDir, output);
  if (flags.evidence !== undefined) {
    const own = results.filter(({ check }) => loadedOnes.some(({ name }) => name === check));
    const to = { ...flags, output: flags.evidence };
    await evidenceAfter(wantedOf(loadedOnes, flags), own, project, to, output);
  }
  if (flags.matrix === true) await matricesAfter(loadedOnes, results, project, flags, output);
  const codes = results.map((result) => exitCodeOf(result, flags.allowIncomplete === true));
  return strongest(codes);
}

function candidates(
  loaded: readonly LoadedCheck[],
  broken: readonly BrokenFile[],
): readonly Candidate[] {
  const all: Candidate[] = loaded.map((one) => {
    const { name, file, size } = one;
    return { name, file, size, loaded: one };
  });
  for (const one of broken)
    all.push({ name: one.name, size: 'small', loaded: undefined, broken: one });
  return all.sort((first, second) => inOrder(first.name, second.name));
}

function choose(
  all: readonly Candidate[],
  broken: readonly BrokenFile[],
  patterns: readonly string[],
  flags: CheckFlags,
  output: Output,
) {
  try {
    return select(all, patterns, { large: flags.all });
  } catch (error) {
    // The name may be one that a file would declare if it loaded.
    noteBroken(broken, output);
    throw error;
  }
}

/** What a reader might have expected to run, and does not. */
function noteLeftOut(
  large: number,
  chosen: readonly Candidate[],
  broken: readonly BrokenFile[],
  output: Output,
): void {
  if (large > 0) output.note(`${counted(large, 'large check')} left out; --all runs them too`);
  const others = broken.filter(({ name }) => !chosen.some((one) => one.name === name));
  noteBroken(others, output);
}

function noteBroken(broken: readonly BrokenFile[], output: Output): void {
  if (broken.length === 0) return;
  const files = broken.map(({ file }) => shortPath(file, output.folder)).join(', ');
  output.note(`not loaded (npx heddle list says why): ${files}`);
}

async function run(
  chosen: readonly Candidate[],
  project: Project,
  asked: Bounds,
  threads: Threads,
  reporters: readonly Reporter[],
  flags: CheckFlags,
  output: Output,
): Promise<readonly Result[]> {
  const names = chosen.map(({ name }) => name);
  const checkpoints = checkpointsFor(flags, project, names, output);
  const {
    progress,
    run: runAll,
    close,
  } = await openRuns(project, asked, chosen.length, flags, output, threads, checkpoints);
  const onEvent = (event: SessionEvent) => {
    progress.onEvent(event);
    if (event.type !== 'progress') progress.clear();
    if (event.type === 'end') tellBug(event.result, project, output);
    else noteCheckpoint(event, output);
    for (const reporter of reporters) reporter.onEvent(event);
  };
  const failed = chosen.flatMap((one) =>
    one.loaded === undefined ? [invalidResult(one.broken)] : [],
  );
  for (const result of failed) onEvent({ type: 'end', check: result.check, result });
  const loaded = chosen.flatMap((one) => (one.loaded === undefined ? [] : [one.loaded]));
  try {
    const ended = [...failed, ...(await runAll(wantedOf(loaded, flags), onEvent))];
    return chosen.map(({ name }) => ended.find(({ check }) => check === name) as Result);
  } finally {
    close();
  }
}

function wantedOf(all: readonly LoadedCheck[], flags: CheckFlags): readonly Wanted[] {
  const how = { order: orderOf(flags), store: storeOf(flags), reduce: reduceOf(flags) };
  return all.map((loaded) => ({ loaded, ...how }));
}

function invalidResult({ name, mistake }: BrokenFile): Result {
  const end = { kind: 'decided', outcomes: invalid(name, mistake) } as const;
  return { check: name, modelHash: '', end, files: {} };
}

function tellBug({ check, modelHash, end }: Result, project: Project, output: Output): void {
  if (end.kind !== 'bug') return;
  output.explain(reportBug(end.mistake, project.folder, { check, modelHash }));
}

/** What `replay` opens without an argument: the first surprise of the run, or the first violation of any kind. */
function keepLatest(project: Project, results: readonly Result[]): void {
  const found = results.flatMap(({ end, files }) => {
    if (end.kind !== 'decided') return [];
    return end.outcomes.verdict.properties.flatMap((property) => {
      const file = files[property.name];
      return file === undefined ? [] : [{ file, isSurprise: !property.ok }];
    });
  });
  const latest = found.find(({ isSurprise }) => isSurprise) ?? found[0];
  if (latest !== undefined) setLatest(project.folder, latest.file);
}

/** For reports that need not search again. */
function keepVerdicts(project: Project, results: readonly Result[]): void {
  for (const { modelHash, end } of results)
    if (end.kind === 'decided') saveVerdict(project.folder, modelHash, end.outcomes);
}
