/** `heddle replay`: one schedule, walked with keys on a terminal, printed elsewhere. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import { stepName } from '../formats/step-name.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { mistake, mistakeOf } from '../load/mistake.ts';
import { shortPath } from '../load/place.ts';
import { openProject } from '../load/project.ts';
import { latestTrace, readTrace, type TraceFile, tracePath } from '../load/traces.ts';
import { parseSchedule } from '../replay/schedule.ts';
import type { Trace } from '../replay/trace.ts';
import { renderTrace } from '../report/diagram.ts';
import { explained } from '../search/explain.ts';
import { mutated } from '../search/mutants/derive.ts';
import type { Mistake } from '../search/verdict.ts';
import { replayLabels, replay as replaySchedule } from '../search/witness.ts';
import { branchOf } from './branch.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { unknownName } from './select.ts';

export interface ReplayFlags {
  readonly schedule?: string;
  readonly initial?: string;
  /** Id or name of a mutant of the model. */
  readonly mutant?: string;
  readonly property?: string;
  readonly print?: boolean;
  readonly wide?: boolean;
  readonly full?: boolean;
  /** Writes the schedule as a page of its own, and nothing else. */
  readonly page?: string;
  /** Writes a test instead; `true` where no file is named. */
  readonly asTest?: string | true;
  /** Only so many of its first steps. */
  readonly at?: number;
  /** Moves to go on with from there, as schedules write them. */
  readonly then?: string;
  /** Prints what can move at its end. */
  readonly moves?: boolean;
  /** Searches what can follow it. */
  readonly search?: boolean;
  readonly maxStates?: string;
  readonly timeLimit?: string;
  /** File to write the schedule to, or what was found after it. */
  readonly save?: string;
}

/** What is to be shown, and the check that it can be run in, where there is one. */
export interface Subject {
  readonly trace: Trace;
  readonly check: LoadedCheck | undefined;
  /** Steps of a saved trace that no longer fit: what is shown ends before them. */
  readonly misfit?: HeddleError;
}

/** Walks a schedule, a trace file, a check's saved violation, or the latest one. */
export async function replay(
  what: string | undefined,
  flags: ReplayFlags,
  output: Output,
): Promise<ExitCode> {
  const subject = await findSubject(what, flags, output);
  if ('code' in subject) {
    output.explain(subject);
    return EXIT.invalid;
  }
  const { misfit } = subject;
  const wanted = asWanted(subject, flags);
  const { trace, check } = wanted;
  if (flags.asTest !== undefined) {
    if (flags.mutant !== undefined)
      throw new HeddleError('bad-flag', '--as-test is for the model as it is, not for a mutant');
    const { writeTest } = await import('./as-test.ts');
    return writeTest(wanted, flags.asTest, output);
  }
  if (flags.search === true || flags.moves === true || flags.save !== undefined) {
    const { answer } = await import('./ahead.ts');
    const code = await answer(wanted, flags, output);
    if (misfit === undefined) return code;
  } else if (flags.page !== undefined) {
    const { writeTracePage } = await import('./pages.ts');
    const path = resolve(output.folder, flags.page);
    writeTracePage(path, trace, check);
    output.print(`${shortPath(path, output.folder)}\n`);
  } else if (process.stdin.isTTY === true && output.isTerminal && flags.print !== true) {
    const { walkOnScreen } = await import('./screen.ts');
    await walkOnScreen(trace, {
      ...{ paint: output.paint, check, folder: output.folder, mutant: flags.mutant },
    });
  } else {
    const width = flags.wide === true ? Math.max(output.columns, 120) : undefined;
    const { wide, full } = flags;
    output.print(`${renderTrace(trace, { width, wide, full, paint: output.paint })}\n`);
  }
  if (misfit === undefined) return EXIT.asDeclared;
  output.explain(mistakeOf(misfit, 'internal-error'));
  return EXIT.invalid;
}

/** The schedule that is meant: of flags, a trace file, a check's saved violation, or the latest one. */
export async function findSubject(
  what: string | undefined,
  flags: Pick<ReplayFlags, 'schedule' | 'initial' | 'property' | 'mutant'>,
  output: Output,
): Promise<Subject | Mistake> {
  if (what?.endsWith('.json') === true) return fromFile(resolve(output.folder, what), output);
  if (what === undefined && flags.schedule === undefined) {
    const latest = latestTrace((await openProject(output.folder)).folder);
    if (latest !== undefined) return fromFile(latest, output);
  }
  if (flags.mutant !== undefined && flags.schedule === undefined)
    throw new HeddleError('bad-flag', '--mutant needs --schedule: mutants save no traces');
  const wanted = what === undefined ? [] : [what];
  const { project, loaded, broken } = await openChecks(output.folder, wanted);
  if (flags.schedule !== undefined) {
    const check = asMutant(named(what ?? onlyName(loaded), loaded), flags.mutant);
    const { schedule, initial } = flags;
    const trace = replaySchedule(check.check, schedule, { initial, name: check.name });
    return { trace: explained(check.check, trace), check };
  }
  if (what === undefined) return noTrace('the last runs found no violation', 'npx heddle check');
  const found = broken.find(({ name }) => name === what);
  if (found !== undefined) output.explain(found.mistake);
  const { name } = named(what, loaded);
  const file = savedTrace(project.folder, name, flags.property);
  if (file !== undefined) return fromFile(file, output);
  const of = flags.property === undefined ? '' : ` of ${flags.property}`;
  return noTrace(`the last run of ${name} found no violation${of}`, `npx heddle check ${name}`);
}

/** @throws HeddleError `unknown-name` */
export function named(name: string, loaded: readonly LoadedCheck[]): LoadedCheck {
  const check = loaded.find((one) => one.name === name);
  if (check === undefined)
    throw unknownName(
      name,
      loaded.map((one) => one.name),
    );
  return check;
}

/** The check with one thing wrong in its model, called by what a command would say. */
function asMutant(loaded: LoadedCheck, mutant: string | undefined): LoadedCheck {
  if (mutant === undefined) return loaded;
  const check = mutated(loaded.check, mutant);
  return { ...loaded, check, name: `${loaded.name} --mutant ${mutant}` };
}

function onlyName(loaded: readonly LoadedCheck[]): string {
  if (loaded.length === 1) return loaded[0].name;
  throw new HeddleError('bad-flag', '--schedule needs the name of a check');
}

/** The file of a property's trace, or of the first one that the check's last run saved. */
function savedTrace(
  folder: string,
  check: string,
  property: string | undefined,
): string | undefined {
  const latest = latestTrace(folder);
  const traces = dirname(join(folder, tracePath(check, 'any')));
  if (property !== undefined) {
    const wanted = join(folder, tracePath(check, property));
    return existsSync(wanted) ? wanted : undefined;
  }
  if (latest !== undefined && dirname(latest) === traces) return latest;
  const files = existsSync(traces)
    ? readdirSync(traces).filter((file) => file.endsWith('.json'))
    : [];
  const [first] = files.sort();
  return first === undefined ? undefined : join(traces, first);
}

function noTrace(fact: string, next: string): Mistake {
  return mistake('bad-trace', fact, { reason: 'Only violations leave a trace to replay.', next });
}

async function fromFile(file: string, output: Output): Promise<Subject> {
  const saved = await readTrace(file);
  const check = await checkOf(saved, output);
  if (check === undefined) {
    output.note(`check ${saved.check} is not in this project: this is the trace as it was saved`);
    return { trace: saved, check };
  }
  if (check.bundle.hash === saved.modelHash) {
    const { schedule, initial } = saved;
    const { steps, switches, blocked } = replaySchedule(check.check, schedule, { initial });
    return { trace: explained(check.check, { ...saved, steps, switches, blocked }), check };
  }
  output.note('the model has changed since this trace was saved; going by the names of its steps');
  return byNames(saved, check);
}

async function checkOf(saved: TraceFile, output: Output): Promise<LoadedCheck | undefined> {
  try {
    const { loaded } = await openChecks(output.folder, [saved.check]);
    return loaded.find(({ name }) => name === saved.check);
  } catch (error) {
    const found = mistakeOf(error, 'cannot-load');
    if (found.code !== 'no-checks') output.explain(found);
    return undefined;
  }
}

/** As many steps of a saved trace as still fit, and the first that does not beside what is enabled instead. */
function byNames(saved: TraceFile, loaded: LoadedCheck): Subject & { check: LoadedCheck } {
  const { check, name } = loaded;
  const steps = saved.steps.map((step) => stepName(saved.cpus, step));
  const initial = Object.hasOwn(check.model.initial, saved.initial) ? saved.initial : undefined;
  for (let fitting = steps.length, misfit: HeddleError | undefined; ; fitting -= 1) {
    const golden = { property: saved.property, initial, steps: steps.slice(0, fitting) };
    try {
      const trace = explained(check, { ...replayLabels(check, golden), check: name });
      return { trace, check: loaded, misfit };
    } catch (error) {
      if (!(error instanceof HeddleError) || error.code !== 'no-such-step' || fitting === 0)
        throw error;
      misfit = error;
    }
  }
}

/** The schedule up to `--at`, and on with `--then`. */
function asWanted(subject: Subject, { at, then }: ReplayFlags): Subject {
  const { trace, check } = subject;
  if (at === undefined && then === undefined) return subject;
  if (check === undefined)
    throw new HeddleError('bad-flag', `--at and --then need check ${trace.check} in this project`);
  const moves = parseSchedule(trace.schedule);
  if (at !== undefined && at > moves.length)
    throw new HeddleError('bad-flag', `--at ${at}: the schedule has ${moves.length} steps`);
  const common = at ?? moves.length;
  const more = parseSchedule(then ?? '');
  return { ...subject, trace: branchOf(trace, check, [...moves.slice(0, common), ...more]) };
}
