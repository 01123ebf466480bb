/** SPIN on a Promela twin: built once, run as often as wanted. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Measured {
  readonly states: number;
  /** Steps, the initial state counted as one. */
  readonly steps: number;
  readonly seconds: number;
  /** Of states, table and stack. */
  readonly bytesPerState: number;
}

/** The version of SPIN, or undefined where it or a C compiler is not installed. */
export function spinVersion(): string | undefined {
  try {
    execFileSync('gcc', ['--version']);
    return execFileSync('spin', ['-V'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** Compiles a twin for `n` processes: no reduction, safety only, as heddle searches. Returns what runs it. */
export function spin(twin: string, n: number): () => Measured {
  const cwd = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  const text = { cwd, encoding: 'utf8' } as const;
  execFileSync('spin', [`-DN=${n}`, '-a', twin], text);
  const flags = ['-O2', '-w', '-DNOREDUCE', '-DSAFETY', '-DVECTORSZ=2048'];
  execFileSync('gcc', [...flags, '-o', 'pan', 'pan.c'], text);
  return () => {
    const from = performance.now();
    // Invalid end states are what heddle reports and goes on from.
    const said = execFileSync('./pan', ['-E', '-m10000000', '-w24'], text);
    const seconds = (performance.now() - from) / 1000;
    const number = (pattern: RegExp): number => Number(pattern.exec(said)?.[1]);
    const states = number(/(\d+) states, stored/);
    const mebibytes = number(/([\d.]+)\s+actual memory usage/) || number(/([\d.]+)\s+equivalent/);
    return {
      states,
      steps: number(/(\d+) transitions/),
      seconds,
      bytesPerState: Math.round((mebibytes * 2 ** 20) / states),
    };
  };
}
