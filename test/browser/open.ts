/** A browser for tests of the page: Debian's Chromium, which may load nothing but the file it is given. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { requires } from '../requires.ts';

let browser: Browser | undefined;
const folder = mkdtempSync(join(tmpdir(), 'heddle-page-'));

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

export interface Opened {
  readonly page: Page;
  /** What the page asked for beside itself, and what it complained of. */
  readonly asked: readonly string[];
  readonly complaints: readonly string[];
}

/** Opens a page from disk, as somebody does who was sent it. */
export async function open(
  name: string,
  html: string,
  options: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<Opened> {
  const executablePath = requires('chromium');
  browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const file = join(folder, `${name}.html`);
  writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const { hash = '', ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...rest });
  const asked: string[] = [];
  const complaints: string[] = [];
  await context.route('**/*', (route) => {
    const wanted = route.request().url();
    if (wanted.split('#')[0] === url) return route.continue();
    asked.push(wanted);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url && !asked.includes(request.url()))
      asked.push(request.url());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(url + hash);
  return { page, asked, complaints };
}
