/** Results of a benchmark: what is kept, the table of one run, and two runs beside each other. */
import type { Measured } from './run.ts';

/** One way of one row, with what each of its rounds took. */
export interface Result {
  readonly row: string;
  readonly way: string;
  readonly states?: number;
  readonly steps?: number;
  readonly seconds: readonly number[];
  readonly cpuSeconds: readonly number[];
  readonly bytes: readonly number[];
  /** What the search took from the heap of JavaScript, in bytes, and how often that was collected. */
  readonly allocated?: number;
  readonly collections?: number;
}

export interface Results {
  readonly date: string;
  /** Processor, cores, memory, Node, SPIN. */
  readonly machine: string;
  readonly quick: boolean;
  readonly rounds: number;
  readonly results: readonly Result[];
}

export function resultOf(row: string, way: string, runs: readonly Measured[]): Result {
  const { states, steps, allocated, collections } = runs[0] as Measured;
  return {
    row,
    way,
    ...(states === undefined ? {} : { states }),
    ...(steps === undefined ? {} : { steps }),
    ...(allocated === undefined ? {} : { allocated }),
    ...(collections === undefined ? {} : { collections }),
    seconds: runs.map(({ seconds }) => seconds),
    cpuSeconds: runs.map(({ cpuSeconds }) => cpuSeconds),
    bytes: runs.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes])),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

function rate({ steps, seconds }: Result): number {
  return (steps ?? Number.NaN) / median(seconds);
}

const HEAD = [
  'row',
  'way',
  'states',
  'steps',
  'seconds',
  'CPU s',
  'M steps/s',
  'bytes a state',
  'ratio',
];

/** How many times faster than the first way of its row: by steps a second, or by time where steps are left out. */
function timesFaster(one: Result, first: Result): number {
  if (one.row.startsWith('reduced/')) return median(first.seconds) / median(one.seconds);
  return rate(one) / rate(first);
}

/** A table in Markdown. `ratio`: as `timesFaster`. */
export function table({ results }: Results): string {
  const timed = results.filter(({ allocated }) => allocated === undefined);
  const rows = timed.map((one) => {
    const first = results.find(({ row }) => row === one.row) as Result;
    const bytes =
      one.states === undefined || one.bytes.length === 0
        ? Number.NaN
        : median(one.bytes) / one.states;
    return [
      one === first ? one.row : '',
      one.way,
      one.states?.toLocaleString('en-US') ?? '',
      one.steps?.toLocaleString('en-US') ?? '',
      digits(median(one.seconds), 2),
      digits(median(one.cpuSeconds), 2),
      digits(rate(one) / 1e6, rate(one) < 1e5 ? 4 : 2),
      digits(bytes, 0),
      one === first ? '' : digits(timesFaster(one, first), 2),
    ];
  });
  return markdown(HEAD, rows);
}

/** What a search takes from the heap of JavaScript, in a sentence for each. */
export function notes({ results }: Results): string {
  return results
    .flatMap(({ row, steps = 0, allocated, collections = 0 }) => {
      if (allocated === undefined) return [];
      const all = `${(allocated / 1e6).toFixed(1)} MB allocated in ${steps.toLocaleString('en-US')} steps`;
      const each = `${(allocated / steps).toFixed(2)} bytes a step, ${collections} collections`;
      return [`- ${row}: ${all}, ${each}.`];
    })
    .join('\n');
}

/** What became faster or slower. A row is marked where every round of one run beats every round of the other. */
export function compared(before: Results, after: Results): string {
  const rows = after.results.flatMap((now) => {
    const then = before.results.find(({ row, way }) => row === now.row && way === now.way);
    if (then === undefined) return [];
    const bytes = [then, now].map((one) => median(one.bytes));
    return [
      [
        now.row,
        now.way,
        digits(median(then.seconds), 2),
        digits(median(now.seconds), 2),
        digits(median(then.seconds) / median(now.seconds), 2),
        digits(median(then.cpuSeconds) / median(now.cpuSeconds), 2),
        digits((bytes[0] as number) / (bytes[1] as number), 2),
        isBeyondNoise(then.seconds, now.seconds) ? '*' : '',
        then.states === now.states && then.steps === now.steps ? 'same' : 'other',
      ],
    ];
  });
  const head = [
    'row',
    'way',
    'seconds before',
    'after',
    'faster',
    'by CPU',
    'less memory',
    'beyond noise',
    'counts',
  ];
  return markdown(head, rows);
}

function isBeyondNoise(before: readonly number[], after: readonly number[]): boolean {
  if (before.length < 3 || after.length < 3) return false;
  return Math.min(...before) > Math.max(...after) || Math.min(...after) > Math.max(...before);
}

function digits(value: number, count: number): string {
  return Number.isFinite(value) ? value.toFixed(count) : '';
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] as string).length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((text, at) => (at < 2 ? text.padEnd(widths[at] as number) : text.padStart(widths[at] as number))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
