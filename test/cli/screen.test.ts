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
  press('a');
  expect(await shows('cpus.CPU0')).not.toContain('READ_ONCE');
  press('q');
  const after = await shows('exit code 0');
  expect(after).not.toContain('counter: step');
});

test('replay takes other moves, searches on from them, goes back and saves', {
  timeout: 90_000,
}, async () => {
  const folder = folderWith({});
  await heddle(folder, 'init');
  await heddle(folder, 'check');
  const { press, shows } = terminal(folder, 'replay');
  await shows('counter: initial state of 4 steps');
  press('Right', 's');
  // CPU0 alone loses nothing; CPU1 reads the same value.
  const moves = await shows('2* CPU1');
  expect(await shows('is counted in 3')).toContain('1  CPU0  increment(): WRITE_ONCE(x, r0 + 1)');
  expect(moves).toContain('s close');
  press('1');
  await shows('counter: step 2 of 2 steps');
  expect(await shows('fine: searched')).toContain('-- branch: 0.1x2.0 went another way --');
  press('f');
  await shows('nothing that can follow violates anything: 3 states, all of them');
  press('u');
  await shows('counter: step 1 of 4 steps');
  press('s', 'Home', 's');
  await shows('1* CPU0');
  press('2');
  await shows('counter: step 1 of 1 step ');
  press('f');
  // The nearest violation from there is put behind it.
  expect(await shows('counter: step 1 of 4 steps')).toContain('^^^ violated here');
  press('w');
  await shows('npx heddle replay .heddle/branches/counter/1.json');
  press('b');
  await shows('counter: initial state of 4 steps');
  press('q');
  await shows('exit code 0');
  const saved = await heddle(folder, 'replay', '.heddle/branches/counter/1.json');
  expect(saved.stdout).toContain('-- branch: 0.1x2.0 went another way --');
  expect(saved.stdout).toContain('*** every increment is counted ***');
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
