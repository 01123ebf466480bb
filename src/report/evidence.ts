/** Verdicts as a Markdown document for a design review: every claim with what decides it and how to repeat it. */
import type { Trace } from '../replay/trace.ts';
import type { Outcomes, PropertyVerdict, Verdict } from '../search/verdict.ts';
import { renderTrace } from './diagram.ts';
import { reductionLines, shareOf } from './reduction.ts';
import { scopeOf } from './scope.ts';
import { declared, replayCommand, traceOf } from './summary.ts';
import { markOf, totalLine } from './table.ts';
import { counted, duration, grouped } from './text.ts';

export interface ReportOptions {
  /** Heading; default `Verdicts`. */
  readonly title?: string;
  /** Leaves out times; default true, so that the same verdicts give the same bytes. */
  readonly stable?: boolean;
  /** Columns of the diagrams; default 72. */
  readonly width?: number;
  /** How heddle is called in commands; default `npx heddle`. */
  readonly command?: string;
  /** A paragraph below the heading: when and where this was found. */
  readonly found?: string;
}

/**
 * One document: the table of verdicts, then for each check its claim, source, scope, properties, the shortest
 * schedule of each violated property with the command that replays it, and the steps never taken.
 * @example
 * writeFileSync('review.md', reportMarkdown(all));
 */
export function reportMarkdown(outcomes: readonly Outcomes[], options: ReportOptions = {}): string {
  const verdicts = outcomes.map((one) => one.verdict);
  const parts = [
    `# ${options.title ?? 'Verdicts'}`,
    ...(options.found === undefined ? [] : [options.found]),
    totalLine(verdicts),
    overview(verdicts, options.stable !== false),
    ...outcomes.map((one) => section(one, options)),
  ];
  return `${parts.join('\n\n')}\n`.replace(/ +$/gm, '');
}

function overview(verdicts: readonly Verdict[], stable: boolean): string {
  const heads = ['check', 'verdict', 'declared', 'states', 'violated', ...(stable ? [] : ['time'])];
  const rows = verdicts.map((verdict) => {
    const violated = verdict.properties.filter((one) => one.verdict === 'violated');
    return [
      `[${cell(verdict.check)}](#${anchor(verdict.check)})`,
      verdict.verdict.toUpperCase(),
      markOf(verdict),
      grouped(verdict.states),
      violated.map((one) => cell(one.id)).join(', '),
      ...(stable ? [] : [duration(verdict.seconds)]),
    ];
  });
  return table(heads, rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`.replace(/ {2,}/g, ' ');
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function section({ verdict, traces }: Outcomes, options: ReportOptions): string {
  const command = options.command ?? 'npx heddle';
  const parts = [`## ${verdict.check}`];
  if (verdict.claim !== undefined) parts.push(`> ${verdict.claim}`);
  if (verdict.source !== undefined) parts.push(`Source: ${verdict.source}`);
  parts.push(
    `**${verdict.verdict.toUpperCase()}** ${declared(verdict)}. ${counts(verdict, options)}`,
  );
  const { error } = verdict;
  if (error !== undefined) {
    parts.push(`error[${error.code}]: ${error.fact}\n\n${error.reason}\n\nnext: ${error.next}`);
    return parts.join('\n\n');
  }
  const reduced = reductionLines(verdict);
  if (reduced.length > 0) parts.push(list(reduced));
  const what = verdict.verdict === 'holds' ? 'HOLDS for this model' : 'this model';
  parts.push(`Scope, ${what} at this size:`);
  parts.push(list(scopeOf(verdict)));
  parts.push(properties(verdict.properties));
  for (const one of verdict.properties.filter((each) => each.verdict === 'violated')) {
    parts.push(violation(verdict, one, traceOf(one, traces), command, options.width));
  }
  if (verdict.notTaken.length > 0) {
    const head = `Never taken, ${verdict.notTaken.length} of ${counted(verdict.steps.length, 'step')}:`;
    parts.push(`${head}\n\n${list(verdict.notTaken.map((step) => `\`${step}\``))}`);
  }
  parts.push(`Check it again: \`${command} check ${verdict.check}\``);
  return parts.join('\n\n');
}

function counts(verdict: Verdict, options: ReportOptions): string {
  if (verdict.error !== undefined) return '';
  const { stopped } = verdict;
  const time = options.stable === false ? `, ${duration(verdict.seconds)}` : '';
  const depth = verdict.order === undefined ? counted(verdict.depth, 'level') : verdict.order.name;
  const generated = `${grouped(verdict.generated)} generated, ${depth}`;
  const text = `${counted(verdict.states, 'state')}${shareOf(verdict)}, ${generated}${time}.`;
  return stopped === undefined
    ? text
    : `${text} Stopped at ${stopped.value} (\`${stopped.flag}\`).`;
}

function properties(all: readonly PropertyVerdict[]): string {
  const rows = all.map((one) => [
    cell(one.name),
    one.kind === 'goal' && one.verdict === 'holds' ? 'met' : one.verdict.replace('_', ' '),
    one.ok ? 'ok' : `SURPRISE: ${cell(one.surprise ?? `expected: ${one.expected}`)}`,
    remark(one),
  ]);
  return table(['property', 'verdict', 'declared', ''], rows);
}

function remark(one: PropertyVerdict): string {
  if (one.verdict === 'violated' && one.steps !== undefined) {
    return `${counted(one.steps, 'step')}, ${counted(one.switches ?? 0, 'switch')}`;
  }
  if (one.verdict === 'masked') return `by ${cell(one.maskedBy ?? 'another violation')}`;
  if (one.kind === 'goal') return one.met === undefined ? '' : `in ${counted(one.met, 'state')}`;
  return one.verdict === 'vacuous' ? 'never evaluated' : '';
}

function violation(
  verdict: Verdict,
  one: PropertyVerdict,
  trace: Trace | undefined,
  command: string,
  width: number | undefined,
): string {
  const parts = [`### ${verdict.check}: ${one.name}`];
  if (trace !== undefined) {
    parts.push(['```', renderTrace({ ...trace, property: one.name }, { width }), '```'].join('\n'));
  } else if (one.finding !== undefined) parts.push(one.finding.message);
  if (one.schedule !== undefined) {
    parts.push(`Schedule: \`${one.schedule}\``);
    parts.push(`Replay it: \`${replayCommand(verdict.check, one, command)}\``);
  }
  return parts.join('\n\n');
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

/** Text that cannot end a table cell. */
function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
}

/** The anchor that forges give a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replace(/ /g, '-');
}
