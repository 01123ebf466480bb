/**
 * How many states the levels still to come will have, from those that are there: a parabola through the logarithms of their sizes, drawn
 * on until less than one state is left. Levels of many independent parts together grow and shrink like that.
 */

/** Levels that a curve needs at least. */
const FEWEST_LEVELS = 5;
/** A curve that has not come down by then never does. */
const MOST_LEVELS = 10_000;
/** Curves through all levels and through the later half that differ by more: the later half is a wave and no trend. */
const FAR_APART = 4;

/** All states, those of the levels given among them; the levels must be whole. Undefined where nothing says that they ever shrink. */
export function extrapolate(levels: readonly number[]): number | undefined {
  if (levels.length < FEWEST_LEVELS) return undefined;
  const all = drawOn(levels, 0);
  const late = drawOn(levels, Math.min(levels.length >> 1, levels.length - FEWEST_LEVELS));
  if (all === undefined || late === undefined) return all;
  const isTrend = late < all * FAR_APART && all < late * FAR_APART;
  return isTrend ? Math.round(Math.sqrt(all * late)) : all;
}

function drawOn(levels: readonly number[], from: number): number | undefined {
  const weights = weightsOf(levels, from);
  if (weights === undefined) return undefined;
  const [x = 0, y = 0, z = 0] = weights;
  const at = (level: number): number => x + y * level + z * level * level;
  // The curve goes on from the last levels, which it need not go through.
  const last = levels.length - 1;
  const off = [last - 2, last - 1, last].map(
    (level) => Math.log(levels[level] as number) - at(level),
  );
  const shift = off.reduce((sum, one) => sum + one, 0) / off.length;
  let total = levels.reduce((sum, size) => sum + size, 0);
  for (let level = last + 1; level < MOST_LEVELS; level += 1) {
    const size = Math.exp(at(level) + shift);
    if (!Number.isFinite(total + size)) return undefined;
    if (size < 1 && at(level) < at(level - 1)) return Math.round(total);
    total += size;
  }
  return undefined;
}

/** Least squares, later levels counting more; undefined where the levels do not decide. */
function weightsOf(levels: readonly number[], from: number): number[] | undefined {
  const rows = [0, 1, 2].map(() => [0, 0, 0, 0]);
  for (let level = from; level < levels.length; level += 1) {
    const weight = 0.3 + (0.7 * (level - from)) / (levels.length - 1 - from);
    const terms = [1, level, level * level, Math.log(levels[level] as number)];
    for (const [index, row] of rows.entries())
      for (const [column, term] of terms.entries())
        row[column] = (row[column] as number) + weight * (terms[index] as number) * term;
  }
  return solve(rows);
}

/** Three equations in three unknowns, each with its right side last: Cramer's rule. */
function solve(rows: readonly (readonly number[])[]): number[] | undefined {
  const column = (at: number): number[] => rows.map((row) => row[at] as number);
  const [x = [], y = [], z = [], right = []] = [0, 1, 2, 3].map(column);
  const whole = determinant(x, y, z);
  if (Math.abs(whole) < 1e-9) return undefined;
  return [
    determinant(right, y, z) / whole,
    determinant(x, right, z) / whole,
    determinant(x, y, right) / whole,
  ];
}

function determinant(x: readonly number[], y: readonly number[], z: readonly number[]): number {
  const [x0 = 0, x1 = 0, x2 = 0] = x;
  const [y0 = 0, y1 = 0, y2 = 0] = y;
  const [z0 = 0, z1 = 0, z2 = 0] = z;
  return x0 * (y1 * z2 - y2 * z1) - y0 * (x1 * z2 - x2 * z1) + z0 * (x1 * y2 - x2 * y1);
}
