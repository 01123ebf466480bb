/** DOT, for Graphviz: a schedule as a chain of states, or the whole graph of a small check. */
import type { Trace, TraceStep } from '../replay/trace.ts';
import type { GraphMove, WholeGraph } from '../search/whole-graph.ts';
import { stepName } from './step-name.ts';

/** Colour and line of each CPU: told apart without colour too. The colours are those of Okabe and Ito. */
const CPUS = [
  ['#0072b2', 'solid'],
  ['#d55e00', 'dashed'],
  ['#009e73', 'bold'],
  ['#cc79a7', 'dotted'],
] as const;

const HEAD = [
  '  node [shape=box, style=rounded, fontname="monospace", fontsize=10];',
  '  edge [fontname="monospace", fontsize=10];',
];

type Attributes = Readonly<Record<string, string | undefined>>;

/**
 * A schedule: a node for each state, with what the step to it has changed, an edge for each step. The state that violates something has
 * two borders and says what; a step that did not happen leads to a node that stands for it.
 * @example
 * writeFileSync('bug.dot', dotTrace(trace)); // dot -Tsvg bug.dot -o bug.svg
 */
export function dotTrace(trace: Trace): string {
  const states = trace.steps.map((step, index) => {
    const isLast = index === trace.steps.length - 1;
    const said = isLast && trace.violation !== '' ? [`*** ${trace.property} ***`] : [];
    const lines = [...(step.refused ? ['did not happen'] : changesOf(step)), ...said];
    return node(index + 1, {
      label: [`${index + 1}`, ...lines].join('\n'),
      ...(said.length > 0 ? { peripheries: '2', style: 'filled', fillcolor: '#f0e442' } : {}),
    });
  });
  const edges = trace.steps.map((step, index) =>
    edge(index, `${index + 1}`, { label: stepName(trace.cpus, step), ...lineOf(step.cpu) }),
  );
  const title = [trace.check, trace.property, trace.schedule].filter((one) => one !== '');
  return graph(title.join('\n'), [
    node(0, { label: trace.initial === '' ? '0' : `0\n${trace.initial}` }),
    ...states,
    ...edges,
  ]);
}

/**
 * A whole graph: a node for each state, an edge for each move, coloured and drawn by CPU. Initial states have thick borders, states that
 * violate something two borders and its name, and those in which nobody can go on are octagons. A fatal step leads to a node of its own.
 * What is so in a state is its tooltip.
 * @example
 * writeFileSync('graph.dot', dotGraph(wholeGraph(check), 'counter')); // dot -Tsvg graph.dot -o graph.svg
 */
export function dotGraph(whole: WholeGraph, title = ''): string {
  const lines: string[] = [];
  for (let state = 0; state < whole.states; state += 1) {
    const initials = whole.initials.filter((one) => one.state === state);
    const violated = whole.violates[state] ?? [];
    const said = [
      ...initials.map(({ name }) => name),
      ...violated.map((name) => `*** ${name} ***`),
    ];
    const values = whole.valuesOf(state).map(({ path, value }) => `${path} = ${value}`);
    lines.push(
      node(state, {
        label: [String(state), ...said].join('\n'),
        tooltip: values.join('\n') || 'every field has its first value',
        ...(violated.length > 0 ? { peripheries: '2', style: 'filled', fillcolor: '#f0e442' } : {}),
        ...(whole.isStuck[state] === true ? { shape: 'octagon' } : {}),
        ...(initials.length > 0 ? { penwidth: '3' } : {}),
      }),
    );
  }
  for (const [index, move] of whole.moves.entries()) {
    const name = `${stepName(whole.cpus, move)}${said(move)}`;
    const to = move.to === -1 ? `fatal${index}` : `${move.to}`;
    if (move.to === -1) {
      const label = move.violates.map((one) => `*** ${one} ***`).join('\n');
      lines.push(node(to, { label, shape: 'octagon', style: 'filled', fillcolor: '#f0e442' }));
    }
    lines.push(edge(move.from, to, { label: name, ...lineOf(move.cpu) }));
  }
  return graph(title, lines);
}

function said({ violates, to }: GraphMove): string {
  return to === -1 || violates.length === 0 ? '' : `\n!! ${violates.join('; ')}`;
}

function changesOf(step: TraceStep): string[] {
  return step.changes.map(({ path, before, after }) => `${path}: ${before} -> ${after}`);
}

function lineOf(cpu: number): Attributes {
  const [color, style] = CPUS[cpu % CPUS.length] as (typeof CPUS)[number];
  return { color, fontcolor: color, style };
}

function graph(title: string, lines: readonly string[]): string {
  const label = title === '' ? [] : [`  graph [label=${quoted(title)}, labelloc=t];`];
  return `${['digraph heddle {', ...label, ...HEAD, ...lines, '}'].join('\n')}\n`;
}

function node(name: number | string, attributes: Attributes): string {
  return `  "${name}" [${listed(attributes)}];`;
}

function edge(from: number | string, to: number | string, attributes: Attributes): string {
  return `  "${from}" -> "${to}" [${listed(attributes)}];`;
}

function listed(attributes: Attributes): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quoted(value ?? '')}`)
    .join(', ');
}

/** Graphviz reads backslashes and the entities of HTML in labels. */
function quoted(text: string): string {
  const plain = text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    // What no drawing can show would make a broken one.
    .replace(/(?!\n)[\p{Cc}\p{Surrogate}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"');
  return `"${plain.replaceAll('\n', '\\n')}"`;
}
