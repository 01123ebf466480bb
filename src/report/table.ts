/** The verdicts of many checks, one line each: aligned, and made to be searched with grep. */
import type { Verdict } from '../search/verdict.ts';
import { scopeOf } from './scope.ts';
import { counted, cut, duration, grouped, type Paint, plain, type Style } from './text.ts';

export interface TableOptions {
  /** Columns; default 100, at least 72. */
  readonly width?: number;
  /** Leaves out times; default false. */
  readonly stable?: boolean;
  readonly paint?: Paint;
}

/** `ok`, or what kind of trouble: the words the exit code stands for. */
export type Mark = 'ok' | 'SURPRISE' | 'UNDECIDED' | 'ERROR';

/** Columns a name may always take, and columns a remark should have and needs to say anything. */
const SHORT_NAME = 24;
const REMARK = 28;
const SHORTEST_REMARK = 14;

const MARK_STYLE: Readonly<Record<Mark, Style>> = {
  ok: 'good',
  SURPRISE: 'bad',
  UNDECIDED: 'heading',
  ERROR: 'bad',
};

/** How a check ended, in one word. */
export function markOf(verdict: Verdict): Mark {
  if (verdict.verdict === 'invalid') return 'ERROR';
  if (verdict.ok) return 'ok';
  const surprised = verdict.properties.some((one) => !one.ok && one.verdict !== 'incomplete');
  return surprised ? 'SURPRISE' : 'UNDECIDED';
}

/**
 * The table of all checks and a last line with the totals.
 * @example
 * console.log(verdictTable(all.map((one) => one.verdict)));
 */
export function verdictTable(verdicts: readonly Verdict[], options: TableOptions = {}): string {
  const paint = options.paint ?? plain;
  const width = Math.max(72, options.width ?? 100);
  const rows = verdicts.map((verdict) => cellsOf(verdict, options.stable === true));
  const heads = [
    'check',
    'verdict',
    'states',
    options.stable === true ? '' : 'time',
    'declared',
    '',
  ];
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map(({ cells }) => cells[column].length)),
  );
  const others = widths.slice(1, -1).reduce((sum, one) => sum + (one === 0 ? 0 : one + 2), 0);
  const most = Math.max(SHORT_NAME, width - others - REMARK - 2);
  widths[0] = Math.max(5, ...rows.map(({ cells }) => cells[0].length).filter((one) => one <= most));
  const heading = lineOf(heads, widths, width, (_column, text) => paint('dim', text));
  const lines = rows.map(({ cells, mark, verdict }) =>
    lineOf(cells, widths, width, (column, text) => {
      if (column === 1) return paint(verdict === 'HOLDS' ? 'good' : 'bad', text);
      return column === 4 ? paint(MARK_STYLE[mark], text) : text;
    }),
  );
  return [heading, ...lines, '', totalLine(verdicts)].join('\n');
}

/** One line; a name that is too long pushes the rest to the right, for a name that is cut cannot be searched for. */
function lineOf(
  cells: readonly string[],
  widths: readonly number[],
  width: number,
  style: (column: number, text: string) => string,
): string {
  let line = '';
  let length = 0;
  cells.forEach((cell, column) => {
    if (widths[column] === 0) return;
    const isRemark = column === cells.length - 1;
    const room = isRemark ? Math.max(0, width - length) : widths[column];
    if (isRemark && room < Math.min(cell.length, SHORTEST_REMARK)) return;
    const text = isRemark ? cut(cell, room) : cell;
    if (text === '') return;
    const blanks = ' '.repeat(Math.max(0, room - text.length));
    const numeric = column === 2 || column === 3;
    line += numeric ? `${blanks}${style(column, text)}  ` : `${style(column, text)}${blanks}  `;
    length += Math.max(room, text.length) + 2;
  });
  return line.trimEnd();
}

interface Cells {
  readonly cells: readonly string[];
  readonly mark: Mark;
  readonly verdict: string;
}

function cellsOf(verdict: Verdict, stable: boolean): Cells {
  const mark = markOf(verdict);
  const word = verdict.verdict.toUpperCase();
  const states = verdict.verdict === 'invalid' ? '-' : grouped(verdict.states);
  const time = stable ? '' : duration(verdict.seconds);
  return {
    cells: [verdict.check, word, states, time, mark, remarkOf(verdict)],
    mark,
    verdict: word,
  };
}

/** What a reader wants to know next: which properties, which scope, which bound. */
function remarkOf(verdict: Verdict): string {
  const { error, stopped, properties } = verdict;
  if (error !== undefined) return `${error.code}: ${error.fact}`;
  const surprises = properties.filter((one) => !one.ok && one.verdict !== 'incomplete');
  const surprise = surprises.find((one) => one.verdict === 'violated') ?? surprises[0];
  if (surprise !== undefined) {
    return `${surprise.id}: ${surprise.surprise ?? `${surprise.verdict}, expected: ${surprise.expected}`}`;
  }
  const known = properties.filter((one) => one.known !== undefined).map((one) => one.id);
  const violated = properties
    .filter((one) => one.verdict === 'violated' && one.known === undefined)
    .map((one) => one.id);
  const held = properties.filter((one) => one.kind === 'property' && one.verdict === 'holds');
  if (violated.length > 0) {
    const others = held.length === 1 ? '; 1 holds' : `; ${held.length} hold`;
    return `${violated.join(' ')}${held.length === 0 ? '' : others}`;
  }
  if (stopped?.bound === 'interrupt') return 'interrupted';
  if (stopped !== undefined) return `stopped at ${stopped.value} (${stopped.flag})`;
  const vacuous = properties.filter((one) => one.verdict === 'vacuous').map((one) => one.id);
  if (vacuous.length > 0) return `says nothing: ${vacuous.join(' ')}`;
  const weakness = known.length === 0 ? '' : `but for ${known.join(' ')} (known); `;
  return `${weakness}${scopeOf(verdict)[0]}`;
}

/** `12 checks: 11 as declared, 1 surprise`. */
export function totalLine(verdicts: readonly Verdict[]): string {
  const marks = verdicts.map(markOf);
  const number = (mark: Mark) => marks.filter((one) => one === mark).length;
  const parts = [`${number('ok')} as declared`];
  if (number('SURPRISE') > 0) parts.push(counted(number('SURPRISE'), 'surprise'));
  if (number('UNDECIDED') > 0) parts.push(`${number('UNDECIDED')} undecided`);
  if (number('ERROR') > 0) parts.push(counted(number('ERROR'), 'error'));
  return `${counted(verdicts.length, 'check')}: ${parts.join(', ')}`;
}
