/** A real terminal: replay's keys, and the progress block of a search that is interrupted. */
import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { folderWith } from '../load/folder.ts';
import { requires } from '../requires.ts';
import { command, heddle } from './command.ts';
import { ENDLESS } from './endless.ts';

interface Terminal {
  press(...keys: readonly string[]): void;
  /** Waits until the screen shows a text, and gives the screen. */
  shows(text: string): Promise<string>;
}

/** Starts heddle in a terminal of 90 columns and 30 lines, which stays when heddle ends. */
function terminal(folder: string, ...args: readonly string[]): Terminal {
  const tmux = requires('tmux');
  const server = `heddle-test-${process.pid}`;
  const run = (...words: readonly string[]) =>
    execFileSync(tmux, ['-L', server, '-f', '/dev/null', ...words], { encoding: 'utf8' });
  const line = [process.execPath, command, ...args].map((word) => `'${word}'`).join(' ');
  const shell = `trap : INT; unset CI; cd '${folder}'; ${line}; echo "exit code $?"; sleep 60`;
  run(
    'new-session',
    '-d',
    '-x',
    '90',
    '-y',
    '30',
    `sh -c ${JSON.stringify(shell).replaceAll('$', '\\$')}`,
  );
  onTestFinished(() => void run('kill-server'));
  return {
    press: (...keys) => void run('send-keys', ...keys),
    shows: async (text) => {
      for (let screen = ''; ; ) {
        const before = screen;
        screen = run('capture-pane', '-p');
        if (screen.includes(text)) return screen;
        await new Promise((resolve) => setTimeout(resolve, before === screen ? 100 : 50));
      }
    },
  };
}

test('replay walks a schedule forwards and backwards', { timeout: 60_000 }, async () => {
  const folder = folderWith({});
  await heddle(folder, 'init');
  await heddle(folder, 'check');
  const { press, shows } = terminal(folder, 'replay');
  await shows('counter: initial state of 4 steps');
  press('Right', 'Right');
  expect(await shows('counter: step 2 of 4 steps')).toContain('> r0 = READ_ONCE(x)');
  press(']');
  await shows('counter: step 4 of 4 steps');
  press('[', 'Left');
  await shows('counter: step 1 of 4 steps');
  press('g', '3');
  await shows('go to step: 3_');
  press('Enter');
  expect(await shows('counter: step 3 of 4 steps')).toContain('x  0 -> 1');
  press('f');
  expect(await shows('cpus.CPU0')).not.toContain('READ_ONCE');
  press('q');
  const after = await shows('exit code 0');
  expect(after).not.toContain('counter: step');
});

test('a search shows how far it is, and says what it covered on Ctrl-C', {
  timeout: 60_000,
}, async () => {
  const folder = folderWith({ 'checks/endless.ts': ENDLESS });
  const { press, shows } = terminal(folder, 'check');
  expect(await shows('frontier')).toMatch(
    /^ {2}endless {2}[\d,]+ states {2}[\d,]+\/s {2}depth \d+/m,
  );
  press('C-c');
  const screen = await shows('exit code 130');
  expect(screen).toContain('endless  INCOMPLETE');
  expect(screen).not.toContain('/s  depth');
});
