/** Rows set into columns: how wide each column is, where a long line breaks, where comments stand. */
import type { Row } from './rows.ts';
import { cut, type Paint, TIE, wrap } from './text.ts';
import type { Comment } from './values.ts';

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
const NARROWEST = 16;
const WIDEST_GAP = 6;

interface Piece {
  readonly text: string;
  readonly comment?: string;
  /** Where the comment starts, counted from the column's left edge. */
  readonly at?: number;
  readonly row: Row;
  /** First piece of its row: the one that is marked. */
  readonly head: boolean;
}

/** Lines of a diagram with one column for each CPU that occurs in `rows`, or a single column where they are too many. */
export function setInColumns(rows: readonly Row[], table: Table): Line[] {
  const shown = [...new Set(rows.map((row) => row.cpu))].sort((a, b) => a - b);
  if (shown.length === 0) return [];
  const room = table.width - MARGIN - 2 * (shown.length - 1);
  if (shown.length > 4 || room / shown.length < NARROWEST) return setInOne(rows, table);
  const columns = shown.map((cpu) => rows.filter((row) => row.cpu === cpu));
  const names = shown.map((cpu) => table.cpus[cpu]);
  const widths = chooseWidths(columns, names, room);
  const spare = room - widths.reduce((sum, one) => sum + one, 0);
  const gap = 2 + Math.min(WIDEST_GAP - 2, Math.floor(spare / Math.max(1, shown.length - 1)));
  const left = widths.map((_, index) =>
    widths.slice(0, index).reduce((sum, one) => sum + one + gap, MARGIN),
  );
  const pieces = new Map<Row, readonly Piece[]>();
  columns.forEach((column, index) => {
    for (const piece of setColumn(column, widths[index])) {
      pieces.set(piece.row, [...(pieces.get(piece.row) ?? []), piece]);
    }
  });
  const heading = headingOf(names, left, table.paint);
  const body = rows.flatMap((row) =>
    (pieces.get(row) ?? []).map((one) => lineOf(one, left[shown.indexOf(row.cpu)], table)),
  );
  return [...heading, ...body];
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
  return { text: line, first: row.first, last: row.last };
}

function covers(row: Row, step: number): boolean {
  return row.kind === 'step' && row.first <= step && step <= row.last;
}

function styleOf(row: Row): 'function' | 'bad' | 'dim' | 'heading' {
  if (row.kind === 'fault') return 'bad';
  if (row.kind === 'waits') return 'dim';
  return row.kind === 'function' ? 'function' : 'heading';
}

/** Every row of one column broken to `width`, comments aligned where they fit beside their steps. */
function setColumn(rows: readonly Row[], width: number): Piece[] {
  const at = commentColumn(rows, width);
  return rows.flatMap((row) => setRow(row, width, at));
}

function setRow(row: Row, width: number, at: number): Piece[] {
  const indent = Math.min(row.depth * 2, Math.floor(width / 3));
  const hang = width >= 24 ? 4 : 2;
  const lines = wrap(row.text, width - indent, { hang, limit: 4, code: true });
  const texts = lines.map((line) => ' '.repeat(indent) + line);
  const pieces = texts.map((text, index): Piece => ({ text, row, head: index === 0 }));
  const end = texts[texts.length - 1].length;
  row.comments.forEach((comment, index) => {
    const beside = index === 0 ? placeBeside(comment, end, at, width) : undefined;
    if (beside === undefined) pieces.push(...commentBelow(row, comment, indent + hang, width));
    else pieces[pieces.length - 1] = { ...pieces[pieces.length - 1], ...beside };
  });
  return pieces;
}

/** A comment on the last line of its step: aligned with others if that can be, without its path if it must be. */
function placeBeside(
  comment: Comment,
  end: number,
  aligned: number,
  width: number,
): { comment: string; at: number } | undefined {
  for (const text of comment.alone ? [comment.text, comment.brief] : [comment.text]) {
    for (const at of [Math.max(aligned, end + 1), end + 1]) {
      if (at + text.length + 6 <= width) return { comment: `/* ${text} */`, at };
    }
  }
  return undefined;
}

/** A comment on lines of its own: on one if that can be, on two if it must be, else without the path or not at all. */
function commentBelow(row: Row, comment: Comment, indent: number, width: number): Piece[] {
  const room = width - indent;
  const { text, brief, alone, always } = comment;
  const choices = [
    { text, limit: 1 },
    { text: alone ? brief : '', limit: 1 },
    { text, limit: 2 },
    { text: brief, limit: 2 },
    { text: always ? text : '', limit: Number.POSITIVE_INFINITY },
  ];
  const chosen = choices
    .filter((one) => one.text !== '')
    .find((one) => breakComment(one.text, room).length <= one.limit);
  const lines = chosen === undefined ? [] : breakComment(chosen.text, room);
  return lines.map((line) => ({ text: '', comment: line, at: indent, row, head: false }));
}

/** Neither an arrow nor the closing delimiter begins a line. */
function breakComment(text: string, room: number): string[] {
  const tied = `/* ${text.replaceAll(' -> ', `${TIE}-> `)}${TIE}*/`;
  const lines = wrap(tied, room, { hang: 3, code: true });
  return lines.map((line) => line.replaceAll(TIE, ' '));
}

/** Where comments of a column start: as far right as lets every comment that fits at all stand there. */
function commentColumn(rows: readonly Row[], width: number): number {
  const ends: number[] = [];
  let longest = 0;
  for (const row of rows) {
    if (row.comments.length === 0) continue;
    const end = row.depth * 2 + row.text.length + 1;
    const comment = row.comments[0].text.length + 6;
    if (end + comment > width) continue;
    ends.push(end);
    longest = Math.max(longest, comment);
  }
  return Math.max(0, ...ends.filter((end) => end + longest <= width));
}

/** What each column needs so that nothing breaks, or where that is too much, what makes the fewest lines. */
function chooseWidths(
  columns: readonly (readonly Row[])[],
  names: readonly string[],
  room: number,
): number[] {
  const needs = columns.map((rows, index) => Math.max(names[index].length, NARROWEST, need(rows)));
  if (needs.reduce((sum, one) => sum + one, 0) <= room) return needs;
  const least = names.map((name) => Math.max(name.length, NARROWEST));
  let widths = columns.map(() => Math.floor(room / columns.length));
  let best = costOf(columns, widths);
  for (let improved = true; improved; ) {
    improved = false;
    for (const next of moves(widths, least)) {
      const cost = costOf(columns, next);
      if (cost >= best) continue;
      best = cost;
      widths = next;
      improved = true;
    }
  }
  return widths.map((width, index) => Math.min(width, needs[index]));
}

/** Widths after some columns of text went from one column to another. */
function moves(widths: readonly number[], least: readonly number[]): number[][] {
  const found: number[][] = [];
  for (let from = 0; from < widths.length; from += 1) {
    for (let to = 0; to < widths.length; to += 1) {
      for (let by = 1; from !== to && by <= 12 && widths[from] - by >= least[from]; by += 1) {
        const next = [...widths];
        next[from] -= by;
        next[to] += by;
        found.push(next);
      }
    }
  }
  return found;
}

function need(rows: readonly Row[]): number {
  return rows.reduce((most, row) => {
    const comment = Math.max(0, ...row.comments.map((one) => one.text.length + 7));
    return Math.max(most, row.depth * 2 + row.text.length + comment);
  }, 0);
}

/** How bad a choice of widths looks: a line costs 1, a word broken in the middle 6, uneven columns a little. */
function costOf(columns: readonly (readonly Row[])[], widths: readonly number[]): number {
  const even = widths.reduce((sum, one) => sum + one, 0) / widths.length;
  let cost = 0;
  columns.forEach((rows, index) => {
    const width = widths[index];
    cost += setColumn(rows, width).length + Math.abs(width - even) / 8;
    for (const row of rows) {
      const room = width - row.depth * 2 - 4;
      const words = row.text.split(/[ (]/);
      cost += 6 * words.filter((word) => word.length > room).length;
    }
  });
  return cost;
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
