/** A verdict in words: what was found, how far the search went and what a HOLDS covers. */
import type { Trace } from '../replay/trace.ts';
import type { Outcome, PropertyVerdict, Verdict } from '../search/verdict.ts';
import { renderTrace } from './diagram.ts';
import { counted, duration, grouped, type Paint, plain, type Style, wrap } from './text.ts';

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
  /** Only what is violated or a surprise: no scope, nothing that holds; default false. */
  readonly brief?: boolean;
  /** How heddle is called in the line that says what to do next; default `npx heddle`. */
  readonly command?: string;
  readonly paint?: Paint;
}

/** Steps never taken that are listed without `full`. */
const NOT_TAKEN_SHOWN = 8;
export const MEMORY_MODEL = 'sequentially consistent; barrier placement not checked';

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
  const write = new Writer(options.width ?? 80, options.paint ?? plain);
  write.raw(headline(verdict, options.paint ?? plain));
  if (verdict.claim !== undefined) write.say(`claim: ${verdict.claim}`, 2, 9);
  if (verdict.error !== undefined) {
    writeError(write, verdict);
    return write.text();
  }
  write.say(countsLine(verdict, options.stable === true), 2, 4);
  if (verdict.stopped !== undefined) write.say(stopLine(verdict), 2, 4);
  const { properties } = verdict;
  const brief = options.brief === true;
  if (!brief) writeScope(write, verdict);
  for (const one of properties) {
    if (!brief || one.verdict === 'violated' || !one.ok) writeProperty(write, one);
  }
  if (!brief) writeShared(write, properties);
  if (!brief) writeGaps(write, verdict, options.full === true);
  const shown = diagramsOf(verdict, traces, options.diagrams ?? 'first');
  for (const trace of shown) {
    write.raw('');
    write.raw(
      renderTrace(trace, {
        width: options.diagramWidth,
        wide: options.wide,
        full: options.full,
        paint: options.paint,
      }),
    );
  }
  const next = nextCommand(verdict, options.command ?? 'npx heddle', shown[0]);
  if (next !== undefined) {
    write.raw('');
    write.raw(`  next: ${next}`);
  }
  return write.text();
}

class Writer {
  private readonly lines: string[] = [];
  private readonly width: number;
  readonly paint: Paint;

  constructor(width: number, paint: Paint) {
    this.width = width;
    this.paint = paint;
  }

  raw(text: string): void {
    this.lines.push(text);
  }

  /** Prose, wrapped. */
  say(text: string, indent: number, hang = indent): void {
    const lines = wrap(text, this.width - indent, { hang: hang - indent });
    for (const line of lines) this.lines.push(' '.repeat(indent) + line);
  }

  /** A word in a column of its own, then prose. */
  entry(word: string, style: Style, text: string): void {
    const [first, ...rest] = wrap(text, this.width - ENTRY);
    // Blanks are counted without the colour around the word.
    const blanks = ' '.repeat(Math.max(1, ENTRY - 2 - word.length));
    this.lines.push(`  ${word === '' ? '' : this.paint(style, word)}${blanks}${first}`);
    for (const line of rest) this.lines.push(' '.repeat(ENTRY) + line);
  }

  text(): string {
    return this.lines.join('\n');
  }
}

/** Where the names of properties start. */
const ENTRY = 13;

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
  return `${name}  ${word}  ${declared(verdict)}`;
}

/** Whether the check ended as it declares, in words. */
export function declared(verdict: Verdict): string {
  if (verdict.verdict === 'invalid') return '(could not check)';
  if (verdict.ok) return '(as declared)';
  if (verdict.verdict === 'incomplete') return '(undecided)';
  return '(NOT as declared)';
}

/** `580,811 states, all of them; 1,204,031 generated; 91 levels; 3 dead; 1.2 s, 472,000 states/s`. */
function countsLine(verdict: Verdict, stable: boolean): string {
  const parts = [
    `${counted(verdict.states, 'state')}${verdict.complete ? ', all of them' : ' so far'}`,
    `${grouped(verdict.generated)} generated`,
    counted(verdict.depth, 'level'),
    `${grouped(verdict.dead)} dead`,
  ];
  if (!stable) parts.push(`${duration(verdict.seconds)}${rateOf(verdict)}`);
  return parts.join('; ');
}

function rateOf(verdict: Verdict): string {
  if (verdict.seconds < 0.5) return '';
  return `, ${grouped(verdict.states / verdict.seconds / 1000)},000 states/s`;
}

function stopLine(verdict: Verdict): string {
  const { stopped } = verdict;
  if (stopped === undefined) return '';
  if (stopped.bound === 'interrupt')
    return 'interrupted; what is said here is about the states so far';
  return `stopped at ${stopped.value}: ${stopped.flag} lifts this bound`;
}

function writeScope(write: Writer, verdict: Verdict): void {
  const holds = verdict.verdict === 'holds';
  if (!holds && verdict.properties.every((one) => one.verdict !== 'holds')) return;
  write.raw(`  ${holds ? 'HOLDS for this model at this size' : 'scope'}:`);
  for (const line of scopeOf(verdict)) write.say(line, 4, 6);
}

/** The lines of a verdict's scope, the memory model always among them. */
export function scopeOf(verdict: Verdict): readonly string[] {
  const said = verdict.scope.some((line) => line.includes('sequentially consistent'));
  return said ? verdict.scope : [...verdict.scope, MEMORY_MODEL];
}

function writeProperty(write: Writer, one: PropertyVerdict): void {
  if (isShared(one)) return;
  const style: Style =
    one.verdict === 'violated' ? 'bad' : one.verdict === 'holds' ? 'good' : 'heading';
  const word =
    one.kind === 'goal' && one.verdict === 'holds' ? 'met' : one.verdict.replace('_', ' ');
  write.entry(word, style, propertyLine(one));
  if (one.verdict === 'violated' && one.steps !== undefined) {
    const from = initialOf(one.initial) === undefined ? '' : ` from '${one.initial}'`;
    const size = `${counted(one.steps, 'step')}, ${counted(one.switches ?? 0, 'switch')}`;
    const schedule = one.schedule ?? '';
    write.entry('', style, `${size}${from}${schedule === '' ? '' : `: ${schedule}`}`);
  }
  if (!one.ok) write.entry('', style, `SURPRISE: ${one.surprise ?? `expected: ${one.expected}`}`);
}

/** The property's sentence with what its verdict needs said beside it. */
function propertyLine(one: PropertyVerdict): string {
  const what = one.finding;
  if (one.verdict === 'masked') return `${one.name} (by ${one.maskedBy ?? 'another violation'})`;
  if (one.kind === 'goal') {
    return one.verdict === 'vacuous' ? `${one.name} (goal never met)` : goalLine(one);
  }
  if (one.verdict === 'vacuous') return `${one.name} (never evaluated: this says nothing)`;
  if (one.verdict === 'violated' && one.kind === 'facility' && what !== undefined) {
    return `${one.name}: ${what.message}`;
  }
  return one.name;
}

function goalLine(one: PropertyVerdict): string {
  return one.met === undefined ? one.name : `${one.name} (in ${counted(one.met, 'state')} or more)`;
}

/** Whatever is undecided, and facilities that saw nothing or could not: those that ended alike share a line. */
function isShared(one: PropertyVerdict): boolean {
  if (one.verdict === 'incomplete') return true;
  if (one.kind !== 'facility') return false;
  return one.verdict === 'masked' || (one.verdict !== 'violated' && one.ok);
}

function writeShared(write: Writer, properties: readonly PropertyVerdict[]): void {
  const alike = new Map<string, string[]>();
  for (const { id, verdict, maskedBy } of properties.filter(isShared)) {
    const key = maskedBy === undefined ? verdict : `${verdict} (by ${maskedBy})`;
    alike.set(key, [...(alike.get(key) ?? []), id]);
  }
  for (const [key, ids] of alike) {
    const [verdict, by] = key.split(/ (?=\()/);
    const style = verdict === 'holds' ? 'good' : 'heading';
    const text = by === undefined ? ids.join(', ') : `${ids.join(', ')} ${by}`;
    write.entry(verdict.replace('_', ' '), style, text);
  }
}

/** What the search did not see. */
function writeGaps(write: Writer, verdict: Verdict, full: boolean): void {
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

function writeError(write: Writer, verdict: Verdict): void {
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

function initialOf(initial: string | undefined): string | undefined {
  return initial === undefined || initial === '' || initial === 'initial' ? undefined : initial;
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
  const { stopped } = verdict;
  if (stopped === undefined) return undefined;
  const flag = stopped.bound === 'interrupt' ? '' : ` ${stopped.flag} <more>`;
  return `${command} check ${quoted(verdict.check)}${flag}`;
}
