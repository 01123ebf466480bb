/** How wide each column of a diagram is. */
import { needOf, setColumn } from './column.ts';
import type { Row } from './rows.ts';

/** A column narrower than this holds no expression. */
export const NARROWEST = 16;

/**
 * Widths of columns that share `room`: what each needs so that nothing breaks, or where that is too much, what
 * breaks least. No column is wider than it needs.
 */
export function chooseWidths(
  columns: readonly (readonly Row[])[],
  names: readonly string[],
  room: number,
): number[] {
  const needs = columns.map((rows, index) =>
    Math.max(names[index].length, NARROWEST, needOf(rows)),
  );
  const cost = costOf(columns, needs);
  let widths = shares(needs, room);
  let best = cost(widths);
  for (let improved = true; improved; ) {
    improved = false;
    for (const next of moves(widths, needs)) {
      const found = cost(next);
      if (found >= best) continue;
      best = found;
      widths = next;
      improved = true;
    }
  }
  return widths;
}

/** Equal shares, but what a column does not need goes to those that do. */
function shares(needs: readonly number[], room: number): number[] {
  const widths = needs.map(() => 0);
  const order = needs.map((_, index) => index).sort((a, b) => needs[a] - needs[b]);
  let left = room;
  order.forEach((index, done) => {
    widths[index] = Math.min(needs[index], Math.floor(left / (order.length - done)));
    left -= widths[index];
  });
  return widths;
}

/** Widths after some columns of text went from one column to another. */
function moves(widths: readonly number[], needs: readonly number[]): number[][] {
  const found: number[][] = [];
  for (let from = 0; from < widths.length; from += 1) {
    for (let to = 0; to < widths.length; to += 1) {
      if (from === to) continue;
      const most = Math.min(12, widths[from] - NARROWEST, needs[to] - widths[to]);
      for (let by = 1; by <= most; by += 1) {
        const next = [...widths];
        next[from] -= by;
        next[to] += by;
        found.push(next);
      }
    }
  }
  return found;
}

/**
 * How bad a choice of widths looks: a line costs 1, a path broken at a dot 3, a word broken in the middle 6, a column
 * below its share a little.
 */
function costOf(
  columns: readonly (readonly Row[])[],
  needs: readonly number[],
): (widths: readonly number[]) => number {
  const known = columns.map(() => new Map<number, number>());
  const costOfColumn = (index: number, width: number): number => {
    const before = known[index].get(width);
    if (before !== undefined) return before;
    const pieces = setColumn(columns[index], width);
    let cost = pieces.length + 3 * pieces.filter(({ text }) => /[^.]\.$/.test(text)).length;
    for (const row of columns[index]) {
      const room = width - row.depth * 2 - 4;
      cost += 6 * row.text.split(/[ (]/).filter((word) => word.length > room).length;
    }
    known[index].set(width, cost);
    return cost;
  };
  return (widths) => {
    const even = widths.reduce((sum, one) => sum + one, 0) / widths.length;
    return widths.reduce((sum, width, index) => {
      const missing = Math.max(0, Math.min(even, needs[index]) - width);
      return sum + costOfColumn(index, width) + missing / 8;
    }, 0);
  };
}
