import { createRequire } from 'node:module';
import { explore } from 'heddle';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import lost_update from '../../checks/classic/lost_update.ts';
import { mermaidSequence } from '../../src/formats/mermaid.ts';
import { callName } from '../../src/formats/step-name.ts';
import { requires } from '../requires.ts';
import { HOSTILE, hostileTrace } from './hostile.ts';

const script = createRequire(import.meta.url).resolve('mermaid/dist/mermaid.min.js');

describe('Mermaid', () => {
  let browser: Browser | undefined;
  let page: Page | undefined;
  beforeEach(async () => {
    const executablePath = requires('chromium');
    browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    if (page !== undefined) return;
    page = await browser.newPage();
    await page.addScriptTag({ path: script });
  });
  afterAll(async () => browser?.close());

  /** What Mermaid has drawn: the texts of the diagram, by kind. */
  async function drawn(text: string): Promise<Record<'actors' | 'messages' | 'notes', string[]>> {
    const shown = page as Page;
    await shown.evaluate(async (source) => {
      // biome-ignore lint/suspicious/noExplicitAny: a script of the page.
      const { mermaid, document } = globalThis as any;
      mermaid.initialize({ startOnLoad: false });
      document.body.innerHTML = (await mermaid.render('drawn', source)).svg;
    }, text);
    const texts = (selector: string) => shown.locator(selector).allTextContents();
    return {
      actors: await texts('text.actor'),
      messages: await texts('.messageText'),
      notes: await texts('.noteText'),
    };
  }

  test('draws a lane for each CPU, a message for each step and what it changed', async () => {
    const [trace] = explore(lost_update.lost_update_2, { name: 'lost_update' }).traces;
    const { actors, messages, notes } = await drawn(mermaidSequence(trace));
    expect(new Set(actors)).toEqual(new Set(['CPU0', 'CPU1']));
    expect(messages).toEqual(trace.steps.map(callName));
    expect(notes).toEqual([
      ...trace.steps.flatMap(({ changes }) =>
        changes.map((one) => `${one.path}: ${one.before} -> ${one.after}`),
      ),
      ...['*** L1: every increment is counted', '***'],
      ...["'L1: every increment is counted'", 'is false in this state'],
    ]);
  });

  test('gives back hostile text', async () => {
    const { actors, messages, notes } = await drawn(mermaidSequence(hostileTrace));
    const flat = (text: string) => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
    expect(actors).toContain(flat(`CPU0 ${HOSTILE}`));
    const [first, second] = hostileTrace.steps.map(callName);
    expect(messages.join(' ')).toBe(flat(`${first} softirq ${second} did not happen`));
    expect(notes.join(' ')).toContain(flat(`*** ${HOSTILE} ***`));
  });
});
