/** Which field makes a search large: the one with the most distinct values among a sample of its states. */
import type { Layout } from '../machine/layout.ts';
import type { Visited } from './visited.ts';

/** States from which on it is worth saying. */
export const WARNING_STATES = 1_000_000;
/** States looked at, evenly spread over the search. */
const SAMPLE = 4_096;

export interface WidestField {
  readonly field: string;
  /** Distinct values in the sample. */
  readonly values: number;
}

/** The number of states from which on a growing search is looked at again: the next power of two times the first. */
export function nextWarning(states: number): number {
  let next = WARNING_STATES;
  while (next <= states) next *= 2;
  return next;
}

/** The field of shared state with the most values; undefined for a small search. Leaves everything as it is. */
export function widestField(visited: Visited, layout: Layout): WidestField | undefined {
  if (visited.count < WARNING_STATES) return undefined;
  const fields = layout.cells.filter(({ role }) => role !== 'local' && role !== 'control');
  const seen = fields.map(() => new Set<number>());
  const words = new Uint32Array(Math.max(1, Math.ceil(layout.bytes / 4)));
  const bytes = new Uint8Array(words.buffer);
  const { firstKept } = visited;
  const kept = visited.count - firstKept;
  const stride = Math.max(1, Math.floor(kept / SAMPLE));
  for (let at = 0; at < Math.min(SAMPLE, kept); at += 1) {
    visited.load(firstKept + at * stride, words);
    for (const [index, { offset, width }] of fields.entries()) {
      let code = 0;
      for (let byte = width - 1; byte >= 0; byte -= 1)
        code = code * 0x100 + (bytes[offset + byte] as number);
      seen[index]?.add(code);
    }
  }
  const values = seen.map(({ size }) => size);
  const most = Math.max(...values);
  const field = fields[values.indexOf(most)]?.name;
  return field === undefined ? undefined : { field, values: most };
}
