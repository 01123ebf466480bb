/** Flags that keep searches and go on with them, and what is said of both. */
import { resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import type { Project } from '../load/project.ts';
import { counted } from '../report/text.ts';
import { CHECKPOINTS, checkpointsOf, type Keeping } from '../session/checkpoints.ts';
import type { Result, SessionEvent } from '../session/events.ts';
import type { SessionOptions } from '../session/queue.ts';
import { parseDuration } from './flags.ts';
import { type OrderFlags, orderOf } from './orders.ts';
import type { Output } from './output.ts';

/** The flags of `check`, as typed. */
export interface CheckpointFlags {
  /** False for --no-checkpoint. */
  readonly checkpoint?: boolean;
  readonly checkpointDir?: string;
  readonly checkpointEvery?: string;
  readonly resume?: boolean;
  readonly resumeFrom?: string;
}

const EVERY = '1m';

/**
 * How searches are kept, and from where they go on.
 * @throws HeddleError `bad-flag` for a file beside several checks, or another order than breadth-first; `bad-checkpoint` where no check
 * has one.
 */
export function checkpointsFor(
  flags: CheckpointFlags & OrderFlags,
  project: Project,
  checks: readonly string[],
  output: Output,
): Pick<SessionOptions, 'keeping' | 'resume'> {
  const folder =
    flags.checkpointDir === undefined
      ? resolve(project.folder, CHECKPOINTS)
      : resolve(output.folder, flags.checkpointDir);
  const always = flags.checkpoint === true || flags.checkpointDir !== undefined;
  const order = orderOf(flags);
  if (always && order !== undefined)
    throw new HeddleError('bad-flag', `--checkpoint is for breadth-first, not for ${order.name}`);
  const everyMs = parseDuration('--checkpoint-every', flags.checkpointEvery ?? EVERY);
  const keeping: Keeping = { folder, everyMs, always };
  const { resumeFrom } = flags;
  if (resumeFrom !== undefined && checks.length !== 1) {
    const fact = `--resume-from ${resumeFrom}: one file, and ${counted(checks.length, 'check')}`;
    throw new HeddleError('bad-flag', fact);
  }
  const resumes = flags.resume === true || resumeFrom !== undefined;
  if (resumes && resumeFrom === undefined) refuseNone(folder, checks);
  const file = resumeFrom === undefined ? undefined : resolve(output.folder, resumeFrom);
  return {
    keeping: flags.checkpoint === false ? undefined : keeping,
    resume: resumes ? { folder, file } : undefined,
  };
}

/** Of several checks, those that have none simply begin. */
function refuseNone(folder: string, checks: readonly string[]): void {
  if (checks.some((check) => checkpointsOf(folder, check).length > 0)) return;
  const what = checks.length === 1 ? checks[0] : `these ${checks.length} checks`;
  throw new HeddleError('bad-checkpoint', `there is no checkpoint of ${what}`);
}

/** Says from where a search goes on, and what went wrong with keeping it. */
export function noteCheckpoint(event: SessionEvent, output: Output): void {
  const { check } = event;
  if (event.type === 'resumed') {
    const { file, states, damaged } = event.resumed;
    for (const one of damaged) output.note(`passed over: ${one}`);
    output.note(`${check} goes on from ${file}: ${counted(states, 'state')}`);
  } else if (event.type === 'kept' && event.kept.failure !== undefined) {
    output.note(`${check} cannot be kept for later: ${event.kept.failure}`);
  }
}

/** Says how searches that did not come to an end can go on. */
export function noteResumable(
  results: readonly Result[],
  flags: CheckpointFlags,
  output: Output,
): void {
  const folder =
    flags.checkpointDir === undefined ? '' : ` --checkpoint-dir ${flags.checkpointDir}`;
  for (const { check, checkpoint, end } of results) {
    const verdict = end.kind === 'decided' ? end.outcomes.verdict : undefined;
    const isReduced = (verdict?.reduction?.names ?? []).length > 0;
    if (isReduced && verdict?.stopped?.bound === 'interrupt')
      output.note(`${check} left states out and is not kept; --reduce none keeps searches`);
    if (checkpoint === undefined) continue;
    output.note(`${check} is kept in ${checkpoint}`);
    output.note(`  next: npx heddle check ${check} --resume${folder}`);
  }
}
