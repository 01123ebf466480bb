/** Aldebaran .aut: a whole graph as a labelled transition system, for CADP, mCRL2 and others. */
import type { GraphMove, WholeGraph } from '../search/whole-graph.ts';
import { stepName } from './step-name.ts';

/**
 * A graph in the Aldebaran format: `des (initial, edges, states)`, then a line for each move, `(0,"CPU0 f: x = 1",1)`. States keep their
 * numbers, so that an only initial state is 0. Where there are several, one more state leads to each by an edge `initial NAME`. A step that
 * violates something says so at the end of its label; one that is fatal leads to one more state, from which nothing leads on. Labels are
 * one line of text in which `"` is written `'`.
 * @example
 * autGraph(wholeGraph(check)).startsWith('des (0,14,13)\n');
 */
export function autGraph(graph: WholeGraph): string {
  const { initials, moves } = graph;
  let states = graph.states;
  const fatal = moves.some(({ to }) => to === -1) ? states++ : -1;
  const isOne = new Set(initials.map(({ state }) => state)).size === 1;
  const first = isOne ? (initials[0]?.state ?? 0) : states++;
  const starts = isOne
    ? []
    : initials.map(({ name, state }) => edge(first, `initial ${name}`, state));
  const edges = moves.map((move) =>
    edge(move.from, labelOf(graph, move), move.to === -1 ? fatal : move.to),
  );
  const header = `des (${first},${starts.length + edges.length},${states})`;
  return `${[header, ...starts, ...edges].join('\n')}\n`;
}

function labelOf({ cpus }: WholeGraph, move: GraphMove): string {
  const name = stepName(cpus, move);
  return move.violates.length === 0 ? name : `${name} !! ${move.violates.join('; ')}`;
}

function edge(from: number, label: string, to: number): string {
  const text = label.replaceAll('"', "'").replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\s]+/gu, ' ');
  return `(${from},"${text.trim()}",${to})`;
}
