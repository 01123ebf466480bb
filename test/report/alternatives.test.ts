import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Possible, prospectOf, renderAlternatives } from '../../src/report/alternatives.ts';
import { renderPanel } from '../../src/report/panel.ts';
import { renderScreen } from '../../src/report/stepper.ts';
import { plain } from '../../src/report/text.ts';
import type { Prospect } from '../../src/search/alternatives.ts';
import { arbitraryTrace } from './arbitrary.ts';
import { lostUpdate, sharedRcuHead } from './fixtures.ts';

const of = (
  cpu: number,
  move: string,
  where: string,
  label: string,
  leadsTo?: Prospect,
): Possible => ({
  ...{ cpu, context: move.endsWith('s') ? 'softirq' : 'task', choice: 0, move },
  ...{ label, stack: where === '' ? [] : ['client', where], leadsTo },
});

const fine: Prospect = { kind: 'fine', states: 4077 };
const P5 = 'P5: an rcu_head has one user';
const some: readonly Possible[] = [
  of(0, '0', 'page_table_free', 'list_add(&page->lru, &mm->context.pgtable_list)', {
    ...{ kind: 'violation', property: P5, steps: 1 },
  }),
  of(0, '0:1', 'page_table_free', 'spin_lock(lock)', {
    kind: 'violation',
    property: P5,
    steps: 12,
  }),
  { ...of(1, '1', 'gup_fast', 'pte = READ_ONCE(*ptep)', fine), picked: 3, stays: true },
  of(1, '1:1', 'walker', 'stop', { kind: 'violation', property: 'KASAN', steps: 43, atMost: true }),
  {
    ...of(2, '2s', 'pte_free_now', 'start pte_free_now', { kind: 'unknown', states: 100_001 }),
    enters: 'start pte_free_now',
  },
  of(1, '1:2', '', 'end'),
];
const cpus = ['CPU0', 'walker', 'rcuo'];

test.each([72, 80, 120])('alternatives at %i columns are as agreed', async (width) => {
  const text = renderAlternatives(cpus, some, { width, taken: '1' });
  await expect(`${text}\n`).toMatchFileSnapshot(`../golden/report/alternatives-${width}.txt`);
});

const moves = { kind: 'moves', all: some, cpus, taken: '1', end: '' } as const;
const keys = { canBranch: true, isBranch: true, panel: 'moves' } as const;

test.each([
  [72, 24],
  [80, 30],
  [120, 50],
])('the screen with what can move at %i columns is as agreed', async (width, height) => {
  const branch = { ...sharedRcuHead, branch: { of: '0x9.1', at: 7 } };
  const size = { width, height };
  const { text } = renderScreen(branch, 8, undefined, {
    ...size,
    panel: moves,
    keys,
    status: 'saved',
  });
  await expect(`${text}\n`).toMatchFileSnapshot(`../golden/report/branch-${width}.txt`);
});

test('what a move leads to is said in a few words', () => {
  expect(some.map((one) => prospectOf(one))).toEqual([
    'violates P5',
    'P5 in 12 steps',
    'fine (stays)',
    'KASAN in at most 43 steps',
    'unknown',
    '...',
  ]);
});

test('a long list is shown in parts, and says how much more there is', () => {
  const all = Array.from({ length: 20 }, (_, at) => of(0, `0:${at}`, 'f', `step ${at}`, fine));
  const size = { width: 80, height: 8, paint: plain };
  const shown: string[] = [];
  for (let from = 0; from < all.length; ) {
    const part = renderPanel({ ...moves, all }, from, size);
    expect(part.lines.length).toBeLessThanOrEqual(8);
    expect(part.lines.at(-1)).toBe('  n: 14 more');
    shown.push(...part.lines.slice(1, -1).map((line) => line.replace(/^ *(\d+) .*/, '$1')));
    from += part.shown;
    if (from === 18) break;
  }
  expect(shown).toEqual(Array.from({ length: 18 }, (_, at) => String(at + 1)));
  expect(renderPanel({ ...moves, all }, 18, size).lines).toEqual([
    '  What can move here, and what it leads to:',
    '  19  CPU0  f(): step 18                                                    fine',
    '  20  CPU0  f(): step 19                                                    fine',
    '  n: 18 more',
  ]);
});

test('violations that were found are a list with numbers', () => {
  const all = [
    { property: 'KASAN', steps: 1 },
    { property: 'P5: an rcu_head has one user', steps: 12 },
  ];
  expect(renderPanel({ kind: 'found', all }, 0, { width: 60, height: 9, paint: plain })).toEqual({
    shown: 2,
    lines: [
      '  What can go wrong from here:',
      '  1  in 1 step: KASAN',
      '  2  in 12 steps: P5: an rcu_head has one user',
    ],
  });
});

test('where nothing can move it says why', () => {
  const { text } = renderScreen(lostUpdate, 4, undefined, {
    ...{ keys, width: 80, height: 24 },
    panel: { ...moves, all: [], end: 'Nothing can move here.' },
  });
  expect(text).toContain('Nothing can move here.');
  // What is wrong at this point stays on the screen.
  expect(text).toContain('*** every increment is counted ***');
});

test('the screen fills its height and stays inside its width with a list on it, whatever the trace', () => {
  const entry = fc
    .record({ text: fc.string({ maxLength: 90 }), steps: fc.nat(100_000), kind: fc.nat(3) })
    .map(({ text, steps, kind }) =>
      of(
        steps % 3,
        `${steps}`,
        text,
        text,
        [
          fine,
          { kind: 'violation', property: text, steps },
          { kind: 'unknown', states: steps },
          undefined,
        ][kind] as Prospect,
      ),
    );
  fc.assert(
    fc.property(
      arbitraryTrace,
      fc.array(entry, { maxLength: 30 }),
      fc.nat(16),
      fc.constantFrom(40, 72, 80, 120),
      fc.constantFrom(12, 24, 50),
      fc.nat(40),
      (any, all, at, width, height, from) => {
        const options = { width, height, keys, from: from % (all.length + 1), status: 'searching' };
        const { text } = renderScreen(any, at, undefined, {
          ...options,
          panel: { ...moves, all, end: 'none' },
        });
        const lines = text.split('\n');
        expect(lines.length).toBe(height);
        for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(width);
      },
    ),
    { numRuns: 100 },
  );
});
