/** A verdict in words: what was found, how far the search went and what a HOLDS covers. */
import type { Trace } from '../replay/trace.ts';
import type { Outcome, PropertyVerdict, Verdict } from '../search/verdict.ts';
import { Block } from './block.ts';
import { renderTrace } from './diagram.ts';
import { furtherFlags, orderLine } from './order.ts';
import { initialOf, writeHeld, writeProperty, writeShared } from './properties.ts';
import { reductionLines, shareOf } from './reduction.ts';
import { writeScope } from './scope.ts';
import { counted, duration, grouped, type Paint, plain, type Style } from './text.ts';

export interface VerdictOptions {
  /** Columns; default 80. */
  readonly width?: number;
  /** Columns of the diagrams; default 72. */
  readonly diagramWidth?: number;
  /** Diagrams as wide as they like; default false. */
  readonly wide?: boolean;
  /** Leaves out times, which differ from run to run; default false. */
  readonly stable?: boolean;
  /** Which violated properties are shown as a diagram: the first (a surprise before any other), all, or none; default `first`. */
  readonly diagrams?: 'first' | 'all' | 'none';
  /** Diagrams with every step and word, and every step never taken; default false. */
  readonly full?: boolean;
  /** No scope, and of what is as declared only the schedules; what holds shares a line; default false. */
  readonly brief?: boolean;
  /** How heddle is called in the line that says what to do next; default `npx heddle`. */
  readonly command?: string;
  /** What to do next; default the command that replays the first diagram, or goes on with the search. */
  readonly next?: string | undefined;
  readonly paint?: Paint;
}

/** Steps never taken that are listed without `full`. */
const NOT_TAKEN_SHOWN = 8;

/**
 * The block for one check: headline, counts, scope, a line or two for each property, diagrams, and the next command.
 * @example
 * console.log(renderVerdict(outcomes.verdict, outcomes.traces));
 */
export function renderVerdict(
  verdict: Verdict,
  traces: readonly Trace[] = [],
  options: VerdictOptions = {},
): string {
  const write = new Block(options.width ?? 80, options.paint ?? plain);
  write.raw(headline(verdict, options.paint ?? plain));
  if (verdict.claim !== undefined) write.say(`claim: ${verdict.claim}`, 2, 9);
  if (verdict.error !== undefined) {
    writeError(write, verdict);
    return write.text();
  }
  write.say(countsLine(verdict, options.stable === true), 2, 4);
  if (verdict.order !== undefined) write.say(orderLine(verdict.order), 2, 4);
  if (verdict.stopped !== undefined) write.say(stopLine(verdict), 2, 4);
  if (verdict.store?.missing !== undefined) write.say(verdict.store.missing, 2, 4);
  for (const line of reductionLines(verdict)) write.say(line, 2, 4);
  const { properties } = verdict;
  const brief = options.brief === true;
  if (!brief) writeScope(write, verdict, options.full === true);
  for (const one of properties) {
    if (!brief || one.verdict === 'violated' || !one.ok) writeProperty(write, one);
  }
  if (brief) writeHeld(write, properties);
  else writeShared(write, properties);
  if (!brief) writeGaps(write, verdict, options.full === true);
  const shown = diagramsOf(verdict, traces, options.diagrams ?? 'first');
  for (const trace of shown) {
    write.raw('');
    write.raw(
      renderTrace(trace, {
        width: options.diagramWidth,
        wide: options.wide,
        full: options.full,
        changes: !brief || !verdict.ok,
        why: brief && verdict.ok ? 'brief' : 'full',
        paint: options.paint,
      }),
    );
  }
  const next = options.next ?? nextCommand(verdict, options.command ?? 'npx heddle', shown[0]);
  if (next !== undefined) {
    write.raw('');
    write.raw(`  next: ${next}`);
  }
  return write.text();
}

const STYLE: Readonly<Record<Outcome, Style>> = {
  holds: 'good',
  violated: 'bad',
  vacuous: 'bad',
  incomplete: 'heading',
  invalid: 'bad',
};

function headline(verdict: Verdict, paint: Paint): string {
  const word = paint(STYLE[verdict.verdict], verdict.verdict.toUpperCase());
  const name = paint('heading', verdict.check);
  return `${name}  ${word}  ${declared(verdict)}${weaknesses(verdict)}`;
}

/** `, but for P9: a known weakness`; empty where there is none. */
function weaknesses(verdict: Verdict): string {
  const ids = verdict.properties.filter(({ known }) => known !== undefined).map(({ id }) => id);
  if (ids.length === 0) return '';
  return `, but for ${ids.join(', ')}: a known weakness`;
}

/** Whether the check ended as it declares, in words. */
export function declared(verdict: Verdict): string {
  if (verdict.verdict === 'invalid') return '(could not check)';
  if (verdict.ok) return '(as declared)';
  const isSurprise = verdict.properties.some((one) => !one.ok && one.verdict !== 'incomplete');
  return isSurprise ? '(NOT as declared)' : '(undecided)';
}

/** `580,811 states, all of them; 1,204,031 generated; 91 levels; 3 dead; 1.2 s, 472,000 states/s`. */
function countsLine(verdict: Verdict, stable: boolean): string {
  const parts = [
    counted(verdict.states, 'state') + shareOf(verdict),
    `${grouped(verdict.generated)} generated`,
    ...(verdict.order === undefined ? [counted(verdict.depth, 'level')] : []),
    `${grouped(verdict.dead)} dead`,
  ];
  if (!stable) parts.push(`${duration(verdict.seconds)}${rateOf(verdict)}`);
  return parts.join('; ');
}

function rateOf(verdict: Verdict): string {
  if (verdict.seconds < 0.5) return '';
  const rate = verdict.states / verdict.seconds;
  const shown = rate < 1000 ? grouped(Math.round(rate)) : `${grouped(rate / 1000)},000`;
  return `, ${shown} states/s`;
}

/** What to try where no memory can be added. */
const LESS_MEMORY =
  'less is taken by a smaller model, by --max-depth, and with --jobs 1 where checks run side by side';

function stopLine(verdict: Verdict): string {
  const { stopped } = verdict;
  if (stopped === undefined) return '';
  if (stopped.bound === 'interrupt')
    return 'interrupted; what is said here is about the states so far';
  const { value, flag } = stopped;
  if (stopped.bound === 'walks')
    return `ended after ${value}: what they have not seen is undecided`;
  if (stopped.bound === 'store') return `stopped at ${value}; ${flag} tree decides it`;
  const less = stopped.bound === 'memoryLimit' ? `; ${LESS_MEMORY}` : '';
  return `stopped at ${value}: ${flag} lifts this bound${less}`;
}

/** What the search did not see. */
function writeGaps(write: Block, verdict: Verdict, full: boolean): void {
  const { notTaken, steps, allocationsRefused, unreadLocals = [], widestField } = verdict;
  if (notTaken.length > 0) {
    const shown = full ? notTaken : notTaken.slice(0, NOT_TAKEN_SHOWN);
    write.raw(`  never taken (${notTaken.length} of ${counted(steps.length, 'step')}):`);
    for (const step of shown) write.say(step, 4, 8);
    const more = notTaken.length - shown.length;
    if (more > 0) write.raw(`    and ${more} more (--full lists them)`);
  }
  if (unreadLocals.length > 0) {
    write.say(`never read, and so only splitting states: ${unreadLocals.join(', ')}`, 2, 4);
  }
  if (allocationsRefused > 0 && !verdict.scope.some((line) => /allocation/.test(line))) {
    write.say(`an allocation found no free object ${counted(allocationsRefused, 'time')}`, 2, 4);
  }
  if (widestField !== undefined) {
    const { field, values } = widestField;
    write.say(`${field} took ${grouped(values)} values: bound it, or let it wrap`, 2, 4);
  }
}

function writeError(write: Block, verdict: Verdict): void {
  const { error } = verdict;
  if (error === undefined) return;
  write.say(`error[${error.code}]: ${error.fact}`, 2, 4);
  write.say(error.reason, 2);
  if (error.schedule !== undefined) write.raw(`  schedule: ${error.schedule}`);
  write.say(`next: ${error.next}`, 2, 8);
  write.raw(`  more: docs/errors.md#${error.code}`);
}

/** The trace of a property of this verdict. */
export function traceOf(one: PropertyVerdict, traces: readonly Trace[]): Trace | undefined {
  const named = traces.filter((trace) => trace.property === one.name || trace.property === one.id);
  return named.find((trace) => trace.schedule === one.schedule) ?? named[0];
}

function diagramsOf(
  verdict: Verdict,
  traces: readonly Trace[],
  which: 'first' | 'all' | 'none',
): Trace[] {
  if (which === 'none') return [];
  const violated = verdict.properties.filter((one) => one.verdict === 'violated');
  const ordered = [...violated.filter((one) => !one.ok), ...violated.filter((one) => one.ok)];
  const found = ordered.flatMap((one) => {
    const trace = traceOf(one, traces);
    return trace === undefined ? [] : [{ ...trace, property: one.name }];
  });
  return which === 'first' ? found.slice(0, 1) : found;
}

/** The command that replays one property's schedule. */
export function replayCommand(
  check: string,
  one: PropertyVerdict | Trace,
  command: string,
): string {
  const from = initialOf(one.initial);
  const initial = from === undefined ? '' : ` --initial ${quoted(from)}`;
  return `${command} replay ${quoted(check)}${initial} --schedule ${quoted(one.schedule ?? '')}`;
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
}

function nextCommand(
  verdict: Verdict,
  command: string,
  shown: Trace | undefined,
): string | undefined {
  if (shown !== undefined) return replayCommand(verdict.check, shown, command);
  const violated = verdict.properties.find((one) => one.verdict === 'violated');
  if (violated?.schedule !== undefined) return replayCommand(verdict.check, violated, command);
  if (verdict.stopped === undefined) return undefined;
  return `${command} check ${quoted(verdict.check)}${furtherFlags(verdict)}`;
}
