/** One search by the command line, as users start it, and what it took. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { timed } from './timed.ts';

export interface Measured {
  /** Undefined where nothing is counted. */
  readonly states?: number;
  /** Steps, the initial state counted as one. */
  readonly steps?: number;
  /** Whether `steps` has all its digits. */
  readonly isExact?: boolean;
  /** What is compared: the search, from the first state to the verdict, or all of it where starting is part of the question. */
  readonly seconds: number;
  /** User and system time for that, of all threads, in seconds. */
  readonly cpuSeconds: number;
  /** Peak of resident memory, less what is resident before the search. */
  readonly bytes?: number;
  /** What the search took from the heap of JavaScript, in bytes, and how often that was collected. */
  readonly allocated?: number;
  readonly collections?: number;
}

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js');
const PEAK = 'peak resident kilobytes: ';
/** Loaded first: says at the end how much memory was resident at most. */
const TELLS_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.on('exit', () => console.error('${PEAK}' + process.resourceUsage().maxRSS));
`)}`;

/** A search of one check. @throws Error where it does not end as the check declares. */
export function search(check: string, flags: readonly string[]): Measured {
  const { verdict, peak, cpuSeconds } = called(check, flags);
  const { states, generated: steps, seconds } = verdict;
  const first = before(check, flags);
  return {
    states,
    steps,
    isExact: true,
    seconds,
    cpuSeconds: cpuSeconds - first.cpuSeconds,
    bytes: peak - first.peak,
  };
}

/** From the shell's prompt to the verdict. */
export function fromStart(check: string, flags: readonly string[]): Measured {
  const { verdict, seconds, cpuSeconds } = called(check, flags);
  const { states, generated: steps } = verdict;
  return { states, steps, isExact: true, seconds, cpuSeconds };
}

/** A search with every garbage collection written down. */
export function heap(check: string, flags: readonly string[]): Measured {
  const { verdict, cpuSeconds, collections } = called(check, flags, ['--trace-gc']);
  const first = called(check, [...flags, ...ENDS_AT_ONCE], ['--trace-gc']);
  const { states, generated: steps, seconds } = verdict;
  return {
    states,
    steps,
    isExact: true,
    seconds,
    cpuSeconds,
    allocated: allocatedBy(collections) - allocatedBy(first.collections),
    collections: collections.length - first.collections.length,
  };
}

/** Of each thread the heap before a collection, less what the one before has left. */
function allocatedBy(collections: readonly RegExpExecArray[]): number {
  const left = new Map<string, number>();
  let mebibytes = 0;
  for (const [, thread = '', used, rest] of collections) {
    mebibytes += Number(used) - (left.get(thread) ?? 0);
    left.set(thread, Number(rest));
  }
  return mebibytes * 2 ** 20;
}

/** What is there before a search is that of a run which ends at its first state. */
const ENDS_AT_ONCE = ['--max-states', '1', '--allow-incomplete'];
const known = new Map<string, { peak: number; cpuSeconds: number }>();

function before(check: string, flags: readonly string[]) {
  const key = [check, ...flags].join(' ');
  const first = known.get(key) ?? called(check, [...flags, ...ENDS_AT_ONCE]);
  known.set(key, first);
  return first;
}

const COLLECTION =
  /^\[\d+:(0x[0-9a-f]+)\].*?: (?:Scavenge|Mark-Compact).*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \(/;

function called(check: string, flags: readonly string[], options: readonly string[] = []) {
  const node = [process.execPath, ...options, '--import', TELLS_PEAK];
  const heddle = [MAIN, 'check', check, '--json', '--jobs', '1', ...flags];
  const { stdout, stderr, seconds, cpuSeconds } = timed([...node, ...heddle], process.cwd(), [0]);
  const peak = Number(stderr.split(PEAK)[1]?.split('\n')[0]) * 1024;
  const lines = stdout.trimEnd().split('\n');
  const events = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const verdict = events.find(({ type }) => type === 'verdict') as {
    states: number;
    generated: number;
    seconds: number;
  };
  const collections = lines.flatMap((line) => {
    const found = COLLECTION.exec(line);
    return found === null ? [] : [found];
  });
  return { verdict, peak, seconds, cpuSeconds, collections };
}

/** Whether `heddle check` knows these flags and, where it lists choices, their values. */
export function isKnown(flags: readonly string[]): boolean {
  const said = help();
  return flags.every((one) =>
    one.startsWith('--')
      ? new RegExp(`${one}\\b`).test(said)
      : /^\d/.test(one) || said.includes(`"${one}"`),
  );
}

let said: string | undefined;

function help(): string {
  said ??= execFileSync(process.execPath, [MAIN, 'check', '--help'], { encoding: 'utf8' });
  return said;
}
