/** A program run to its end, with what it took of the machine. */
import { spawnSync } from 'node:child_process';

export interface Timed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  /** From its start to its end, in seconds. */
  readonly seconds: number;
  /** User and system time of it and all its threads, in seconds: less noisy on a machine that others use too. */
  readonly cpuSeconds: number;
}

/**
 * Runs a command. POSIX `times` says what the processor did for it.
 * @throws Error where it cannot be started, or ends with an exit code that is not one of `codes`.
 */
export function timed(command: readonly string[], cwd: string, codes: readonly number[]): Timed {
  const script = '"$@"; code=$?; times >&2; exit $code';
  const from = performance.now();
  const ended = spawnSync('sh', ['-c', script, 'sh', ...command], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const seconds = (performance.now() - from) / 1000;
  const code = ended.status ?? -1;
  if (ended.error !== undefined) throw ended.error;
  if (!codes.includes(code))
    throw new Error(`${command.join(' ')} ended with ${code}\n${ended.stdout}${ended.stderr}`);
  const lines = ended.stderr.trimEnd().split('\n');
  // The last line is that of the children: user and system, `0m1.234000s 0m0.050000s`.
  const cpuSeconds = [...(lines.at(-1) as string).matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, rest]) => Number(minutes) * 60 + Number(rest))
    .reduce((sum, one) => sum + one, 0);
  return {
    stdout: ended.stdout,
    stderr: lines.slice(0, -2).join('\n'),
    code,
    seconds,
    cpuSeconds,
  };
}
