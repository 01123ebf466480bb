/** Which field makes a search large: the one with the most distinct values among a sample of its states. */
import type { Search } from './search.ts';

/** States from which on it is worth saying. */
export const WARNING_STATES = 1_000_000;
/** States looked at, evenly spread over the search. */
const SAMPLE = 4_096;

export interface WidestField {
  readonly field: string;
  readonly values: number;
}

/** The field of shared state with the most values; undefined for a small search. */
export function widestField(search: Search): WidestField | undefined {
  const { visited, engine, source } = search;
  if (visited.count < WARNING_STATES) return undefined;
  const { cells } = engine.compiled.layout;
  const fields = cells.filter(({ role }) => role !== 'local' && role !== 'control');
  const seen = fields.map(() => new Set<number>());
  const stride = Math.floor(visited.count / SAMPLE);
  for (let at = 0; at < SAMPLE; at += 1) {
    visited.load(at * stride, source);
    search.restore();
    for (const [index, { index: cell }] of fields.entries())
      seen[index]?.add(engine.memory.code(cell));
  }
  const values = seen.map(({ size }) => size);
  const most = Math.max(...values);
  const field = fields[values.indexOf(most)]?.name;
  return field === undefined ? undefined : { field, values: most };
}
