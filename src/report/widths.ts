/** Where the columns of a diagram begin. */
import { needOf, setColumn } from './column.ts';
import type { Row } from './rows.ts';

/** A column narrower than this holds no expression. */
export const NARROWEST = 16;

/** Columns of text between the left edges of two columns, at least. */
const LEAST_STEP = 12;
/** A name longer than this is cut. */
const MOST_STEP = 20;

/** The widths at which nothing has to be broken. */
export function needsOf(columns: readonly (readonly Row[])[], names: readonly string[]): number[] {
  return columns.map((rows, index) => Math.max(names[index].length, NARROWEST, needOf(rows)));
}

/**
 * Left edges of columns each of which goes on to the right edge of the text, at `width`: where least has to be broken, and as evenly
 * spread as that allows.
 */
export function chooseLefts(
  columns: readonly (readonly Row[])[],
  names: readonly string[],
  margin: number,
  width: number,
): number[] {
  const cost = costOf(columns, margin, width);
  const step = Math.floor((width - margin) / columns.length);
  let lefts = columns.map((_, index) => margin + index * step);
  let best = cost(lefts);
  for (let improved = true; improved; ) {
    improved = false;
    for (const next of moves(lefts, names, width)) {
      const found = cost(next);
      if (found >= best) continue;
      best = found;
      lefts = next;
      improved = true;
    }
  }
  return lefts;
}

/** Edges after one of them went elsewhere, and those beside it where they must. */
function moves(lefts: readonly number[], names: readonly string[], width: number): number[][] {
  const found: number[][] = [];
  const step = (index: number): number =>
    Math.max(LEAST_STEP, Math.min(MOST_STEP, names[index].length + 2));
  for (let moved = 1; moved < lefts.length; moved += 1) {
    for (let to = lefts[0]; to <= width - NARROWEST; to += 1) {
      const next = [...lefts];
      next[moved] = to;
      for (let at = moved - 1; at > 0; at -= 1)
        next[at] = Math.min(next[at], next[at + 1] - step(at));
      for (let at = moved + 1; at < next.length; at += 1)
        next[at] = Math.max(next[at], next[at - 1] + step(at - 1));
      const isSpread = next[1] - next[0] >= step(0) && next[next.length - 1] <= width - NARROWEST;
      if (isSpread) found.push(next);
    }
  }
  return found;
}

/**
 * How bad a choice of edges looks: a line costs 1, a path broken at a dot 3, a comment left out 4, a word broken in the middle 6, an edge
 * away from where it would be if all were alike a little.
 */
function costOf(
  columns: readonly (readonly Row[])[],
  margin: number,
  width: number,
): (lefts: readonly number[]) => number {
  const known = columns.map(() => new Map<number, number>());
  const costOfColumn = (index: number, room: number): number => {
    const before = known[index].get(room);
    if (before !== undefined) return before;
    const pieces = setColumn(columns[index], room);
    let cost = pieces.length + 3 * pieces.filter(({ text }) => /[^.]\.$/.test(text)).length;
    const told = new Set(
      pieces.filter(({ comment }) => comment !== undefined).map(({ row }) => row),
    );
    for (const row of columns[index]) {
      if (row.comments.length > 0 && !told.has(row)) cost += 4;
      const left = room - row.depth * 2 - 4;
      cost += 6 * row.text.split(/[ (]/).filter((word) => word.length > left).length;
    }
    known[index].set(room, cost);
    return cost;
  };
  const step = (width - margin) / columns.length;
  return (lefts) =>
    lefts.reduce((sum, left, index) => {
      const away = Math.abs(left - margin - index * step);
      return sum + costOfColumn(index, width - left) + away / 16;
    }, 0);
}
