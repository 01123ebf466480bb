/** The rows of one CPU broken to the width of its column, with their comments. */
import type { Row } from './rows.ts';
import { TIE, wrap } from './text.ts';
import type { Comment } from './values.ts';

/** One line of a column. */
export interface Piece {
  readonly text: string;
  readonly comment?: string;
  /** Where the comment starts, counted from the column's left edge. */
  readonly at?: number;
  readonly row: Row;
  /** First piece of its row: the one that is marked. */
  readonly head: boolean;
}

/** Columns of blanks before a comment that is aligned with others, at most. */
const FARTHEST = 16;

/** Every row of one column broken to `width`, comments aligned where they fit beside their steps. */
export function setColumn(rows: readonly Row[], width: number): Piece[] {
  const at = commentColumn(rows, width);
  const deepest = needOf(rows) <= width ? width : Math.floor(width / 3);
  return rows.flatMap((row) => setRow(row, width, at, Math.min(row.depth * 2, deepest)));
}

/** The width at which nothing has to be broken. */
export function needOf(rows: readonly Row[]): number {
  return rows.reduce((most, row) => {
    const comment = Math.max(0, ...row.comments.map((one) => one.text.length + 7));
    return Math.max(most, row.depth * 2 + row.text.length + comment);
  }, 0);
}

function setRow(row: Row, width: number, at: number, indent: number): Piece[] {
  const hang = width >= 32 ? 4 : 2;
  const lines = wrap(row.text, width - indent, { hang, limit: 4, code: true }).map(untie);
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
    const isNear = aligned - end <= FARTHEST;
    for (const at of [isNear ? Math.max(aligned, end + 1) : end + 1, end + 1]) {
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
  return lines.map(untie);
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

function untie(line: string): string {
  return line.replaceAll(TIE, ' ');
}
