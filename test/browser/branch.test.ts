/** Another move, chosen on the page, and the command that the page says takes it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { command, heddle } from '../cli/command.ts';
import { folderWith } from '../load/folder.ts';
import { requires } from '../requires.ts';
import { open } from './open.ts';

/** A folder with the counter that loses an update, and the page of the schedule that does it. */
async function counterPage(): Promise<{ folder: string; html: string }> {
  const folder = folderWith({});
  await heddle(folder, 'init');
  await heddle(folder, 'check');
  const { code } = await heddle(folder, 'replay', 'counter', '--page', 'counter.html');
  expect(code).toBe(0);
  return { folder, html: readFileSync(join(folder, 'counter.html'), 'utf8') };
}

/** Runs a command as somebody does who has copied it: through a shell, with `npx heddle` for what is installed. */
function paste(folder: string, text: string): string {
  const line = text.replace(/^npx heddle /, `'${process.execPath}' '${command}' `);
  expect(line).not.toBe(text);
  return spawnSync('/bin/sh', ['-c', line], { cwd: folder, encoding: 'utf8' }).stdout;
}

const commands = (page: Page) => page.locator('.branch code').allTextContents();

test('the key s chooses who else could move, and the command it shows goes that way', async () => {
  requires('chromium');
  const { folder, html } = await counterPage();
  const { page, asked, complaints } = await open('branch', html, { hash: '#step=1' });
  await page.locator('.walk').waitFor();
  expect(await page.locator('.moves li').count()).toBe(2);
  expect(await page.locator('.branch').count()).toBe(0);
  await page.keyboard.press('s');
  await page.locator('.branch').waitFor();
  expect(await page.locator('.moves li.chosen').textContent()).toContain('CPU0 increment');
  const [go = '', search = ''] = await commands(page);
  expect(go).toBe('npx heddle replay counter --schedule 0.1x2.0 --at 1 --then 0');
  expect(search).toBe(`${go} --search`);
  const went = paste(folder, go);
  expect(went).toContain('Schedule (2 steps, 0 switches):');
  expect(went).toContain('-- branch: 0.1x2.0 went another way --');
  expect(paste(folder, search)).toContain('counter  after 0x2  NOTHING FOLLOWS');
  await page.keyboard.press('s');
  await expect.poll(() => commands(page)).toEqual([]);
  await page.locator('.moves button.move').click();
  await page.locator('.branch').waitFor();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => commands(page)).toEqual([]);
  expect(asked).toEqual([]);
  expect(complaints).toEqual([]);
});

test('what the page says of a move is what the search of it finds', async () => {
  requires('chromium');
  const { folder, html } = await counterPage();
  const { page } = await open('branch-said', html, { hash: '#step=2' });
  await page.locator('.walk').waitFor();
  const other = page.locator('.moves li:not(.taken)');
  expect(await other.locator('em').textContent()).toMatch(/nearest violation: .*, in 2 steps$/);
  await page.keyboard.press('s');
  const [, search = ''] = await commands(page);
  expect(search).toMatch(/--at 2 --then 0 --search$/);
  expect(paste(folder, search)).toContain('1 step on: 0.1.0.1');
});
