/** The command line as a user starts it: the built one, in a folder of the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `heddle` without a terminal, without colour and without what the environment says of limits. */
export function start(folder: string, args: readonly string[], environment = {}): ChildProcess {
  const { PATH, HOME } = process.env;
  return spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function heddle(folder: string, ...args: readonly string[]): Promise<Ran> {
  return ended(start(folder, args));
}

export function ended(child: ChildProcess): Promise<Ran> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}
