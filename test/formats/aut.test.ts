import { type Check, explore } from 'heddle';
import { describe, expect, test } from 'vitest';
import lost_update from '../../checks/classic/lost_update.ts';
import philosophers from '../../checks/classic/philosophers.ts';
import refcount_lookup from '../../checks/gallery/refcount_lookup.ts';
import { autGraph } from '../../src/formats/aut.ts';
import { type WholeGraph, wholeGraph } from '../../src/search/whole-graph.ts';
import { HOSTILE } from './hostile.ts';

interface Read {
  readonly initial: number;
  readonly states: number;
  readonly edges: readonly { readonly from: number; readonly label: string; readonly to: number }[];
}

/** Reads the format as its description has it: a header, then as many edges as it says, between states below the number it says. */
function read(text: string): Read {
  const [header, ...lines] = text.trimEnd().split('\n');
  const numbers = /^des \((\d+),(\d+),(\d+)\)$/.exec(header) as RegExpExecArray;
  const [initial, count, states] = numbers.slice(1).map(Number);
  const edges = lines.map((line) => {
    const [, from, label, to] = /^\((\d+),"([^"\n]*)",(\d+)\)$/.exec(line) as RegExpExecArray;
    return { from: Number(from), label, to: Number(to) };
  });
  expect(edges).toHaveLength(count);
  for (const { from, to } of edges) expect(Math.max(from, to)).toBeLessThan(states);
  return { initial, states, edges };
}

const { refcount_lookup: found, refcount_lookup_broken: broken } =
  refcount_lookup as unknown as Record<string, Check>;

describe('.aut', () => {
  test('has the states and steps of the search', () => {
    for (const check of [lost_update.lost_update_3, philosophers.philosophers_4]) {
      const { verdict } = explore(check, { reduce: 'none' });
      const { initial, states, edges } = read(autGraph(wholeGraph(check)));
      expect([initial, states, edges.length + 1]).toEqual([0, verdict.states, verdict.generated]);
      const taken = verdict.steps.reduce((sum, one) => sum + one.taken, 0);
      expect(edges.filter(({ label }) => !/: end$/.test(label))).toHaveLength(taken);
      const leads = new Set(edges.map(({ from }) => from));
      expect(states - leads.size).toBe(verdict.dead);
    }
  });

  test('can be walked from its initial state to every other', () => {
    const { initial, states, edges } = read(autGraph(wholeGraph(found)));
    const met = new Set([initial]);
    for (const one of met) for (const { from, to } of edges) if (from === one) met.add(to);
    expect(met.size).toBe(states);
  });

  test('says what a step violates, and leads to one more state where it is fatal', () => {
    const { verdict } = explore(broken, { reduce: 'none' });
    const { states, edges } = read(autGraph(wholeGraph(broken)));
    const bad = edges.filter(({ label }) => label.includes(' !! '));
    const fatal = bad.filter(({ to }) => to === states - 1);
    expect([states, fatal.length > 0]).toEqual([verdict.states + 1, true]);
    expect(edges.filter(({ from }) => from === states - 1)).toEqual([]);
    const said = new Set(fatal.map(({ label }) => label.split(' !! ')[1]));
    expect([...said]).toEqual(['R1: nobody touches a freed element']);
  });

  test('starts from one more state where there are several initial ones, and keeps to a line whatever the labels', () => {
    const move = {
      from: 0,
      to: 1,
      cpu: 0,
      context: 'softirq',
      choice: 0,
      label: HOSTILE,
      stack: ['f'],
      violates: [],
    } as const;
    const graph: WholeGraph = {
      ...{ cpus: ['CPU0'], states: 2, moves: [move], violates: [[], []], isStuck: [false, true] },
      initials: [
        { name: 'empty', state: 0 },
        { name: `full ${HOSTILE}`, state: 1 },
      ],
      valuesOf: () => [],
    };
    const { initial, states, edges } = read(autGraph(graph));
    expect([initial, states]).toEqual([2, 3]);
    const flat = HOSTILE.replaceAll('"', "'")
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim();
    expect(edges).toEqual([
      { from: 2, label: 'initial empty', to: 0 },
      { from: 2, label: `initial full ${flat}`, to: 1 },
      { from: 0, label: `CPU0 softirq f: ${flat}`, to: 1 },
    ]);
  });
});
