/** Searches that are killed, interrupted, bounded, and go on. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { addFiles, folderWith } from '../load/folder.ts';
import { ended, heddle, type Ran, start } from './command.ts';
import { ENDLESS } from './endless.ts';
import { PATIENT } from './patient.ts';

const KILLS = Number(process.env.HEDDLE_KILLS ?? 6);
const own = '.heddle/checkpoints/patient';

/** The verdict of a run with --json --stable: nothing in it differs from run to run. */
function verdictOf({ stdout }: Ran): unknown {
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return records.find(({ type }) => type === 'verdict');
}

function checkpointsIn(folder: string): string[] {
  const path = join(folder, own);
  return existsSync(path) ? readdirSync(path).filter((file) => /^\d+\.checkpoint$/.test(file)) : [];
}

test(`a search that is killed ${KILLS} times ends with the counts of an undisturbed one`, async () => {
  const folder = folderWith({ 'checks/patient.ts': PATIENT });
  const args = ['check', 'patient', '--json', '--stable'];
  const begun = performance.now();
  const undisturbed = await heddle(folder, ...args);
  const whole = performance.now() - begun;
  expect(undisturbed.code).toBe(0);
  expect(verdictOf(undisturbed)).toMatchObject({ complete: true, states: 756_439 });
  expect(checkpointsIn(folder)).toEqual([]);

  const kept = [...args, '--checkpoint', '--checkpoint-every', '20ms'];
  let kills = 0;
  let resumed = 0;
  let random = 1;
  // Where none of them came after a checkpoint, it is killed later and later until one does.
  for (let isKilled = true; kills < KILLS || resumed === 0 || isKilled; ) {
    const resume = checkpointsIn(folder).length > 0 ? ['--resume'] : [];
    resumed += resume.length;
    const child = start(folder, [...kept, ...resume]);
    const end = ended(child);
    if (kills < KILLS || resumed === 0) {
      random = (random * 48_271) % 0x7fffffff;
      const later = Math.max(0, kills - KILLS) * 100;
      // From before the first state to long after the first checkpoint, but seldom to the end.
      await Promise.race([sleep(200 + later + (random / 0x7fffffff) * whole * 0.6), end]);
      child.kill('SIGKILL');
    }
    const ran = await end;
    expect(ran.stderr).not.toContain('damaged');
    isKilled = ran.code === null;
    if (isKilled) kills += 1;
    // It came to its end before it could be killed; the next begins anew.
    else expect(verdictOf(ran)).toEqual(verdictOf(undisturbed));
  }
  console.info(`${kills} kills, ${resumed} times resumed`);
  expect(resumed).toBeGreaterThan(0);
  expect(checkpointsIn(folder)).toEqual([]);
}, 3_600_000);

describe('a search that a bound ends', () => {
  test('goes on with another, from the checkpoint before where the latest is torn', async () => {
    const folder = folderWith({ 'checks/patient.ts': PATIENT });
    const first = await heddle(folder, 'check', '--checkpoint', '--max-states', '50_000');
    expect(first.code).toBe(3);
    expect(first.stderr).toContain(`patient is kept in ${own}/1.checkpoint\n`);
    expect(first.stderr).toContain('  next: npx heddle check patient --resume\n');
    const second = await heddle(
      folder,
      ...['check', '--checkpoint', '--max-states', '60_000', '--resume'],
    );
    expect(second.stderr).toMatch(
      /^patient goes on from .heddle\/checkpoints\/patient\/1.checkpoint: 50,00\d states$/m,
    );
    truncateSync(join(folder, own, '2.checkpoint'), 100_000);
    const third = await heddle(folder, 'check', '--resume', '--max-states', '70_000');
    expect(third.stderr).toMatch(/^passed over: \S+2.checkpoint is damaged: it ends in part \d+$/m);
    expect(third.stderr).toMatch(/^patient goes on from \S+1.checkpoint: 50,00\d states$/m);
    expect(third.stdout).toMatch(/7\d,\d\d\d states so far/);

    const file = join(own, '2.checkpoint');
    const given = await heddle(folder, 'check', '--resume-from', file);
    expect(given.code).toBe(2);
    expect(given.stdout).toMatch(/error\[bad-checkpoint\]: \S+2.checkpoint is damaged/);

    addFiles(folder, { 'checks/patient.ts': PATIENT.replace('% 24', '% 25') });
    const other = await heddle(folder, 'check', '--resume-from', join(own, '1.checkpoint'));
    expect(other.code).toBe(2);
    expect(other.stdout).toMatch(
      /error\[other-checkpoint\]: \S+ is of another model, or check: [\da-f]{12}…, and this is/,
    );
  });

  test('is not kept where nobody asked for it', async () => {
    const folder = folderWith({ 'checks/patient.ts': PATIENT });
    const { code, stderr } = await heddle(folder, 'check', '--max-states', '50_000');
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(checkpointsIn(folder)).toEqual([]);
    const none = await heddle(folder, 'check', 'patient', '--resume');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('error[bad-checkpoint]: there is no checkpoint of patient\n');
    const two = await heddle(folder, 'check', '--resume-from', 'missing.checkpoint');
    expect(two.stdout).toContain('error[bad-checkpoint]: there is no file missing.checkpoint\n');
  });
});

test('Ctrl-C says where the search is kept, and how it goes on', async () => {
  const folder = folderWith({ 'checks/patient.ts': ENDLESS });
  const child = start(folder, ['check', '--json', '--checkpoint-dir', 'kept']);
  child.stdout?.setEncoding('utf8');
  const end = ended(child);
  for (;;) {
    const [text] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    if (String(text).includes('"progress"')) break;
  }
  child.kill('SIGINT');
  const { code, stdout, stderr } = await end;
  expect(code).toBe(130);
  expect(stderr).toContain('patient is kept in kept/patient/1.checkpoint\n');
  expect(stderr).toContain('  next: npx heddle check patient --resume --checkpoint-dir kept\n');
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const states = records.find(({ type }) => type === 'kept').states;
  expect(readFileSync(join(folder, 'kept/patient/1.checkpoint')).length).toBeGreaterThan(
    states * 8,
  );
  const again = await heddle(
    folder,
    ...['check', '--resume', '--checkpoint-dir', 'kept', '--json', '--max-states', '1'],
  );
  expect(again.code).toBe(3);
  expect(JSON.parse(again.stdout.split('\n')[1] as string)).toMatchObject({
    type: 'resumed',
    file: 'kept/patient/1.checkpoint',
    states,
  });
});
