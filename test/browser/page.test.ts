import axe from 'axe-core';
import { explore, replay } from 'heddle';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pageTemplate } from '../../src/load/page.ts';
import type { Trace } from '../../src/replay/trace.ts';
import { detailsOf, type Walked } from '../../src/report/page/details.ts';
import { type PageExtras, reportPage, tracePage } from '../../src/report/page/page.ts';
import { crossed, HOSTILE, hostile, kills, unsafe } from '../report/page/designs.ts';
import { type Opened, open } from './open.ts';

let single = '';
let report = '';
let evil = '';
/** Of a schedule that stores a value which is there already. */
let stores = '';
/** With all that a page can have. */
let rich = '';

beforeAll(() => {
  const template = pageTemplate();
  const found = explore(unsafe, { name: 'pages/unsafe' });
  const attacked = explore(hostile, { name: `pages/${HOSTILE}` });
  const details = (one: Walked, { check }: Trace) =>
    detailsOf(check === 'pages/unsafe' ? unsafe : hostile, one);
  single = tracePage(found.traces[0], { details }, { template });
  report = reportPage([found, attacked], { details }, { template });
  stores = tracePage(replay(hostile, '0.1'), { details }, { template });
  const halves = explore(crossed, { name: 'pages/crossed' });
  const designs = new Map([
    ['pages/unsafe', { design: 'one', cpus: 2 }],
    ['pages/crossed', { design: 'one', cpus: 3 }],
  ]);
  const all: PageExtras = {
    details: (one, { check }) => detailsOf(check === 'pages/unsafe' ? unsafe : crossed, one),
    designs,
    killTables: [kills],
  };
  rich = reportPage([found, halves], all, { template });
  evil = reportPage(
    [attacked, attacked],
    { details },
    { template, title: HOSTILE, found: HOSTILE },
  );
});

/** A key, and the frame that shows what it did. */
async function press(page: Page, key: string): Promise<void> {
  await page.keyboard.press(key);
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
}

const where = (page: Page) => page.locator('.where').first().textContent();

describe('a schedule as a page of its own', () => {
  let opened: Opened;
  let page: Page;

  /** One page for all of them: each starts at the initial state. */
  beforeEach(async () => {
    opened ??= await open('single', single, { hash: '#step=6' });
    page = opened.page;
    await page.locator('.walk').waitFor();
  });

  const stand = async (step: number): Promise<void> => {
    await page.evaluate(`location.hash = '#step=${step}'`);
    await expect.poll(() => page.locator('[data-part="number"]').inputValue()).toBe(`${step}`);
  };

  test('is one file under 300 kB before its data, opens from disk at the step it is asked for, and asks for nothing', async () => {
    expect(pageTemplate().length).toBeLessThan(300_000);
    expect(await where(page)).toMatch(/^step 6 of 9 CPU0 softirq free_page /);
    expect(await page.locator('.node.changed .tag').allTextContents()).toContain('\u00d7 freed');
    expect(opened.asked).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });

  test('is walked with the keys of replay, and the address follows', async () => {
    await stand(0);
    expect(await where(page)).toBe('initial state');
    await press(page, 'ArrowRight');
    expect(await where(page)).toBe('step 1 of 9 CPU0 page_table_free spin_lock(mm->lock)');
    expect(new URL(page.url()).hash).toBe('#step=1');
    await press(page, ']');
    expect(await where(page)).toMatch(/^step 7 of 9 CPU1 walker /);
    await press(page, 'ArrowLeft');
    expect(await where(page)).toMatch(/^step 6 of 9 CPU0 softirq free_page /);
    await press(page, '[');
    expect(await where(page)).toBe('initial state');
    await press(page, 'g');
    await page.keyboard.type('9');
    await press(page, 'Enter');
    expect(await where(page)).toMatch(/^step 9 of 9 CPU1 walker page->refcount/);
    expect(new URL(page.url()).hash).toBe('#step=9');
    const fault = await page.locator('.stage .fault').first().textContent();
    expect(fault).toContain('page[0].refcount is read but its object is free');
    await press(page, 'ArrowRight');
    expect(await where(page)).toMatch(/^step 9 of 9 /);
  });

  test('marks in the graph what a step changed, and shows overlaid words by both names', async () => {
    await stand(2);
    expect(await page.locator('.edge.removed .sign').count()).toBe(4);
    expect(await page.locator('.edge.added .sign').count()).toBe(0);
    const overlaid = page.locator('.word.overlaid title').first();
    expect(await overlaid.textContent()).toBe('lru.next and rcu_head.next are one word');
    expect(await page.locator('.changes .also').first().textContent()).toContain(
      'page[0].rcu_head.next',
    );
  });

  test('warns of what leads to memory that is free', async () => {
    await stand(5);
    expect(await page.locator('.edge.dangling').count()).toBe(0);
    await stand(8);
    expect(await page.locator('.edge.dangling .warn title').allTextContents()).toEqual(
      Array(2).fill('it leads to what is free'),
    );
  });

  test('shows only what changed, or the whole state', async () => {
    await stand(2);
    const rows = page.locator('.values tbody tr:not(.group)');
    expect(await rows.count()).toBe(4);
    await press(page, 'f');
    expect(await rows.count()).toBeGreaterThan(10);
    expect(await page.locator('.values tr.changed').count()).toBe(4);
    await press(page, 'f');
    await press(page, 'd');
    expect(await page.locator('table.steps').isVisible()).toBe(false);
    await press(page, 'd');
    expect(await page.locator('table.steps').isVisible()).toBe(true);
  });

  test('tells what a step looked at from what it stored unchanged', async () => {
    await stand(7);
    expect(await page.locator('.reads').allTextContents()).toEqual([
      'looked at: slot[0] = page[0]',
    ]);
    const { page: other } = await open('stores', stores, { hash: '#step=2' });
    await other.locator('.walk').waitFor();
    expect(await other.locator('.reads').allTextContents()).toEqual([
      'stored what was there: x = 1',
    ]);
    expect(await other.locator('.changes .nothing').textContent()).toBe('Nothing.');
  });

  test('says what properties say at a step, and where other moves lead', async () => {
    await stand(8);
    expect(await page.locator('.status').textContent()).toContain('true here: P1');
    expect(await page.locator('.moves').textContent()).toContain('taken: violates KASAN');
    await press(page, 'ArrowRight');
    expect(await page.locator('.status').textContent()).toContain('KASAN: violated here');
  });

  test('tells a screen reader where it stands, and goes where it is clicked', async () => {
    await stand(1);
    expect(await page.locator('.where').getAttribute('aria-live')).toBe('polite');
    expect(await page.locator('tr[aria-current="step"]').textContent()).toContain(
      'spin_lock(mm->lock)',
    );
    await page.locator('.lane-steps [data-step="4"]').click();
    expect(await where(page)).toMatch(/^step 4 of 9 /);
    await page.locator('.steps').getByText('list_del(&page->lru)').click();
    expect(await where(page)).toMatch(/^step 2 of 9 /);
  });

  test('shows all of itself on paper', async () => {
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.buttons').isVisible()).toBe(false);
    expect(await page.locator('.steps').isVisible()).toBe(true);
    const { height, whole } = await page.locator('.steps-scroll').evaluate((box) => {
      return { height: box.clientHeight, whole: box.scrollHeight };
    });
    expect(height).toBe(whole);
    await page.emulateMedia({ media: 'screen' });
  });
});

test('the other half of a lock order is a schedule of its own, with lanes and steps', async () => {
  const found = explore(crossed, { name: 'pages/crossed' });
  const details = (one: Walked) => detailsOf(crossed, one);
  const html = reportPage([found], { details }, { template: pageTemplate() });
  const { page, complaints } = await open('halves', html);
  await page.locator('.half .walk').waitFor();
  expect(await page.locator('.half h4').textContent()).toBe('Elsewhere a is taken with b held');
  expect(await page.locator('.lane-steps').count()).toBe(2);
  const bars = page.locator('.half .bar.lock title');
  expect(await bars.allTextContents()).toContain('lock b, from step 8 to the end');
  expect(await page.locator('pre.found').textContent()).toMatch(/CPU0 +CPU1\n +---- +----\n/);
  await page.locator('.half .lane-steps [data-step="8"]').click();
  expect(await page.locator('.half .where').textContent()).toBe(
    'step 8 of 9 CPU1 other spin_lock(b)',
  );
  expect(new URL(page.url()).hash).toBe('#at=pages-crossed-lockdep-elsewhere-1&step=8');
  expect(await page.locator('.half .again code').textContent()).toMatch(/--schedule 0x6\.1x3$/);
  expect(complaints).toEqual([]);
});

test('without JavaScript the page has the verdicts, the properties, the lanes and the diagram', async () => {
  const { page, asked } = await open('still', report, { javaScriptEnabled: false });
  // What can be seen, and not only what is there.
  // biome-ignore lint/performance/useDomNodeTextContent: as above.
  const text = (await page.locator('body').innerText()).toLowerCase();
  for (const part of [
    '2 checks: 0 as declared, 2 surprises',
    'A page is freed only when no walker can reach it.',
    'P2: the page is freed at last',
    'Possible unsafe schedule (9 steps, 1 switch):',
    'npx heddle replay pages/unsafe --schedule 0x4.0sx2.1x3',
    'sequentially consistent',
  ])
    expect(text).toContain(part.toLowerCase());
  expect(await page.locator('.lane-steps').first().isVisible()).toBe(true);
  expect(await page.locator('.mail pre').first().isVisible()).toBe(true);
  expect(asked).toEqual([]);
});

test('axe finds nothing to complain of, in light and dark and on paper, with another move chosen and every table open', async () => {
  for (const [name, html, looks] of [
    [
      'rich',
      rich,
      [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { media: 'print', colorScheme: 'dark' }],
    ],
    ['one', single, [{ colorScheme: 'dark' }]],
  ] as const) {
    const { page } = await open(`axe-${name}`, html, { bypassCSP: true, hash: '#step=2' });
    await page.locator('.walk').first().waitFor();
    await page.addScriptTag({ content: axe.source });
    await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
    await press(page, 's');
    for (const look of looks) {
      await page.emulateMedia({ reducedMotion: 'reduce', ...look });
      const found = await page.evaluate(async () => {
        // biome-ignore lint/suspicious/noExplicitAny: axe is a script of the page here.
        const { violations } = await (globalThis as any).axe.run();
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        const told = (one: any) =>
          one.nodes.map(({ html: text }: { html: string }) => text).join(' ');
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        return violations.map((one: any) => `${one.impact} ${one.id}: ${told(one)}`);
      });
      expect(found, `${name} ${JSON.stringify(look)}`).toEqual([]);
    }
  }
});

describe('names of a design', () => {
  test('stay text, whatever they look like', async () => {
    const { page, asked, complaints } = await open('evil', evil);
    await page.locator('.walk').first().waitFor();
    await press(page, 'ArrowRight');
    expect(await page.title()).toBe(HOSTILE);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('h1').textContent()).toBe(HOSTILE);
    expect(await where(page)).toContain(HOSTILE);
    expect(asked).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('could not run as a script either: the page allows its own only', async () => {
    const script =
      '<script>document.title = "owned"</script><img src=x onerror="document.title=1">';
    const { page, complaints } = await open(
      'injected',
      single.replace('<header', `${script}<header`),
    );
    await page.locator('.walk').waitFor();
    expect(await page.title()).toBe('pages/unsafe: KASAN');
    expect(complaints.join()).toContain('Content Security Policy');
  });
});
