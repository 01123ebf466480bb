/** SPIN on a Promela twin: built once, run as often as wanted. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timed } from './timed.ts';

export interface Twin {
  /** The Promela file, as an absolute path. */
  readonly file: string;
  /** Its constants: how many processes `N`, how many rounds `R`. */
  readonly defines: Readonly<Record<string, number>>;
  /** Slots of the hash table, as a power of two: more than there are states. */
  readonly hashBits: number;
  /** The longest path of the depth-first search; reaching it is an error. Default 10,000. */
  readonly maxDepth?: number;
  /** Whether SPIN's partial-order reduction is on. Default false. */
  readonly reduces?: boolean;
}

export interface SpinRun {
  readonly states: number;
  /** Steps, the initial state counted as one. */
  readonly steps: number;
  /** Whether `steps` is exact: from 100 million on SPIN prints eight digits. */
  readonly isExact: boolean;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** States, hash table and stack. */
  readonly bytes: number;
}

export interface Spin {
  run(): SpinRun;
  /** Removes what was built. */
  remove(): void;
}

/** The version of SPIN, or undefined where it or a C compiler is not installed. */
export function spinVersion(): string | undefined {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return execFileSync('spin', ['-V'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

const FLAGS = ['-O2', '-w', '-DSAFETY', '-DMEMLIM=16384'];

/** Compiles a twin: safety only, as heddle searches. */
export function spin(twin: Twin): Spin {
  const cwd = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  const defines = Object.entries(twin.defines).map(([name, value]) => `-D${name}=${value}`);
  execFileSync('spin', [...defines, '-a', twin.file], { cwd });
  const whole = twin.reduces === true ? [] : ['-DNOREDUCE'];
  execFileSync('gcc', [...FLAGS, ...whole, '-o', 'pan', 'pan.c'], { cwd });
  // Invalid end states are what heddle reports and goes on from.
  const command = ['./pan', '-E', `-m${twin.maxDepth ?? 10_000}`, `-w${twin.hashBits}`];
  return {
    run: () => {
      const { stdout, seconds, cpuSeconds } = timed(command, cwd, [0]);
      return { ...read(stdout), seconds, cpuSeconds };
    },
    remove: () => rmSync(cwd, { recursive: true }),
  };
}

/** What pan says of its search. @throws Error where it found something or stopped early. */
function read(said: string): Pick<SpinRun, 'states' | 'steps' | 'isExact' | 'bytes'> {
  if (!/errors: 0\b/.test(said) || /max search depth too small|Search not completed/.test(said))
    throw new Error(`SPIN did not search to the end:\n${said}`);
  const text = (pattern: RegExp): string => pattern.exec(said)?.[1] ?? '';
  const steps = text(/([\d.e+]+) transitions/);
  return {
    states: Number(text(/([\d.e+]+) states, stored/)),
    steps: Number(steps),
    isExact: !steps.includes('e'),
    bytes: Number(text(/([\d.]+)\s+total actual memory usage/)) * 2 ** 20,
  };
}
