import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diagramLines, renderDiagram, renderTrace } from '../../src/report/diagram.ts';
import type { Paint } from '../../src/report/text.ts';
import { arbitraryTrace } from './arbitrary.ts';
import { lostUpdate, sharedRcuHead, step, threeLocks, trace } from './fixtures.ts';

const examples = {
  lost_update: lostUpdate,
  shared_rcu_head: sharedRcuHead,
  three_locks: threeLocks,
};
const tagged: Paint = (style, text) => `\u001b[${style.length}m${text}\u001b[0m`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: takes the tags out again.
const untagged = (text: string) => text.replace(/\u001b\[\d+m/g, '');

function expectMailable(text: string, width: number): void {
  for (const line of text.split('\n')) {
    expect(line.length, line).toBeLessThanOrEqual(width);
    expect(line).toMatch(/^(?:[\x20-\x7e]*[\x21-\x7e])?$/);
  }
}

describe.each(Object.entries(examples))('the diagram of %s', (name, example) => {
  test.each([72, 80, 120])('is as agreed at %i columns', async (width) => {
    const text = renderTrace(example, { width });
    expectMailable(text, width);
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/report/${name}-${width}.txt`);
  });

  test('in full is as agreed', async () => {
    const text = renderTrace(example, { full: true });
    expectMailable(text, 72);
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/report/${name}-full.txt`);
  });

  test('is the same in colour', () => {
    expect(untagged(renderTrace(example, { paint: tagged }))).toBe(renderTrace(example));
  });
});

describe('a diagram', () => {
  test('is plain ASCII inside its width, whatever the trace', () => {
    fc.assert(
      fc.property(
        arbitraryTrace,
        fc.constantFrom(40, 72, 80, 120),
        fc.boolean(),
        (any, width, full) => {
          const text = renderTrace(any, { width, full });
          expectMailable(text, width);
          expect(renderTrace(any, { width, full })).toBe(text);
          expect(untagged(renderTrace(any, { width, full, paint: tagged }))).toBe(text);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('shows every step, in order', () => {
    fc.assert(
      fc.property(arbitraryTrace, (any) => {
        const lines = diagramLines(any).filter((line) => line.first !== -1);
        const shown = new Set(
          lines.flatMap(({ first, last }) =>
            Array.from({ length: last - first + 1 }, (_, index) => first + index),
          ),
        );
        expect([...shown]).toEqual(any.steps.map((_, index) => index));
      }),
      { numRuns: 100 },
    );
  });

  test('gives a column to CPUs that move and to no others', () => {
    const cpus = ['CPU0', 'CPU1', 'CPU2', 'rcuo', 'kworker', 'walker'];
    const some = trace([step(1, 'f', 'a'), step(4, 'g', 'b')], { cpus });
    expect(renderDiagram(some).split('\n')[0].trim().split(/ +/)).toEqual(['CPU1', 'kworker']);
  });

  test('names the CPU in front where there are more than four', () => {
    const cpus = ['CPU0', 'CPU1', 'CPU2', 'CPU3', 'CPU4'];
    const steps = [0, 0, 1, 2, 3, 4].map((cpu, index) => step(cpu, 'f', `s${index}`));
    expect(renderDiagram(trace(steps, { cpus }))).toBe(
      [
        '  CPU0   f()',
        '           s0',
        '           s1',
        '  CPU1   f()',
        '           s2',
        '  CPU2   f()',
        '           s3',
        '  CPU3   f()',
        '           s4',
        '  CPU4   f()',
        '           s5',
      ].join('\n'),
    );
  });

  test('keeps half a kernel word apart from the whole', () => {
    const steps = [
      step(0, 'f', 'spin_lock_bh(l): softirqs off'),
      step(1, 'g', 'spin_lock_bh(l) #2: softirqs off'),
      step(1, 'g', 'spin_lock_bh(l) #2: take lock'),
    ];
    expect(renderDiagram(trace(steps))).toBe(
      [
        '  CPU0                                 CPU1',
        '  ----                                 ----',
        '  f()',
        '    spin_lock_bh(l): softirqs off',
        '                                       g()',
        '                                         spin_lock_bh(l)',
      ].join('\n'),
    );
  });

  test('names a function again that is called again, with what it is called with', () => {
    const steps = [
      step(0, 'client', 'choose', {
        local: ['CPU0 free#1.page:NONE>page[0]', 'CPU0 free#1.h:0>1'],
      }),
      step(0, 'client free', 'first'),
      step(0, 'client free', 'second', {
        local: ['CPU0 free#1.page:page[0]>NONE', 'CPU0 free#1.h:1>0'],
      }),
      step(0, 'client', 'choose', { local: ['CPU0 free#1.page:NONE>page[1]'] }),
      step(0, 'client free', 'first'),
      step(0, 'client free', 'second'),
      step(0, 'client free', 'first'),
    ];
    expect(renderDiagram(trace(steps)).split('\n').slice(2)).toEqual([
      '  client()',
      '    choose',
      '    free(page[0], h = 1)',
      '      first',
      '      second',
      '    choose',
      '    free(page[1], h = 0)',
      '      first',
      '      second',
      '    free(h = 0)',
      '      first',
    ]);
  });

  test('names a callback by what was entered, and shows when it is over', () => {
    const softirq = { context: 'softirq' } as const;
    const steps = [
      step(0, 'task', 'before'),
      step(0, 'client', 'leak', { ...softirq, enters: 'leak' }),
      step(0, 'now', 'now', { ...softirq, enters: 'now' }),
      step(0, 'now', 'free', softirq),
      step(0, 'task', 'after'),
    ];
    expect(renderDiagram(trace(steps)).split('\n').slice(2)).toEqual([
      '  task()',
      '    before',
      '    <softirq>',
      '      leak()',
      '    </softirq>',
      '    <softirq>',
      '      now()',
      '        free',
      '    </softirq>',
      '    after',
    ]);
  });

  test('marks one step', () => {
    const lines = renderDiagram(lostUpdate, { marked: 1 }).split('\n');
    expect(lines.filter((line) => line.includes('>'))[0].trim()).toBe(
      '> r0 = READ_ONCE(x)     /* 0 */',
    );
  });

  test('stops where it is told to', () => {
    const text = renderTrace(lostUpdate, { upTo: 2 });
    expect(text).toContain('Schedule (2 steps');
    expect(text).not.toContain('***');
  });
});
