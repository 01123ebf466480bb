/** Which bound wins: flag, environment, the check's own, heddle.config, heddle's default. */
import type { Bounds } from '../design/check.ts';
import { parseCount, parseDuration, parseSize } from './flags.ts';
import type { Environment } from './terminal.ts';

/** The flags of `check` that bound a search, as typed. */
export interface BoundFlags {
  readonly maxStates?: string;
  readonly maxDepth?: string;
  readonly timeLimit?: string;
  readonly memoryLimit?: string;
}

interface Row {
  readonly bound: keyof Bounds;
  readonly flag: keyof BoundFlags;
  readonly option: string;
  readonly variable: string;
  readonly parse: (flag: string, value: string) => number;
}

const ROWS: readonly Row[] = [
  row('maxStates', 'maxStates', '--max-states', 'HEDDLE_MAX_STATES', parseCount),
  row('maxDepth', 'maxDepth', '--max-depth', 'HEDDLE_MAX_DEPTH', parseCount),
  row('timeLimitMs', 'timeLimit', '--time-limit', 'HEDDLE_TIME_LIMIT', parseDuration),
  row('memoryLimitBytes', 'memoryLimit', '--memory-limit', 'HEDDLE_MEMORY_LIMIT', parseSize),
];

/**
 * The bounds that flags and environment ask for.
 * @throws HeddleError `bad-flag` for one without its unit, also where it comes from the environment.
 */
export function boundsOf(flags: BoundFlags, environment: Environment): Bounds {
  const bounds: { -readonly [K in keyof Bounds]: Bounds[K] } = {};
  for (const { bound, flag, option, variable, parse } of ROWS) {
    const typed = flags[flag];
    const set = environment[variable];
    if (typed !== undefined) bounds[bound] = parse(option, typed);
    else if (set !== undefined && set !== '') bounds[bound] = parse(variable, set);
  }
  return bounds;
}

function row(
  bound: Row['bound'],
  flag: Row['flag'],
  option: string,
  variable: string,
  parse: Row['parse'],
): Row {
  return { bound, flag, option, variable, parse };
}
