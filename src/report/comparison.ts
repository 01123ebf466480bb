/** Two revisions of a design by their evidence: which verdicts, counts, protected words and schedules changed, in words. */
import { Block } from './block.ts';
import { type Difference, differenceLine, differencesOf, shown } from './differences.ts';
import type { CheckRecord, Manifest } from './manifest.ts';
import { counted, grouped, type Paint, plain } from './text.ts';

export interface ComparisonOptions {
  /** Every figure that differs; default only what a reviewer asks about. */
  readonly full?: boolean;
  readonly paint?: Paint;
  /** What the two are called. */
  readonly names?: readonly [string, string] | readonly string[];
  /** Columns; default 72. */
  readonly width?: number;
}

/** A block for each check that is not as it was, and a last line that counts them. */
export function renderComparison(
  before: Manifest,
  after: Manifest,
  options: ComparisonOptions = {},
): { readonly text: string; readonly isSame: boolean } {
  const { full = false, paint = plain, names = ['the first', 'the second'], width = 72 } = options;
  const blocks: string[] = [];
  const [first = '', second = ''] = names;
  const common = before.checks.flatMap((one) => {
    const other = after.checks.find(({ check }) => check === one.check);
    return other === undefined ? [] : [[one, other] as const];
  });
  let touched = 0;
  for (const [one, other] of common) {
    const lines = full ? linesInFull(one, other) : linesOf(one, other);
    if (lines.length > 0) blocks.push(block(one.check, lines, width, paint));
    else if (one.modelHash !== other.modelHash) touched += 1;
  }
  const changed = blocks.length;
  const gone = before.checks.filter((one) => !has(after, one));
  const added = after.checks.filter((one) => !has(before, one));
  for (const [where, those] of [
    [first, gone],
    [second, added],
  ] as const) {
    if (those.length === 0) continue;
    const lines = those.map(({ check, verdict }) => `${check}  ${verdict.verdict.toUpperCase()}`);
    blocks.push(block(`only in ${where}`, lines, width, paint));
  }
  const parts = [
    totalOf(common.length, changed),
    ...(gone.length > 0 ? [`${gone.length} gone`] : []),
    ...(added.length > 0 ? [`${added.length} new`] : []),
    ...(touched > 0 ? [`${touched} of another model that came to the same`] : []),
  ];
  const isSame = changed + gone.length + added.length === 0;
  const files = changedFiles(before.sources, after.sources);
  if (files.length > 0 && (touched > 0 || !isSame))
    blocks.push(block('files', files, width, paint));
  return { text: [...blocks, parts.join(', ')].join('\n\n'), isSame };
}

function totalOf(common: number, changed: number): string {
  if (common === 0) return 'no check in common';
  if (changed === 0) return `${counted(common, 'check')}: nothing differs`;
  return `${changed} of ${counted(common, 'check')} ${changed === 1 ? 'differs' : 'differ'}`;
}

/** Files of users that checks are made of, and that are not the same. */
function changedFiles(before: Manifest['sources'], after: Manifest['sources']): readonly string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.flatMap((path) => {
    if (before[path] === after[path]) return [];
    const word =
      before[path] === undefined ? 'new' : after[path] === undefined ? 'gone' : 'changed';
    return [`${word}: ${path}`];
  });
}

function has({ checks }: Manifest, { check }: CheckRecord): boolean {
  return checks.some((one) => one.check === check);
}

function block(title: string, lines: readonly string[], width: number, paint: Paint): string {
  const write = new Block(width, paint);
  write.raw(paint('heading', title));
  for (const line of lines) write.say(line, 2, 4);
  return write.text();
}

function linesInFull(one: CheckRecord, other: CheckRecord): string[] {
  return differencesOf(one, other).map(differenceLine);
}

/** What a reviewer asks about. Where a search was done otherwise its counts say nothing, and that is said first. */
function linesOf(one: CheckRecord, other: CheckRecord): string[] {
  const all = differencesOf(one, other);
  const of = (...path: readonly string[]) =>
    all.filter((each) => path.every((part, at) => each.path[at] === part));
  return [
    ...of('options').map((each) => `searched otherwise: ${differenceLine(each)}`),
    ...of('facilities').map((each) => `facility ${each.path[1]}: ${arrow(each)}`),
    ...of('verdict', 'verdict').map(arrowUpper),
    ...of('verdict', 'expected').map((each) => `declared: ${arrow(each)}`),
    ...of('verdict', 'ok').map(({ is }) =>
      is === true ? 'as declared now' : 'NOT as declared now',
    ),
    ...of('verdict', 'stopped', 'value').map((each) => `stopped: ${arrow(each)}`),
    ...properties(one, other),
    ...counts(of),
    ...protectedWords(of('verdict', 'protected')),
    ...of('verdict', 'scope').map(scopeLine),
    ...neverTaken(of('verdict', 'notTaken'), one, other),
  ];
}

function arrow({ was, is }: Difference): string {
  return `${shown(was)} -> ${shown(is)}`;
}

function arrowUpper(difference: Difference): string {
  return arrow(difference).toUpperCase();
}

function properties(one: CheckRecord, other: CheckRecord): string[] {
  const [before, after] = [one.verdict.properties, other.verdict.properties];
  const ids = [...new Set([...before, ...after].map(({ id }) => id))];
  return ids.flatMap((id) => {
    const was = before.find((each) => each.id === id);
    const is = after.find((each) => each.id === id);
    if (was === undefined) return [`${is?.name}: new, ${shown(is?.verdict)}`];
    if (is === undefined) return [`${was.name}: gone, was ${was.verdict}`];
    const lines: string[] = [];
    if (was.name !== is.name) lines.push(`${id} says otherwise: ${is.name}`);
    const [from, to] = [scheduleOf(was), scheduleOf(is)];
    if (was.verdict !== is.verdict) {
      const ended = to !== '' ? `: ${to}` : from !== '' ? `; gone is ${from}` : '';
      lines.push(`${is.name}: ${was.verdict} -> ${is.verdict}${ended}`);
    } else if (from !== to) lines.push(`${id}: another schedule, ${to}; was ${from}`);
    if (was.met !== is.met && was.verdict === is.verdict)
      lines.push(`${id}: met in ${grouped(was.met ?? 0)} -> ${grouped(is.met ?? 0)} states`);
    const [asked, askedNow] = [was.evaluated > 0, is.evaluated > 0];
    if (asked !== askedNow && was.verdict === is.verdict)
      lines.push(`${id}: ${askedNow ? 'evaluated now' : 'never evaluated now'}`);
    return lines;
  });
}

function scheduleOf({
  schedule = '',
  initial = '',
  steps = 0,
}: CheckRecord['verdict']['properties'][number]): string {
  if (schedule === '') return '';
  const from = initial === '' || initial === 'initial' ? '' : ` from '${initial}'`;
  return `${schedule}${from} (${counted(steps, 'step')})`;
}

const COUNTS = [
  ['states', 'states'],
  ['generated', 'generated'],
  ['depth', 'levels'],
  ['dead', 'dead states'],
] as const;

function counts(of: (...path: readonly string[]) => readonly Difference[]): string[] {
  const parts = COUNTS.flatMap(([field, name]) =>
    of('verdict', field).map((each) => `${arrow(each)} ${name}`),
  );
  return parts.length === 0 ? [] : [parts.join(', ')];
}

function protectedWords(all: readonly Difference[]): string[] {
  const words = all.flatMap(({ path: [, , lock = '', word], was, is }) => {
    const names = word === undefined ? Object.keys((was ?? is) as object) : [word];
    return names.map((name) => ({ lock, name, isNow: is !== undefined }));
  });
  const locks = [...new Set(words.map(({ lock }) => lock))];
  return locks.flatMap((lock) =>
    [true, false].flatMap((isNow) => {
      const own = words.filter((one) => one.lock === lock && one.isNow === isNow);
      if (own.length === 0) return [];
      const names = own.map(({ name }) => name).join(', ');
      return [`${isNow ? 'now' : 'no longer'} always under ${lock}: ${names}`];
    }),
  );
}

function scopeLine({ path, is }: Difference): string {
  return `scope ${is === undefined ? 'no longer' : 'now'}: ${path[2]}`;
}

/** Steps that one of the two never takes, though both have them. */
function neverTaken(all: readonly Difference[], one: CheckRecord, other: CheckRecord): string[] {
  const both = (step: string) => step in one.verdict.steps && step in other.verdict.steps;
  return all.flatMap(({ path, is }) => {
    const step = path[2] ?? '';
    if (is !== undefined) return [`never taken${both(step) ? ' now' : ''}: ${step}`];
    return both(step) ? [`taken now: ${step}`] : [];
  });
}
