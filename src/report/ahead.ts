/** What can still happen after a schedule, in words: what was found, and that it is no verdict of the check. */
import type { Trace } from '../replay/trace.ts';
import type { PropertyVerdict, Verdict } from '../search/verdict.ts';
import { Block } from './block.ts';
import { renderTrace, type TraceOptions } from './diagram.ts';
import { replayCommand, traceOf } from './summary.ts';
import { counted, type Paint, plain } from './text.ts';

export interface AheadOptions extends Pick<TraceOptions, 'wide' | 'full'> {
  /** Columns; default 80. */
  readonly width?: number | undefined;
  /** Columns of the diagram; default 72. */
  readonly diagramWidth?: number | undefined;
  /** How heddle is called in the line that says what to do next; default `npx heddle`. */
  readonly command?: string | undefined;
  readonly paint?: Paint | undefined;
}

/** The violations that a search after a schedule has found, the nearest first. */
export function violationsAhead({ properties }: Verdict): readonly PropertyVerdict[] {
  const found = properties.filter(({ verdict }) => verdict === 'violated');
  return [...found].sort((one, other) => (one.steps ?? 0) - (other.steps ?? 0));
}

/**
 * A verdict with `after`: how much was searched, what can be violated and in how many steps, what cannot any more, and the nearest as a
 * diagram.
 */
export function renderAhead(
  verdict: Verdict,
  traces: readonly Trace[],
  options: AheadOptions = {},
): string {
  const { after, error } = verdict;
  const paint = options.paint ?? plain;
  const write = new Block(options.width ?? 80, paint);
  const found = violationsAhead(verdict);
  const word =
    found.length > 0
      ? paint('bad', 'VIOLATED')
      : verdict.complete
        ? paint('good', 'NOTHING FOLLOWS')
        : paint('heading', 'UNDECIDED');
  const from = `after ${after?.schedule || 'no step'}`;
  write.raw(`${paint('heading', verdict.check)}  ${from}  ${word}`);
  if (error !== undefined) {
    write.say(`error[${error.code}]: ${error.fact}`, 2, 4);
    return write.text();
  }
  write.say(`only what can follow was searched: no verdict of the check; ${sizeOf(verdict)}`, 2, 4);
  for (const one of found) writeFound(write, one, after?.steps ?? 0);
  writeOthers(write, verdict);
  const [nearest] = found;
  const trace = nearest === undefined ? undefined : traceOf(nearest, traces);
  const command = options.command ?? 'npx heddle';
  if (nearest === undefined || trace === undefined) return write.text();
  write.raw('');
  const { wide, full, diagramWidth: width } = options;
  write.raw(renderTrace(trace, { width, wide, full, paint }));
  write.raw('');
  write.raw(`  next: ${replayCommand(verdict.check, trace, command)}`);
  return write.text();
}

function sizeOf({ states, complete, stopped }: Verdict): string {
  const some = counted(states, 'state');
  if (complete) return `${some}, all of them`;
  if (stopped === undefined) return some;
  if (stopped.bound === 'interrupt') return `${some}, then interrupted`;
  return `${some}, stopped at ${stopped.value}: ${stopped.flag} lifts this bound`;
}

function writeFound(write: Block, one: PropertyVerdict, before: number): void {
  const { finding, kind, name, steps = 0, schedule = '' } = one;
  const what = kind === 'facility' && finding !== undefined ? `${name}: ${finding.message}` : name;
  write.entry('violated', 'bad', what);
  const more = steps <= before ? 'already there' : `${counted(steps - before, 'step')} on`;
  write.entry('', 'bad', `${more}: ${schedule}`);
}

/** What was asked and not violated; nothing of it holds in the whole check. */
function writeOthers(write: Block, { properties, complete, after }: Verdict): void {
  const rest = properties.filter(({ verdict }) => verdict !== 'violated');
  const ids = (some: readonly PropertyVerdict[]) => some.map(({ id }) => id).join(', ');
  const goals = rest.filter(({ kind }) => kind === 'goal');
  const asked = rest.filter((one) => one.kind !== 'goal');
  if (!complete) {
    if (asked.length > 0) write.entry('undecided', 'heading', ids(asked));
    return;
  }
  if (after?.maskedBy !== undefined && asked.length > 0)
    write.entry('masked', 'heading', `${ids(asked)} (by ${after.maskedBy})`);
  const never = after?.maskedBy === undefined ? asked : [];
  if (never.length > 0) write.entry('no more', 'good', ids(never));
  const met = goals.filter((one) => (one.met ?? 0) > 0);
  if (met.length > 0) write.entry('met', 'good', ids(met));
  const unmet = goals.filter((one) => (one.met ?? 0) === 0);
  if (unmet.length > 0) write.entry('not met', 'heading', ids(unmet));
}
