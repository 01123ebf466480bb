/** Levels of a breadth-first search, as positions where each starts. */

/** The level of a position, from 0; `from` is a level it is known not to lie before. */
export function levelAt(starts: readonly number[], position: number, from = 0): number {
  let level = from;
  while (level + 1 < starts.length && (starts[level + 1] as number) <= position) level += 1;
  return level;
}
