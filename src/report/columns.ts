/** Rows set side by side, a column for each CPU. */
import { type Piece, setColumn } from './column.ts';
import type { Row } from './rows.ts';
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

/** Lines of a diagram with one column for each CPU that occurs in `rows`, or a single column where they are too many. */
export function setInColumns(rows: readonly Row[], table: Table): Line[] {
  const shown = [...new Set(rows.map((row) => row.cpu))].sort((a, b) => a - b);
  if (shown.length === 0) return [];
  const room = table.width - MARGIN - 2 * (shown.length - 1);
  if (shown.length > 4 || room / shown.length < NARROWEST) return setInOne(rows, table);
  const columns = shown.map((cpu) => rows.filter((row) => row.cpu === cpu));
  const names = shown.map((cpu) => table.cpus[cpu]);
  const { widths, left } =
    sideBySide(columns, names, room) ?? overlapping(columns, names, table.width);
  const pieces = new Map<Row, readonly Piece[]>();
  columns.forEach((column, index) => {
    for (const piece of setColumn(column, widths[index])) {
      pieces.set(piece.row, [...(pieces.get(piece.row) ?? []), piece]);
    }
  });
  const heading = headingOf(
    names.map((name, index) => cut(name, (left[index + 1] ?? table.width + 2) - left[index] - 2)),
    left,
    table.paint,
  );
  const body = rows.flatMap((row) =>
    (pieces.get(row) ?? []).map((one) => lineOf(one, left[shown.indexOf(row.cpu)], table)),
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
  return row.kind === 'function' ? 'function' : 'heading';
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
