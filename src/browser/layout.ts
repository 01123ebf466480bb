/** Where the nodes of a heap go: dagre, with the sizes that their words need. */
import { Graph, layout } from '@dagrejs/dagre';
import type { Heap, HeapEdge, HeapNode } from './heap.ts';

export interface Box {
  readonly node: HeapNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Route {
  readonly edge: HeapEdge;
  readonly points: readonly Point[];
}

export interface Drawing {
  readonly boxes: readonly Box[];
  readonly routes: readonly Route[];
  readonly width: number;
  readonly height: number;
}

/** Pixels. */
export const LINE = 16;
export const TITLE = 22;
const LETTER = 6.7;
const CPU_HEIGHT = 26;

export function rowHeight(names: readonly string[]): number {
  return names.length > 1 ? names.length * 13 + 4 : LINE;
}

export function draw(heap: Heap): Drawing {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    rankdir: 'LR',
    nodesep: 14,
    ranksep: 84,
    edgesep: 12,
    marginx: 10,
    marginy: 14,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of heap.nodes) graph.setNode(node.id, sizeOf(node));
  for (const edge of heap.edges)
    graph.setEdge(edge.from, edge.to, { width: 10, height: 8 }, edge.key);
  // What nothing leads to would be stacked: side by side it takes less room.
  const lone = heap.nodes.filter(
    ({ id }) => !heap.edges.some(({ from, to }) => from === id || to === id),
  );
  lone.slice(1).forEach((node, at) => {
    graph.setEdge(lone[at]?.id ?? '', node.id, { weight: 0 }, `lone ${at}`);
  });
  layout(graph);
  const boxes = heap.nodes.map((node): Box => {
    const { x, y, width, height } = graph.node(node.id) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    return { node, x: x - width / 2, y: y - height / 2, width, height };
  });
  const routes = heap.edges.map((edge): Route => {
    const { points } = graph.edge(edge.from, edge.to, edge.key) as { points: Point[] };
    return { edge, points: withPorts(edge, points, boxes) };
  });
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return { boxes, routes, width, height };
}

function sizeOf(node: HeapNode): { width: number; height: number } {
  if (node.kind === 'cpu') return { width: node.name.length * LETTER + 22, height: CPU_HEIGHT };
  const name = Math.max(0, ...node.rows.flatMap(({ names }) => names.map((one) => one.length)));
  const letters = Math.max(node.name.length + 8, name + node.letters + 3);
  const height = node.rows.reduce((sum, { names }) => sum + rowHeight(names), TITLE + 6);
  return { width: Math.max(84, letters * LETTER + 20), height };
}

/** An edge starts at the word it is in and ends at the word it leads to, on the sides that dagre chose. */
function withPorts(
  { from, to, word, toWord }: HeapEdge,
  points: readonly Point[],
  boxes: readonly Box[],
): Point[] {
  const source = boxes.find(({ node }) => node.id === from) as Box;
  const target = boxes.find(({ node }) => node.id === to) as Box;
  const inner = points.slice(1, -1);
  const first = sideOf(source, inner[0] ?? points.at(-1), portOf(source, word));
  const last = sideOf(target, inner.at(-1) ?? points[0], portOf(target, toWord));
  return [first, ...inner, last];
}

function sideOf(box: Box, toward: Point | undefined, y: number): Point {
  const isRight = (toward?.x ?? 0) > box.x + box.width / 2;
  return { x: isRight ? box.x + box.width : box.x, y };
}

/** The height at which a word stands in its box; the title where it is none of its rows. */
export function portOf(box: Box, word: number): number {
  if (box.node.kind === 'cpu') return box.y + box.height / 2;
  let y = box.y + TITLE + 2;
  for (const row of box.node.rows) {
    const height = rowHeight(row.names);
    if (row.word === word) return y + height / 2;
    y += height;
  }
  return box.y + TITLE / 2;
}
