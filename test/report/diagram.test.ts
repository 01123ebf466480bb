import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diagramLines, renderDiagram, renderTrace } from '../../src/report/diagram.ts';
import type { Paint } from '../../src/report/text.ts';
import { arbitraryTrace } from './arbitrary.ts';
import { lostUpdate, sharedRcuHead, step, threeLocks, trace } from './fixtures.ts';

const THREE = ['CPU0', 'CPU1', 'CPU2'];
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

  test('gives what interrupts a CPU a column beside it, and says in its own where', () => {
    const softirq = { context: 'softirq' } as const;
    const hardirq = { context: 'hardirq' } as const;
    const steps = [
      step(0, 'task', 'before'),
      step(0, '', '', { ...softirq, enters: 'start leak', stack: [], label: 'start leak' }),
      step(0, 'now', 'start now', { ...softirq, enters: 'start now' }),
      step(0, 'now', 'free', softirq),
      step(0, 'tick', 'start tick', { ...hardirq, enters: 'start tick' }),
      step(0, 'tick', 'count', hardirq),
      step(0, 'now', 'done', softirq),
      step(0, 'task', 'after'),
      step(0, 'now', 'start now', { ...softirq, enters: 'start now' }),
    ];
    expect(renderDiagram(trace(steps)).split('\n')).toEqual([
      '  CPU0                  CPU0 softirq          CPU0 hardirq',
      '  ----                  ------------          ------------',
      '  task()',
      '    before',
      '    <softirq>',
      '                        leak()',
      '                        now()',
      '                          free',
      '                          <hardirq>',
      '                                              tick()',
      '                                                count',
      '                          done',
      '    after',
      '    <softirq>',
      '                        now()',
    ]);
  });

  test('leaves interrupts inside the column of their CPU where there is no room beside it', () => {
    const softirq = { context: 'softirq' } as const;
    const one = (cpu: number) => [
      step(cpu, 'task', 'before'),
      step(cpu, 'now', 'start now', { ...softirq, enters: 'start now' }),
      step(cpu, 'now', 'free', softirq),
      step(cpu, 'next', 'start next', { ...softirq, enters: 'start next' }),
      step(cpu, 'task', 'after'),
    ];
    const shown = renderDiagram(trace([...one(0), ...one(1), step(2, 'f', 'x')], { cpus: THREE }));
    expect(shown.split('\n').slice(0, 12)).toEqual([
      '  CPU0                  CPU1                  CPU2',
      '  ----                  ----                  ----',
      '  task()',
      '    before',
      '    <softirq>',
      '      now()',
      '        free',
      '    </softirq>',
      '    <softirq>',
      '      next()',
      '    </softirq>',
      '    after',
    ]);
    const long = (cpu: number) =>
      step(cpu, 'now', 'm = atomic_xor_bits(&page->_refcount, 0x11 << h)', {
        ...softirq,
        did: ['page[0].refcount:0x03>0x21', 'page[0].flags:0x01>0x03'],
      });
    const both = trace([...one(0), long(0), long(0), ...one(1), long(1), long(1)]);
    const heads = (width: number) =>
      renderDiagram(both, { width }).split('\n')[0].trim().split(/ {2,}/);
    expect(heads(72)).toEqual(['CPU0', 'CPU1']);
    expect(heads(160)).toEqual(['CPU0', 'CPU0 softirq', 'CPU1', 'CPU1 softirq']);
  });

  test('says of a callback that is no function what was called', () => {
    const wild = {
      facility: 'KASAN' as const,
      kind: 'wild-call',
      object: 'page[0].rcu_head',
      message: 'the callback of page[0].rcu_head is &list, which is no function',
    };
    const enters = 'start &list';
    const steps = [
      step(0, '', enters, { stack: [], context: 'softirq', enters, findings: [wild] }),
    ];
    expect(renderDiagram(trace(steps)).split('\n').slice(2)).toEqual([
      '  head->func(head) /* func: &list */',
      '    ^^^ wild-call',
    ]);
  });

  test('says of a work whose function cannot be read which work it is', () => {
    const gone = {
      facility: 'KASAN' as const,
      kind: 'use-after-free',
      object: 'dev[0].work.func',
      message: 'dev[0].work.func is read but its object is free',
    };
    const enters = 'start the work of dev[0].work';
    const stack = ['the work of dev[0].work'];
    const steps = [step(0, '', enters, { stack, enters, findings: [gone] })];
    expect(renderDiagram(trace(steps)).split('\n').slice(2)).toEqual([
      '  work->func(work) /* work: dev[0].work */',
      '    ^^^ use-after-free',
    ]);
  });

  test('says of freed memory that it is freed, and nothing of words that a step frees itself', () => {
    const gone = {
      facility: 'KASAN' as const,
      kind: 'use-after-free',
      object: 'obj[0].data',
      message: 'obj[0].data is read but its object is free',
    };
    const steps = [
      step(0, 'f', 'kfree(obj)', {
        did: ['obj[0].lock=uninitialised', 'list=0'],
        changes: [{ path: 'obj[0] is live', before: '1', after: '0' }],
      }),
      step(1, 'g', 'x = obj->data', {
        did: ['obj[0].data=uninitialised'],
        findings: [gone],
        refused: true,
      }),
    ];
    expect(renderDiagram(trace(steps)).split('\n').slice(2)).toEqual([
      '  f()',
      '    kfree(obj)',
      '                        g()',
      '                          x = obj->data /* freed */',
      '                          ^^^ use-after-free',
    ]);
  });

  test('folds a polling loop of several steps, and only what does the same', () => {
    const round = (value: number) => [
      step(0, 'wait', 'cpu_relax', {}),
      step(0, 'wait', 'READ_ONCE(flag)', { did: [`flag=${value}`] }),
    ];
    const steps = [...round(0), ...round(0), ...round(0), step(1, 'set', 'flag = 1'), ...round(1)];
    const lines = diagramLines(trace(steps));
    expect(lines.map(({ text }) => text).slice(2)).toEqual([
      '  wait()',
      '    cpu_relax',
      '    READ_ONCE(flag) /* 0 */',
      '    ... the same again 2 times',
      '                                    set()',
      '                                      flag = 1',
      '    cpu_relax',
      '    READ_ONCE(flag) /* 1 */',
    ]);
    expect(lines[5]).toMatchObject({ first: 2, last: 5 });
    const changing = steps.map((one, at) =>
      at === 3 ? { ...one, changes: [{ path: 'tries', before: '0', after: '1' }] } : one,
    );
    expect(renderDiagram(trace(changing))).not.toContain('the same again');
  });

  test('takes the argument of a kernel word from the lock that it touched', () => {
    const steps = [
      step(0, 'f', 'spin_lock_irqsave: interrupts off'),
      step(0, 'f', 'spin_lock_irqsave: take lock', { did: ['a.lock.owner:NONE>CPU0'] }),
      step(0, 'f', 'spin_unlock_irqrestore: release lock', { did: ['a.lock.owner:CPU0>NONE'] }),
      step(1, 'g', 'x'),
      step(0, 'f', 'spin_unlock_irqrestore: interrupts on'),
    ];
    expect(renderDiagram(trace(steps)).split('\n').slice(2)).toEqual([
      '  f()',
      '    spin_lock_irqsave(a.lock)',
      '    spin_unlock_irqrestore(a.lock): release lock',
      '                                                      g()',
      '                                                        x',
      '    spin_unlock_irqrestore(): interrupts on',
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

  test('marks where a branch leaves its schedule, and nothing in what is related to it', () => {
    const { initial, schedule, steps, switches } = lostUpdate;
    const half = { text: 'a is taken with b held', initial, schedule, steps, switches };
    const text = renderTrace({ ...lostUpdate, branch: { of: '0x9', at: 1 }, related: [half] });
    expect(text.split('branch: 0x9 went another way')).toHaveLength(2);
    expect(text).toContain('Elsewhere a is taken with b held');
  });
});
