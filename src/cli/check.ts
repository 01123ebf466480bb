/** `heddle check`: searches checks and says whether each ended as it declares. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Bounds } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { BrokenFile, LoadedCheck } from '../load/checks.ts';
import { inOrder } from '../load/names.ts';
import { shortPath } from '../load/place.ts';
import type { Project } from '../load/project.ts';
import { setLatest } from '../load/traces.ts';
import { reportMarkdown } from '../report/evidence.ts';
import { counted } from '../report/text.ts';
import type { Result, SessionEvent } from '../session/events.ts';
import { newInterrupt } from '../session/interrupt.ts';
import { invalid } from '../session/invalid.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { reportBug } from './bug.ts';
import { type ExitCode, exitCodeOf, strongest } from './exit.ts';
import { jsonReporter } from './json-reporter.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { type ProgressDisplay, showProgress } from './progress.ts';
import type { Reporter } from './reporter.ts';
import { type Named, select } from './select.ts';
import { onSignals } from './signals.ts';
import { textReporter } from './text-reporter.ts';

export interface CheckFlags extends BoundFlags {
  readonly all?: boolean;
  readonly jobs?: number;
  readonly reporter: readonly ('text' | 'json')[];
  readonly output?: string;
  readonly report?: boolean;
  readonly reportDir?: string;
  readonly stable?: boolean;
  readonly allowIncomplete?: boolean;
  readonly wide?: boolean;
  readonly full?: boolean;
  readonly quiet?: boolean;
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
  const { project, loaded, broken } = await openChecks(output.folder);
  const { chosen, leftOut } = choose(candidates(loaded, broken), broken, patterns, flags, output);
  if (leftOut.length > 0 && flags.quiet !== true) {
    output.note(`${counted(leftOut.length, 'large check')} left out; --all runs them too`);
  }
  const sinks = openSinks(flags, output);
  const reporters = sinks.map((write, index) =>
    openReporter(flags.reporter[index], write.print, chosen, patterns.length > 0, flags, output),
  );
  const results = await run(chosen, project, asked, reporters, flags, output);
  for (const reporter of reporters) reporter.finish(results);
  for (const sink of sinks) sink.close();
  keepLatest(project, results);
  if (flags.report === true || flags.reportDir !== undefined)
    writeReport(project, results, flags, output);
  const codes = results.map((result) => exitCodeOf(result, flags.allowIncomplete === true));
  return strongest(codes);
}

function candidates(
  loaded: readonly LoadedCheck[],
  broken: readonly BrokenFile[],
): readonly Candidate[] {
  const all: Candidate[] = loaded.map((one) => {
    return { name: one.name, size: one.check.size ?? 'small', loaded: one };
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
    const files = broken.map(({ file }) => shortPath(file, output.folder));
    if (files.length > 0)
      output.note(`These do not load (heddle list says why): ${files.join(', ')}`);
    throw error;
  }
}

async function run(
  chosen: readonly Candidate[],
  project: Project,
  asked: Bounds,
  reporters: readonly Reporter[],
  flags: CheckFlags,
  output: Output,
): Promise<readonly Result[]> {
  const { runChecks } = await import('../session/queue.ts');
  const progress = showProgress({
    ...output.progress,
    write: (text) => void process.stderr.write(text),
    total: chosen.length,
  });
  const onEvent = (event: SessionEvent) => {
    progress.onEvent(event);
    if (event.type === 'end') {
      progress.clear();
      tellBug(event.result, project, output);
    }
    for (const reporter of reporters) reporter.onEvent(event);
  };
  const interrupt = newInterrupt();
  const stopListening = onSignals(interrupt, (text) => say(text, progress, output));
  const jobs = chosen.flatMap(({ loaded: one }) => {
    if (one === undefined) return [];
    const bounds = { ...project.config.bounds, ...one.check.bounds, ...asked };
    return [{ loaded: one, bounds }];
  });
  const failed = chosen.flatMap((one) =>
    one.loaded === undefined ? [invalidResult(one.broken)] : [],
  );
  for (const result of failed) onEvent({ type: 'end', check: result.check, result });
  try {
    const { folder } = project;
    const options = { folder, interrupt, concurrency: flags.jobs, onEvent };
    const ended = [...failed, ...(await runChecks(jobs, options))];
    return chosen.map(({ name }) => ended.find(({ check }) => check === name) as Result);
  } finally {
    progress.stop();
    stopListening();
  }
}

function say(text: string, progress: ProgressDisplay, output: Output): void {
  progress.clear();
  output.note(text);
}

function invalidResult({ name, mistake }: BrokenFile): Result {
  const end = { kind: 'decided', outcomes: invalid(name, mistake) } as const;
  return { check: name, modelHash: '', end, files: {} };
}

function tellBug({ check, modelHash, end }: Result, project: Project, output: Output): void {
  if (end.kind !== 'bug') return;
  output.explain(reportBug(end.mistake, project.folder, { check, modelHash }));
}

interface Sink {
  readonly print: (text: string) => void;
  readonly close: () => void;
}

/** Where each reporter prints: to stdout, the last one to --output where that is given. */
function openSinks(flags: CheckFlags, output: Output): readonly Sink[] {
  return flags.reporter.map((_name, index) => {
    const isLast = index === flags.reporter.length - 1;
    if (flags.output === undefined || !isLast) {
      return { print: output.print, close: () => undefined };
    }
    const path = resolve(output.folder, flags.output);
    try {
      mkdirSync(dirname(path), { recursive: true });
      const file = openSync(path, 'w');
      return { print: (text) => void writeSync(file, text), close: () => closeSync(file) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new HeddleError('bad-flag', `--output ${flags.output}: ${why}`);
    }
  });
}

function openReporter(
  name: 'text' | 'json',
  write: (text: string) => void,
  chosen: readonly Candidate[],
  named: boolean,
  flags: CheckFlags,
  output: Output,
): Reporter {
  const stable = flags.stable === true;
  const options = { write, stable, checks: chosen.map((one) => one.name) };
  if (name === 'json') return jsonReporter(options);
  const toFile = write !== output.print;
  const isTerminal = output.isTerminal && !toFile;
  const columns = isTerminal ? output.columns : flags.wide === true ? 120 : 80;
  return textReporter({
    ...options,
    named,
    paint: toFile ? (_style, text) => text : output.paint,
    columns,
    tableColumns: isTerminal ? columns : Math.max(columns, 100),
    wide: flags.wide === true,
    full: flags.full === true,
    quiet: flags.quiet === true,
    block: output.block,
  });
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

function writeReport(
  project: Project,
  results: readonly Result[],
  flags: CheckFlags,
  output: Output,
): void {
  const folder =
    flags.reportDir === undefined
      ? join(project.folder, '.heddle', 'report')
      : resolve(output.folder, flags.reportDir);
  const path = join(folder, 'report.md');
  const outcomes = results.flatMap(({ end }) => (end.kind === 'decided' ? [end.outcomes] : []));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, reportMarkdown(outcomes));
  output.note(`report: ${shortPath(path, output.folder)}`);
}
