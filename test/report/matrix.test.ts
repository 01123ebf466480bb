/** Designs against properties: how verdicts make cells, and what is printed of them. */
import { describe, expect, test } from 'vitest';
import { columnOf, matrixMarkdown, matrixOf, renderMatrix } from '../../src/report/matrix.ts';
import { property, verdict } from './verdicts.ts';

const violated = (name: string, steps: number, schedule: string) =>
  property(name, { verdict: 'violated', steps, schedule, initial: 'initial' });

describe('a cell', () => {
  test('is the worst of the checks of a design, with the shortest schedule and all their states', () => {
    const rows = [
      {
        design: 'v1',
        verdict: verdict('f/v1', { states: 10, properties: [violated('P1', 9, '0x9')] }),
      },
      {
        design: 'v1',
        verdict: verdict('f/v1_small', { states: 5, properties: [violated('P1', 4, '0x4')] }),
      },
      {
        design: 'v1',
        verdict: verdict('f/v1_exits', { states: 2, properties: [property('P1')] }),
      },
    ];
    expect(matrixOf(rows).v1?.P1).toMatchObject({
      verdict: 'violated',
      schedule: '0x4',
      check: 'f/v1_small',
      states: 17,
    });
  });

  test('joins the parts of a property, and keeps the three P9 apart', () => {
    expect(
      ['P2', 'P2_access', 'P9_irq', 'P9_rcu_batched', 'P14_defer', 'free_mm'].map(columnOf),
    ).toEqual(['P2', 'P2', 'P9_irq', 'P9_rcu_batched', 'P14', undefined]);
  });

  test('that was violated only behind a report is masked, and says where', () => {
    const behind = {
      facilities: ['KASAN'],
      schedule: '0x7',
      check: 'f/b0',
      initial: null,
    } as const;
    const properties = [property('P1', { verdict: 'masked', maskedBy: 'KASAN' })];
    const found = matrixOf([
      { design: 'b0', verdict: verdict('f/b0', { properties }), behind: { P1: behind } },
    ]);
    expect(found.b0?.P1).toMatchObject({ verdict: 'masked', schedule: null, behind });
    expect(renderMatrix(found)).toContain('b0: P1 only after a report of KASAN');
    expect(matrixMarkdown(found)).toContain('- b0: P1 only after a report of KASAN');
  });
});

test('a design without any numbered property is no row', () => {
  const found = matrixOf([
    { design: 'gmap', verdict: verdict('f/gmap', { properties: [property('C13: disjoint')] }) },
    {
      design: 'base',
      verdict: verdict('f/base', { properties: [property('P10'), property('P2')] }),
    },
  ]);
  expect(Object.keys(found)).toEqual(['base']);
  expect(Object.keys(found.base ?? {})).toEqual(['P2', 'P10']);
});
