/** Only what changed, and for `--full` the whole state. */
import type { Change, Trace } from '../replay/trace.ts';
import { ascii, cut, type Paint, plain, TIE, wrap } from './text.ts';
import { showValue, type Values, valuesOf } from './values.ts';

export interface ChangesOptions {
  /** Columns; default 72. */
  readonly width?: number;
  /** Only what this step (from 0) did, its locals included; default the whole trace. */
  readonly step?: number;
  readonly paint?: Paint;
}

/**
 * What a trace changed from its first state to its last, with the values between; or what one of its steps did.
 * Fields that end as they began are left out. Empty where nothing changed.
 * @example
 * renderChanges(trace)   // "  Changed:\n    page[0].refcount  0x03 -> 0x12 -> 0x10"
 */
export function renderChanges(trace: Trace, options: ChangesOptions = {}): string {
  const paint = options.paint ?? plain;
  const width = options.width ?? 72;
  const values = valuesOf(trace);
  if (options.step === undefined) {
    const lines = changeLines(histories(trace), values, width, paint);
    return lines.length === 0 ? '' : [`  ${paint('heading', 'Changed:')}`, ...lines].join('\n');
  }
  const step = trace.steps[options.step];
  if (step === undefined) return '';
  const shared = changeLines(ofStep(step.changes), values, width, paint);
  const locals = changeLines(ofStep(step.locals), values, width, paint);
  const parts: string[] = [];
  if (shared.length > 0) parts.push(`  ${paint('heading', 'Changed:')}`, ...shared);
  if (locals.length > 0) parts.push(`  ${paint('heading', 'Locals:')}`, ...locals);
  return parts.join('\n');
}

interface History {
  readonly path: string;
  readonly values: readonly string[];
}

function ofStep(changes: readonly Change[]): History[] {
  return changes
    .filter(({ after }) => after !== 'uninitialised')
    .map(({ path, before, after }) => ({ path, values: [before, after] }));
}

/**
 * The values each field took, in the order in which fields first changed. What belongs to a CPU alone (its masks and
 * readers) and the contents of freed objects are left out.
 */
function histories(trace: Trace): History[] {
  const found = new Map<string, string[]>();
  for (const step of trace.steps) {
    for (const { path, before, after } of step.changes) {
      const values = found.get(path) ?? [before];
      values.push(after);
      found.set(path, values);
    }
  }
  const all = [...found].map(([path, values]) => ({ path, values }));
  return all.filter(
    ({ path, values }) =>
      values[0] !== values.at(-1) &&
      values.at(-1) !== 'uninitialised' &&
      !trace.cpus.some((cpu) => path.startsWith(`${cpu} `)),
  );
}

function changeLines(
  all: readonly History[],
  values: Values,
  width: number,
  paint: Paint,
): string[] {
  const paths = all.map((one) => ascii(one.path.replace(/ is live$/, '')));
  const column = Math.min(
    Math.max(0, ...paths.map((path) => path.length)),
    Math.floor(width / 2) - 6,
  );
  return all.flatMap((one, index) => {
    const history = shorten(one.values.map((value) => showValue(values, one.path, value)));
    const under = ' '.repeat(column + 6);
    const path = paths[index].padEnd(column);
    // One longer than most has a line for itself where its values do not fit beside it.
    const beside = width - path.length - 6;
    const isLong = path.length > column && history.length > beside;
    const room = isLong ? width - column - 6 : Math.min(beside, width - column - 6);
    const lines = wrap(history, room).map((line) => line.replaceAll(TIE, ' '));
    const [first, ...rest] = lines;
    const head = isLong
      ? [`    ${cut(path, width - 4)}`, under + paint('comment', first)]
      : [`    ${path}  ${paint('comment', first)}`];
    return [...head, ...rest.map((line) => `${under}${line}`)];
  });
}

/** At most six values: the first two, then the last three. */
function shorten(values: readonly string[]): string {
  const kept = values.length <= 6 ? values : [...values.slice(0, 2), '...', ...values.slice(-3)];
  // An arrow ends a line rather than beginning one.
  return kept.join(`${TIE}-> `);
}

/**
 * A whole state, as `cursor.state()` gives it: one line for each field, nested as in the schema.
 * @example
 * renderState({ x: 1, page: [{ refcount: 3 }] })   // "  x             1\n  page[0].refcount  3"
 */
export function renderState(
  state: unknown,
  options: { width?: number; paint?: Paint } = {},
): string {
  const width = options.width ?? 72;
  const paint = options.paint ?? plain;
  const leaves: { path: string; value: string }[] = [];
  collect(state, '', leaves);
  const column = Math.min(Math.max(0, ...leaves.map((leaf) => leaf.path.length)), width - 24);
  return leaves
    .flatMap(({ path, value }) => {
      const [first, ...rest] = wrap(value, Math.max(8, width - column - 4));
      const head = `  ${cut(path, column).padEnd(column)}  ${paint('comment', first)}`;
      return [head, ...rest.map((line) => ' '.repeat(column + 4) + line)];
    })
    .join('\n');
}

function collect(value: unknown, path: string, leaves: { path: string; value: string }[]): void {
  if (typeof value !== 'object' || value === null) {
    leaves.push({ path: ascii(path), value: ascii(String(value)) });
    return;
  }
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((one, index) => [`[${index}]`, one])
    : Object.entries(value).map(([key, one]) => [path === '' ? key : `.${key}`, one]);
  if (entries.length === 0) leaves.push({ path: ascii(path), value: '(empty)' });
  for (const [key, one] of entries) collect(one, path + key, leaves);
}
