/** Rows set side by side, a column for each CPU, and one for what interrupts it where rows stand apart. */
import { laneName } from '../replay/trace.ts';
import { type Piece, setColumn } from './column.ts';
import { columnOf, type Row } from './rows.ts';
import { cut, type Paint } from './text.ts';
import { chooseLefts, NARROWEST, needsOf } from './widths.ts';

export interface Line {
  readonly text: string;
  /** Steps of the trace this line shows, -1 for none. */
  readonly first: number;
  readonly last: number;
}

export interface Table {
  /** Columns of text available. */
  readonly width: number;
  /** Names of the columns, by index into `Trace.cpus`. */
  readonly cpus: readonly string[];
  readonly paint: Paint;
  /** The step to mark with `>`. */
  readonly marked?: number;
}

const MARGIN = 2;
const WIDEST_GAP = 6;

/**
 * Lines of a diagram: a column for each CPU that occurs in `rows`, a single one where they are too many; and where that is as good to read,
 * columns for what interrupts CPUs beside theirs, as `apart` has the same steps.
 */
export function setInColumns(
  rows: readonly Row[],
  apart: readonly Row[],
  table: Table,
): readonly Line[] {
  if (rows.length === 0) return [];
  const inline = layOut(rows, table);
  if (inline === undefined) return setInOne(rows, table);
  const isInterrupted = apart.some(({ context }) => context !== 'task');
  const beside = isInterrupted ? layOut(apart, table) : undefined;
  return draw(beside !== undefined && isAsGood(beside, inline) ? beside : inline, table);
}

/** Columns at their places, and the rows broken to their widths. */
interface Layout {
  readonly rows: readonly Row[];
  /** From left to right. */
  readonly lanes: readonly number[];
  readonly names: readonly string[];
  readonly left: readonly number[];
  readonly pieces: ReadonlyMap<Row, readonly Piece[]>;
}

const MOST_COLUMNS = 4;

/** Undefined where the columns are too many. */
function layOut(rows: readonly Row[], table: Table): Layout | undefined {
  const lanes = [...new Set(rows.map(columnOf))].sort((a, b) => a - b);
  const room = table.width - MARGIN - 2 * (lanes.length - 1);
  if (lanes.length > MOST_COLUMNS || room / lanes.length < NARROWEST) return undefined;
  const columns = lanes.map((lane) => rows.filter((row) => columnOf(row) === lane));
  const names = columns.map(([row]) => laneName(table.cpus, row));
  const { widths, left } =
    sideBySide(columns, names, room) ?? overlapping(columns, names, table.width);
  const pieces = new Map<Row, readonly Piece[]>();
  columns.forEach((column, index) => {
    for (const piece of setColumn(column, widths[index])) {
      pieces.set(piece.row, [...(pieces.get(piece.row) ?? []), piece]);
    }
  });
  return { rows, lanes, names, left, pieces };
}

/** How many times as many lines more columns may take. */
const MOST_LONGER = 1.15;

/** Whether more columns take few more lines, and leave nothing out that fewer have room for. */
function isAsGood(beside: Layout, inline: Layout): boolean {
  const [more, fewer] = [beside, inline].map(({ pieces }) => [...pieces.values()].flat());
  return more.length <= fewer.length * MOST_LONGER && inkOf(more) >= inkOf(fewer);
}

/** Characters shown, without what says where an interrupt begins and ends. */
function inkOf(pieces: readonly Piece[]): number {
  return pieces
    .filter(({ row }) => row.kind !== 'mark')
    .reduce((sum, { text, comment = '' }) => sum + (text + comment).replace(/ /g, '').length, 0);
}

function draw({ rows, lanes, names, left, pieces }: Layout, table: Table): Line[] {
  const heading = headingOf(
    names.map((name, index) => cut(name, (left[index + 1] ?? table.width + 2) - left[index] - 2)),
    left,
    table.paint,
  );
  const body = rows.flatMap((row) =>
    (pieces.get(row) ?? []).map((one) => lineOf(one, left[lanes.indexOf(columnOf(row))], table)),
  );
  return [...heading, ...body];
}

interface Places {
  readonly widths: readonly number[];
  readonly left: readonly number[];
}

/** Each column in room of its own, where nothing has to be broken for that. */
function sideBySide(
  columns: readonly (readonly Row[])[],
  names: readonly string[],
  room: number,
): Places | undefined {
  const widths = needsOf(columns, names);
  const spare = room - widths.reduce((sum, one) => sum + one, 0);
  if (spare < 0) return undefined;
  const gap = 2 + Math.min(WIDEST_GAP - 2, Math.floor(spare / Math.max(1, widths.length - 1)));
  const left = widths.map((_, index) =>
    widths.slice(0, index).reduce((sum, one) => sum + one + gap, MARGIN),
  );
  return { widths, left };
}

/** Else a line goes on to the right, below the names of other columns: only one CPU has something to say on it. */
function overlapping(
  columns: readonly (readonly Row[])[],
  names: readonly string[],
  width: number,
): Places {
  const left = chooseLefts(columns, names, MARGIN, width);
  return { left, widths: left.map((one) => width - one) };
}

function headingOf(names: readonly string[], left: readonly number[], paint: Paint): Line[] {
  const write = (text: (name: string) => string): Line => {
    let line = '';
    let length = 0;
    names.forEach((name, index) => {
      line += ' '.repeat(left[index] - length) + paint('cpu', text(name));
      length = left[index] + text(name).length;
    });
    return { text: line, first: -1, last: -1 };
  };
  return [write((name) => name), write((name) => '-'.repeat(name.length))];
}

function lineOf(piece: Piece, left: number, table: Table): Line {
  const { row, text, comment } = piece;
  const { first, last } = row;
  if (text.trim() === '' && comment === undefined) return { text: '', first, last };
  const words = text.trimStart();
  const start = left + text.length - words.length;
  const marked = piece.head && table.marked !== undefined && covers(row, table.marked);
  let line = marked ? `${' '.repeat(start - 2)}${table.paint('marker', '>')} ` : ' '.repeat(start);
  if (words !== '') line += table.paint(styleOf(row), words);
  if (comment !== undefined) {
    const gap = ' '.repeat((piece.at ?? 0) - text.length);
    const remark = comment.trimStart();
    const indent = ' '.repeat(comment.length - remark.length);
    line += gap + indent + table.paint('comment', remark);
  }
  return { text: line, first, last };
}

function covers(row: Row, step: number): boolean {
  return row.kind === 'step' && row.first <= step && step <= row.last;
}

function styleOf(row: Row): 'function' | 'bad' | 'dim' | 'heading' {
  if (row.kind === 'fault') return 'bad';
  if (row.kind === 'waits') return 'dim';
  return row.kind === 'step' ? 'heading' : 'function';
}

/** One column, the CPU's name in front of its first line after each switch. */
function setInOne(rows: readonly Row[], table: Table): Line[] {
  const longest = Math.max(...rows.map((row) => table.cpus[row.cpu].length));
  const name = Math.min(longest, Math.max(4, Math.floor(table.width / 4)));
  const left = MARGIN + name + 3;
  const pieces = setColumn(rows, Math.max(8, table.width - left));
  let running = -1;
  return pieces.map((piece) => {
    const line = lineOf(piece, left, table);
    if (piece.row.cpu === running) return line;
    running = piece.row.cpu;
    const label = cut(table.cpus[running], name);
    const head = ' '.repeat(MARGIN) + table.paint('cpu', label);
    return { ...line, text: head + line.text.slice(MARGIN + label.length) };
  });
}
