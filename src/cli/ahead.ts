/** What can follow a schedule, for scripts and mails: `replay --moves`, `--search` and `--save`. */
import { resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { shortPath } from '../load/place.ts';
import { openProject } from '../load/project.ts';
import { writeTrace } from '../load/traces.ts';
import type { Trace } from '../replay/trace.ts';
import { renderAhead, violationsAhead } from '../report/ahead.ts';
import { renderAlternatives } from '../report/alternatives.ts';
import { renderTrace } from '../report/diagram.ts';
import { traceOf } from '../report/summary.ts';
import { counted } from '../report/text.ts';
import type { Verdict } from '../search/verdict.ts';
import { findForks } from '../session/forks.ts';
import { newInterrupt } from '../session/interrupt.ts';
import { Threads } from '../session/threads.ts';
import { boundsOf } from './bounds.ts';
import { asBranch, bare } from './branch.ts';
import { reportBug } from './bug.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Output } from './output.ts';
import type { ReplayFlags, Subject } from './replay.ts';
import { openRuns } from './runs.ts';

/** Answers what the flags ask about the end of a schedule. */
export async function answer(
  subject: Subject,
  flags: ReplayFlags,
  output: Output,
): Promise<ExitCode> {
  const { trace, check } = subject;
  if (flags.search === true) return searchAfter(trace, loadedOf(trace, check), flags, output);
  const { wide, full } = flags;
  output.print(
    `${renderTrace(trace, { width: widthOf(flags, output), wide, full, paint: output.paint })}\n`,
  );
  if (flags.save !== undefined) save(trace, check, flags.save, output);
  if (flags.moves !== true) return EXIT.asDeclared;
  return printMoves(trace, loadedOf(trace, check), flags, output);
}

function loadedOf(trace: Trace, check: LoadedCheck | undefined): LoadedCheck {
  if (check !== undefined) return check;
  throw new HeddleError(
    'bad-flag',
    `what can follow takes check ${trace.check}, which is not in this project`,
  );
}

function widthOf({ wide }: ReplayFlags, { columns }: Output): number | undefined {
  return wide === true ? Math.max(columns, 120) : undefined;
}

/** The moves at the end of a schedule, each by what to write behind it. */
async function printMoves(
  { initial, schedule, steps, cpus }: Trace,
  check: LoadedCheck,
  flags: ReplayFlags,
  output: Output,
): Promise<ExitCode> {
  const { maxStates } = boundsOf({ maxStates: flags.maxStates }, output.environment);
  const threads = new Threads();
  const along = { initial, schedule };
  const found = await findForks(
    check,
    { along, maxStates, atEnd: true },
    threads,
    newInterrupt(),
    flags.mutant,
  );
  threads.close();
  if ('code' in found) {
    output.explain(found);
    return EXIT.invalid;
  }
  const [all = []] = found;
  const after = `After ${counted(steps.length, 'step')}`;
  if (all.length === 0) {
    const isFatal = steps.at(-1)?.refused === true;
    const why = isFatal ? 'nothing follows: the last step did not happen' : 'nothing can move';
    output.print(`\n  ${after} ${why}.\n`);
    return EXIT.asDeclared;
  }
  const lines = renderAlternatives(cpus, all, {
    width: widthOf(flags, output),
    paint: output.paint,
  });
  output.print(`\n  ${after} these can move, and lead to:\n\n${lines}\n`);
  return EXIT.asDeclared;
}

/** 0 where nothing that can follow violates anything, 1 where something can, 3 where a bound has left that open. */
async function searchAfter(
  trace: Trace,
  check: LoadedCheck,
  flags: ReplayFlags,
  output: Output,
): Promise<ExitCode> {
  const project = await openProject(output.folder);
  const { maxStates, timeLimit, mutant } = flags;
  const asked = boundsOf({ maxStates, timeLimit }, output.environment);
  const runs = await openRuns(project, asked, 1, {}, output);
  const after = { initial: trace.initial, schedule: trace.schedule };
  const [result] = await runs.run([{ loaded: bare(check), mutant, after }]);
  runs.close();
  const end = result?.end;
  if (end?.kind === 'bug') {
    output.explain(reportBug(end.mistake, output.folder));
    return EXIT.bug;
  }
  if (end?.kind !== 'decided') return EXIT.interrupted;
  const { verdict, traces } = end.outcomes;
  const { wide, full } = flags;
  const diagramWidth = widthOf(flags, output);
  const text = renderAhead(verdict, traces, { diagramWidth, wide, full, paint: output.paint });
  output.print(`${text}\n`);
  const [nearest] = violationsAhead(verdict);
  const found = nearest === undefined ? undefined : traceOf(nearest, traces);
  if (flags.save !== undefined)
    save(found === undefined ? trace : asBranch(found, trace), check, flags.save, output);
  return codeOf(verdict);
}

function codeOf(verdict: Verdict): ExitCode {
  if (verdict.stopped?.bound === 'interrupt') return EXIT.interrupted;
  if (verdict.verdict === 'invalid') return EXIT.invalid;
  if (verdict.verdict === 'violated') return EXIT.surprise;
  return verdict.complete ? EXIT.asDeclared : EXIT.incomplete;
}

function save(trace: Trace, check: LoadedCheck | undefined, file: string, output: Output): void {
  const path = resolve(output.folder, file);
  writeTrace(path, trace, check?.check.bounds ?? {});
  const shown = shortPath(path, output.folder);
  output.note(`saved ${shown}; next: npx heddle replay ${shown}`);
}
