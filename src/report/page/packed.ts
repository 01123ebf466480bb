/** Plain data in which much is the same, written once: each value is an entry of a list, and whatever has it names its place there. */

/** A value as it is; or places in the list of entries (from 0): `[-1, ...]` of a list's elements, `[names, ...]` of an object's fields. */
export type Entry = string | number | boolean | null | readonly number[];

const LIST = -1;
/** Between the names of an object's fields, which no name may have in it. */
const BETWEEN = '\n';

/**
 * The entries of some data, the whole of it last. The same data give the same entries.
 * @example pack({ a: [7, 7] })   // [7, [-1, 0, 0], 'a', [2, 1]]
 */
export function pack(data: unknown): readonly Entry[] {
  const entries: Entry[] = [];
  const known = new Map<string, number>();
  const place = (entry: Entry): number => {
    const key = JSON.stringify(entry);
    const before = known.get(key);
    if (before !== undefined) return before;
    entries.push(entry);
    known.set(key, entries.length - 1);
    return entries.length - 1;
  };
  const put = (value: unknown): number => {
    if (Array.isArray(value)) return place([LIST, ...value.map(put)]);
    if (typeof value !== 'object' || value === null) return place(value as Entry);
    const fields = Object.entries(value).filter(([, one]) => one !== undefined);
    const names = place(fields.map(([name]) => name).join(BETWEEN));
    return place([names, ...fields.map(([, one]) => put(one))]);
  };
  put(data);
  return entries;
}

/** The data back; what was the same is the same object, so nobody may change it. */
export function unpack(entries: readonly Entry[]): unknown {
  const values: unknown[] = [];
  for (const entry of entries) {
    if (!Array.isArray(entry)) {
      values.push(entry);
      continue;
    }
    const [names, ...places] = entry as readonly number[];
    const parts = places.map((place) => values[place]);
    if (names === LIST) values.push(parts);
    else {
      const fields = String(values[names as number]);
      const all = fields === '' && parts.length === 0 ? [] : fields.split(BETWEEN);
      values.push(Object.fromEntries(all.map((name, at) => [name, parts[at]])));
    }
  }
  return values.at(-1);
}
