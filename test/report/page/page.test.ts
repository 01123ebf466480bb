import { explore } from 'heddle';
import { describe, expect, test } from 'vitest';
import type { KillTable } from '../../../src/report/kill-table.ts';
import { inRows, spansOf } from '../../../src/report/page/calls.ts';
import type { PageData } from '../../../src/report/page/data.ts';
import { detailsOf } from '../../../src/report/page/details.ts';
import { killsOf } from '../../../src/report/page/kills.ts';
import { lanesOf } from '../../../src/report/page/lanes.ts';
import { Anchors, html, jsonText } from '../../../src/report/page/markup.ts';
import { pack, unpack } from '../../../src/report/page/packed.ts';
import { reportPage, tracePage } from '../../../src/report/page/page.ts';
import { coverageTable, growthPlot, levelsPlot } from '../../../src/report/page/plots.ts';
import { HOSTILE, unsafe } from './designs.ts';

const template =
  '<title>heddle:title;</title><main>heddle:content;</main><script>"heddle:data;"</script>';
const { verdict, traces } = explore(unsafe, { name: 'pages/unsafe' });
const [trace] = traces;

/** The data that a page gives its program. */
function dataOf(page: string): PageData {
  const [, json = ''] = /<script>(.*)<\/script>/s.exec(page) ?? [];
  return unpack(JSON.parse(json)) as PageData;
}

describe('markup', () => {
  test('escapes what is put into it, unless it is markup itself', () => {
    expect(
      html`<b title="${'"\''}">${'<i>&'}${html`<u/>`}${[1, 'x<']}${undefined}${false}</b>`.text,
    ).toBe('<b title="&quot;&#39;">&lt;i&gt;&amp;<u/>1x&lt;</b>');
    expect(html`${'a\u0000b\u001b'}`.text).toBe('a\ufffdb\ufffd');
  });

  test('writes data that no text in it can leave, and that reads back the same', () => {
    const data = { [HOSTILE]: `${HOSTILE}\u2028 $& ]]>` };
    expect(jsonText(data)).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(jsonText(data))).toEqual(data);
  });

  test('makes anchors that no two things share', () => {
    const anchors = new Anchors();
    expect([anchors.of('a/b', 'P1'), anchors.of('a b', 'P1'), anchors.of('!')]).toEqual([
      'a-b-p1',
      'a-b-p1-2',
      'part',
    ]);
  });
});

describe('packed data', () => {
  test('has what is the same once, and reads back the same', () => {
    expect(pack({ a: [7, 7], b: { a: [7, 7] } })).toEqual([
      'a\nb',
      7,
      [-1, 1, 1],
      'a',
      [3, 2],
      [0, 2, 4],
    ]);
    const data = {
      ...{ text: '', list: [], none: {}, '': 0, not: null, yes: true, half: 0.5, minus: -1 },
      ...JSON.parse('{"__proto__": {"x": [[], {}]}, "7": "[7]"}'),
    };
    expect(unpack(JSON.parse(JSON.stringify(pack(data))))).toEqual(data);
    expect(Object.keys(unpack(pack(data)) as object)).toEqual(Object.keys(data));
    expect(unpack(pack({ a: undefined, b: 1 }))).toEqual({ b: 1 });
    expect(unpack(pack({ '': 0 }))).toEqual({ '': 0 });
    expect(unpack(pack({}))).toEqual({});
  });
});

describe('the lanes', () => {
  test('have a span for each call, and bars side by side where they are at the same time', () => {
    expect(
      spansOf(trace)[0]?.map(({ name, first, last, row }) => [name, first, last, row]),
    ).toEqual([
      ['page_table_free', 0, 3, 0],
      ['free_page', 4, 5, 0],
    ]);
    const overlapping = [
      { first: 0, last: 4 },
      { first: 2, last: 3 },
      { first: 4, last: 6 },
      { first: 5, last: 6 },
    ];
    expect(inRows(overlapping).map(({ row }) => row)).toEqual([0, 1, 1, 0]);
  });

  test('say in words what their bars are', () => {
    const { sections } = detailsOf(unsafe, trace);
    const { text } = lanesOf(trace, sections);
    expect(text).toContain('<title>lock mm.lock, from step 1 to step 3</title>');
    expect(text).toContain('<title>rcu_read_lock, from step 8 to the end</title>');
    expect(text.match(/data-step=/g)).toHaveLength(9);
  });
});

describe('numbers', () => {
  test('levels and coverage are drawn, and told', () => {
    expect(levelsPlot(verdict)?.text).toContain(
      `${verdict.levels.length} levels; the widest is level`,
    );
    expect(levelsPlot({ ...verdict, levels: [1] })).toBeUndefined();
    const steps = [
      { step: 'f: a', taken: 1000 },
      { step: 'f: <b>', taken: 0 },
    ];
    expect(coverageTable(steps)?.text).toContain('was taken: 1 never');
    expect(coverageTable(steps)?.text).toContain('<code>&lt;b&gt;</code>');
  });

  test('growth is shown for designs of several sizes only', () => {
    const size = (cpus: number, states: number) => ({
      check: `c${cpus}`,
      cpus,
      states,
      complete: true,
    });
    expect(growthPlot(new Map([['one', [size(2, 10)]]]))).toBeUndefined();
    const plot = growthPlot(new Map([['many', [size(2, 100), size(3, 1250)]]]))?.text;
    expect(plot).toContain('x 13');
    expect(plot).toContain('3 CPUs');
  });
});

describe('mutants', () => {
  const row = { place: 'models/queue.ts:12', kind: 'left out' };
  const table: KillTable = {
    schemaVersion: 1,
    check: 'queue/mpsc',
    checks: ['queue/mpsc', 'queue/mpsc_3'],
    mutants: [
      {
        ...{ ...row, id: 'aa', what: 'push: without x <b>' },
        killedBy: {
          ...{ check: 'queue/mpsc_3', property: 'Q1', found: 'Q1' },
          ...{ schedule: '0.1x2', steps: 3 },
        },
      },
      { ...row, id: 'bb', what: 'pop: without y', survived: 'equivalent', why: 'read twice' },
      { ...row, id: 'cc', what: 'pop: without z', survived: 'hole' },
    ],
    stale: [],
  };

  test('are told by design, and those that live come first', () => {
    const text = killsOf([table], 'npx heddle')?.text ?? '';
    const order = ['cc', 'aa', 'bb'].map((id) => text.indexOf(`<code>${id}</code>`));
    expect(order).toEqual([...order].sort((one, other) => one - other));
    for (const part of [
      '<td class="number">3</td><td class="number">1</td><td class="number surprise">1</td>',
      'push: without x &lt;b&gt; <span class="place">models/queue.ts:12</span>',
      'Q1 in mpsc_3</td><td>3 steps <code>0.1x2</code>',
      'equivalent</td><td> read twice',
    ])
      expect(text).toContain(part);
    expect(killsOf([{ ...table, mutants: [] }], 'npx heddle')).toBeUndefined();
    const page = reportPage([{ verdict, traces }], { killTables: [table] }, { template });
    expect(page).toContain(text);
  });
});

describe('a page', () => {
  const details = () => detailsOf(unsafe, trace);

  test('is the same for the same input, and has no times in it', () => {
    const once = reportPage([{ verdict, traces }], { details }, { template });
    const later = { ...verdict, seconds: verdict.seconds + 1, bytesPerState: 99 };
    expect(reportPage([{ verdict: later, traces }], { details }, { template })).toBe(once);
  });

  test('puts nothing where a text only looks like a place for it', () => {
    const page = tracePage(
      { ...trace, check: 'heddle:content;"heddle:data;"' },
      { details },
      { template },
    );
    expect(page.match(/heddle:content;/g)?.length).toBeGreaterThan(1);
    expect(dataOf(page).schedules[0]?.check).toBe('heddle:content;"heddle:data;"');
  });

  test('is complete of what is known where the check is not at hand', () => {
    const page = tracePage(trace, {}, { template });
    expect(page).toContain('page[0].refcount is read but its object is free');
    expect(dataOf(page).schedules[0]?.states).toBeUndefined();
  });
});
