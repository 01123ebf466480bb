/** The diagram of a schedule: a column for each CPU, in plain ASCII that fits a mail. */
import { NO_FINDING, type RelatedTrace, type Trace, traceOfHalf } from '../replay/trace.ts';
import { renderChanges } from './changes.ts';
import { type Line, setInColumns } from './columns.ts';
import { renderExplanation } from './explanation.ts';
import { rowsOf } from './rows.ts';
import { ascii, counted, cut, type Paint, plain, TIE, wrap } from './text.ts';
import { renderViolation } from './violation.ts';

export interface TraceOptions {
  /** Columns; default 72, or 120 when `wide`. Below 40 counts as 40. */
  readonly width?: number;
  /** For a terminal: makes the default width 120; default false. */
  readonly wide?: boolean;
  /** Each step on its own, with every word it touched; default false. */
  readonly full?: boolean;
  /** Only the first `upTo` steps; default all. */
  readonly upTo?: number;
  /** Marks this step (from 0) with `>`; default none. */
  readonly marked?: number;
  /** Also lists what differs between the first state and the last; default true. */
  readonly changes?: boolean;
  /** Also says why it happens, where the trace knows: in full, in a line, or not; default in full. */
  readonly why?: 'full' | 'brief' | 'none';
  /** Colours; default none. */
  readonly paint?: Paint;
}

const NARROWEST = 40;

/**
 * A schedule as text: the diagram, what it changed, and the violation in words. ASCII, no tabs, no trailing
 * blanks, no line longer than the width (default 72); the same trace gives the same bytes.
 * @example
 * console.log(renderTrace(outcomes.traces[0]));
 */
export function renderTrace(trace: Trace, options: TraceOptions = {}): string {
  const shown = firstSteps(trace, options.upTo);
  const width = widthOf(options);
  const parts = [titleOf(shown, width, options.paint ?? plain), renderDiagram(shown, options)];
  if (options.changes !== false) {
    parts.push(renderChanges(shown, { width, paint: options.paint }));
  }
  if (shown.steps.length === trace.steps.length) {
    parts.push(renderViolation(trace, { width, paint: options.paint }));
    parts.push(renderExplanation(trace, options.why ?? 'full', { width, paint: options.paint }));
    for (const half of trace.related ?? []) parts.push(renderHalf(trace, half, options));
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Another half of what no single schedule shows: a lock order, or a use in another context. */
function renderHalf(trace: Trace, half: RelatedTrace, options: TraceOptions): string {
  const { text, schedule } = half;
  const title = wrap(ascii(`Elsewhere ${text} (${schedule}):`), widthOf(options) - 2);
  const diagram = renderDiagram(traceOfHalf(trace, half), options);
  return `${title.map((line) => `  ${line}`).join('\n')}\n\n${diagram}`;
}

/** The columns alone. */
export function renderDiagram(trace: Trace, options: TraceOptions = {}): string {
  return diagramLines(trace, options)
    .map((line) => line.text)
    .join('\n');
}

/** The columns as lines that know which steps they show. */
export function diagramLines(trace: Trace, options: TraceOptions = {}): readonly Line[] {
  const shown = firstSteps(trace, options.upTo);
  const table = {
    width: widthOf(options),
    cpus: trace.cpus.map(ascii),
    paint: options.paint ?? plain,
    marked: options.marked,
  };
  const { full } = options;
  const lines = setInColumns(rowsOf(shown, { full }), rowsOf(shown, { full, apart: true }), table);
  return withMark(withBranch(lines, trace, options), shown, options);
}

/** A line after the step with which it became unavoidable, where others come after it. */
function withMark(
  lines: readonly Line[],
  { explanation, finding, steps }: Trace,
  options: TraceOptions,
): readonly Line[] {
  const step = explanation?.critical?.step;
  if (step === undefined || step >= steps.length - 1 || options.why === 'none') return lines;
  const at = lines.findIndex(({ first }) => first > step);
  const text = finding.facility === 'possibly' ? 'nothing reaches it' : 'nothing goes well';
  return at === -1 ? lines : withLine(lines, at, `from here on ${text}`, options);
}

function withLine(
  lines: readonly Line[],
  at: number,
  text: string,
  options: TraceOptions,
): readonly Line[] {
  const words = cut(`-- ${text} --`, widthOf(options) - 2);
  const mark = `  ${(options.paint ?? plain)('marker', words)}`;
  return [...lines.slice(0, at), { text: mark, first: -1, last: -1 }, ...lines.slice(at)];
}

/** A line where a schedule leaves the one that it was made from. */
function withBranch(
  lines: readonly Line[],
  { branch }: Trace,
  options: TraceOptions,
): readonly Line[] {
  if (branch === undefined) return lines;
  const at = lines.findIndex(({ first }) => first >= branch.at);
  const text = `branch: ${branch.of || 'the schedule'} went another way`;
  return at === -1 ? lines : withLine(lines, at, text, options);
}

/** The width that holds for these options. */
function widthOf(options: TraceOptions): number {
  return Math.max(NARROWEST, options.width ?? (options.wide === true ? 120 : 72));
}

function firstSteps(trace: Trace, upTo = trace.steps.length): Trace {
  if (upTo >= trace.steps.length) return trace;
  return { ...trace, steps: trace.steps.slice(0, upTo), blocked: [], finding: NO_FINDING };
}

function titleOf(trace: Trace, width: number, paint: Paint): string {
  const bad = trace.finding.kind !== '' || trace.steps.some((step) => step.findings.length > 0);
  const what = bad ? 'Possible unsafe schedule' : 'Schedule';
  const initial = ascii(trace.initial);
  const from = initial === '' || initial === 'initial' ? '' : ` from '${initial}'`;
  const size = `${counted(trace.steps.length, 'step')}, ${counted(trace.switches, 'switch')}`;
  const tied = `(${size}):`.replaceAll(' ', TIE);
  const [first, ...rest] = wrap(`${what}${from} ${tied}`, width - 2, { hang: 4 }).map((line) =>
    line.replaceAll(TIE, ' '),
  );
  const painted = first.startsWith(what)
    ? paint('heading', what) + first.slice(what.length)
    : first;
  const origin =
    trace.origin === undefined ? [] : wrap(`(${trace.origin})`, width - 2, { hang: 2 });
  return [painted, ...rest, ...origin].map((line) => `  ${line}`).join('\n');
}
