/** Two records of one check, compared to the last figure: what differs, most important first, and in words. */
import type { CheckRecord } from './manifest.ts';
import { grouped } from './text.ts';

/** One thing that is not the same; what one side lacks is undefined there. */
export interface Difference {
  /** Where in the record: `verdict`, `states`. */
  readonly path: readonly string[];
  readonly was: unknown;
  readonly is: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** What comes first; everything else follows in the order of the record. */
const FIRST = [
  'modelHash',
  'options',
  'facilities',
  'verdict/verdict',
  'verdict/error',
  'verdict/stopped',
  'verdict/properties',
  'verdict/states',
  'verdict/generated',
  'verdict/depth',
  'verdict/dead',
  'verdict/levels',
  'verdict/protected',
  'verdict/scope',
  'verdict/notTaken',
] as const;

/** Of the things in these lists, what each is known by. */
const KEYS: Readonly<Record<string, string>> = { properties: 'id', schedules: 'property' };

/** How a line of the scope begins that says which words a lock protects. */
const PROTECTED = /^always under (.+?): (.*)$/s;

/** All that differs between two records. */
export function differencesOf(before: CheckRecord, after: CheckRecord): readonly Difference[] {
  const found: Difference[] = [];
  compare(legible(before), legible(after), [], found);
  const rank = ({ path }: Difference): number => {
    const place = FIRST.findIndex((one) => `${path.join('/')}/`.startsWith(`${one}/`));
    return place === -1 ? FIRST.length : place;
  };
  return found
    .map((one, at) => ({ one, at }))
    .sort((first, second) => rank(first.one) - rank(second.one) || first.at - second.at)
    .map(({ one }) => one);
}

/** All that differs between two rows of a table, whatever is in them. */
export function rowDifferences(before: object, after: object): readonly Difference[] {
  const found: Difference[] = [];
  compare(before, after, [], found);
  return found;
}

/** The record with lists as what they mean: sets, or things that are known by a name. */
function legible(record: CheckRecord): Fields {
  const { scope, notTaken, unreadLocals = [], levels, ...verdict } = record.verdict;
  const locks = scope.flatMap((line) => {
    const [, lock = '', words = ''] = PROTECTED.exec(line) ?? [];
    return lock === '' ? [] : [[lock, setOf(words.split(', '))] as const];
  });
  return {
    ...record,
    schedules: byKey('schedules', record.schedules),
    verdict: {
      ...verdict,
      properties: byKey('properties', verdict.properties),
      levels: { ...levels },
      protected: Object.fromEntries(locks),
      scope: setOf(scope.filter((line) => !PROTECTED.test(line))),
      notTaken: setOf(notTaken),
      unreadLocals: setOf(unreadLocals),
    },
  };
}

function setOf(all: readonly string[]): Fields {
  return Object.fromEntries(all.map((one) => [one, true]));
}

function byKey(list: string, all: readonly object[]): Fields {
  const key = KEYS[list] as string;
  return Object.fromEntries(all.map((one) => [String((one as Fields)[key]), one]));
}

function compare(was: unknown, is: unknown, path: readonly string[], found: Difference[]): void {
  if (!isFields(was) || !isFields(is)) {
    if (JSON.stringify(was) !== JSON.stringify(is)) found.push({ path, was, is });
    return;
  }
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)]))
    compare(was[key], is[key], [...path, key], found);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a reader calls the things of a record; the last part of the path stands for itself where it is not named. */
const NAMES: Readonly<Record<string, string>> = {
  modelHash: 'the model (SHA-256 of its bundle)',
  'verdict/verdict': 'verdict',
  'verdict/depth': 'levels',
  'verdict/generated': 'states generated',
  'verdict/dead': 'dead states',
  'verdict/allocationsRefused': 'allocations refused',
  'verdict/expected': 'declared verdict',
  'verdict/ok': 'as declared',
};

/** What differs, without how: `states`, `P5, schedule`, `new states of level 4`. */
export function subjectOf({ path }: Difference): string {
  const named = NAMES[path.join('/')];
  if (named !== undefined) return named;
  const [first = '', second = '', third = '', ...rest] = path;
  if (first !== 'verdict')
    return first === 'schedules'
      ? [`schedule of ${second}`, third, ...rest].filter((part) => part !== '').join(', ')
      : path.join(', ');
  switch (second) {
    case 'properties':
      return [third, ...rest].join(', ');
    case 'levels':
      return `new states of level ${Number(third) + 1}`;
    case 'steps':
      return `times that '${third}' was taken`;
    case 'notTaken':
      return `'${third}' never taken`;
    case 'protected':
      return rest.length === 0 ? `words under ${third}` : `${rest[0]} always under ${third}`;
    case 'scope':
      return `scope '${third}'`;
    case 'unreadLocals':
      return `local ${third} never read`;
    default:
      return [second, third, ...rest].filter((part) => part !== '').join(', ');
  }
}

/** A figure or a word as it is printed; `nothing` where a side has none. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number') return Number.isInteger(value) ? grouped(value) : String(value);
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
    return value.join(', ');
  if (isFields(value) && Object.values(value).every((one) => one === true))
    return Object.keys(value).join(', ');
  return JSON.stringify(value);
}

/** In one line: `states: was 13, is 17`. */
export function differenceLine(difference: Difference): string {
  return `${subjectOf(difference)}: was ${shown(difference.was)}, is ${shown(difference.is)}`;
}
