import { execFileSync } from 'node:child_process';
import { type Check, explore } from 'heddle';
import { describe, expect, test } from 'vitest';
import lost_update from '../../checks/classic/lost_update.ts';
import lost_wakeup from '../../checks/gallery/lost_wakeup.ts';
import refcount_lookup from '../../checks/gallery/refcount_lookup.ts';
import { dotGraph, dotTrace } from '../../src/formats/dot.ts';
import { stepName } from '../../src/formats/step-name.ts';
import { wholeGraph } from '../../src/search/whole-graph.ts';
import { requires } from '../requires.ts';
import { HOSTILE, hostileTrace } from './hostile.ts';
import { allBelow, type Node, readXml } from './xml.ts';

interface Drawn {
  /** Lines of text by name of the node. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  readonly tooltips: Readonly<Record<string, string>>;
  readonly edges: readonly { readonly ends: string; readonly text: readonly string[] }[];
}

/** What Graphviz has drawn: read back from its SVG. */
function drawn(dot: string): Drawn {
  const svg = readXml(execFileSync(requires('dot'), ['-Tsvg'], { input: dot, encoding: 'utf8' }));
  const groups = (kind: string) => allBelow(svg).filter((one) => one.attributes.class === kind);
  const title = (node: Node) => node.children.find(({ name }) => name === 'title')?.text ?? '';
  const lines = (node: Node) =>
    allBelow(node)
      .filter(({ name }) => name === 'text')
      .map(({ text }) => text);
  const tip = (node: Node) =>
    allBelow(node).find(({ name }) => name === 'a')?.attributes['xlink:title'] ?? '';
  return {
    nodes: Object.fromEntries(groups('node').map((node) => [title(node), lines(node)])),
    tooltips: Object.fromEntries(groups('node').map((node) => [title(node), tip(node)])),
    edges: groups('edge').map((node) => ({ ends: title(node), text: lines(node) })),
  };
}

describe('DOT of a whole graph', () => {
  test('is drawn with the states and steps of the search', () => {
    const { lost_update_2: check } = lost_update;
    const { verdict } = explore(check, { reduce: 'none' });
    const graph = wholeGraph(check);
    const { nodes, edges, tooltips } = drawn(dotGraph(graph, 'lost update'));
    expect([Object.keys(nodes).length, edges.length + 1]).toEqual([
      verdict.states,
      verdict.generated,
    ]);
    expect(edges.map(({ ends, text }) => `${ends} ${text}`).toSorted()).toEqual(
      graph.moves
        .map((move) => `${move.from}->${move.to} ${stepName(graph.cpus, move)}`)
        .toSorted(),
    );
    expect(nodes[0]).toEqual(['0', 'initial']);
    const bad = Object.values(nodes).filter((text) =>
      text.includes('*** L1: every increment is counted ***'),
    );
    expect(bad).toHaveLength(1);
    expect(tooltips[1]).toBe(
      'CPU0 task = 2: increment: i = t + 1\nCPU1 task = 1: increment: t = i',
    );
  });

  test('has a node for each fatal step, and marks where nobody can go on', () => {
    const { refcount_lookup_broken } = refcount_lookup as unknown as Record<string, Check>;
    const { nodes } = drawn(dotGraph(wholeGraph(refcount_lookup_broken)));
    const fatal = Object.entries(nodes).filter(([name]) => name.startsWith('fatal'));
    expect(new Set(fatal.map(([, [text]]) => text))).toEqual(
      new Set(['*** R1: nobody touches a freed element ***']),
    );
    const { lost_wakeup_broken } = lost_wakeup as unknown as Record<string, Check>;
    const stuck = wholeGraph(lost_wakeup_broken);
    const dot = dotGraph(stuck);
    expect(dot.match(/\*\*\* deadlock \*\*\*", .*shape="octagon"/g)).toHaveLength(
      stuck.isStuck.filter((one) => one).length,
    );
  });
});

describe('DOT of a schedule', () => {
  test('is drawn as a chain of its states', () => {
    const [trace] = explore(lost_update.lost_update_2, { name: 'lost_update' }).traces;
    const { nodes, edges } = drawn(dotTrace(trace));
    expect(nodes[0]).toEqual(['0', 'initial']);
    expect(Object.keys(nodes)).toHaveLength(trace.steps.length + 1);
    for (const [at, { changes }] of trace.steps.entries()) {
      const lines = changes.map(({ path, before, after }) => `${path}: ${before} -> ${after}`);
      expect(nodes[at + 1].slice(0, lines.length + 1)).toEqual([`${at + 1}`, ...lines]);
    }
    expect(nodes[4]).toEqual(
      expect.arrayContaining(['4', '*** L1: every increment is counted ***']),
    );
    expect(edges.map(({ ends, text }) => [ends, ...text])).toEqual(
      trace.steps.map((step, at) => [`${at}->${at + 1}`, stepName(trace.cpus, step)]),
    );
  });

  test('gives back hostile text line by line', () => {
    const { nodes, edges } = drawn(dotTrace(hostileTrace));
    // A blank for what no drawing shows; Graphviz leaves out blanks at the ends of lines.
    const lines = HOSTILE.replace('\u2028', '\n')
      .replace(/(?![\r\n])\p{Cc}/gu, ' ')
      .split(/\r?\n/);
    const shown = (text: string) => text.replaceAll('\u00a0', ' ').trim();
    expect(edges.map(({ text }) => text.map(shown))).toEqual(
      hostileTrace.steps.map(({ cpu, context }, at) => {
        const name = `CPU${cpu} ${lines.join('\n')}${context === 'task' ? '' : ` ${context}`} ${lines.join('\n')}: ${at} ${lines.join('\n')}`;
        const picked = at === 1 ? ' [1]' : '';
        return `${name}${picked}`.split('\n').map(shown);
      }),
    );
    expect(nodes[2].map(shown)).toEqual([
      '2',
      'did not happen',
      ...`*** ${lines.join('\n')} ***`.split('\n').map(shown),
    ]);
  });
});
