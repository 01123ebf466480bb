/** The heap and its lists at one step, drawn: what the step changed is marked by shape, too. */
import { edgesAt, type HeapNode, Leads, MOST_LETTERS } from './heap.ts';
import {
  type Box,
  type Drawing,
  type Point,
  portOf,
  type Route,
  rowHeight,
  TITLE,
} from './layout.ts';
import type { Position } from './position.ts';

export function HeapGraph({ position, drawing }: { position: Position; drawing: Drawing }) {
  const { names } = position;
  if (names === undefined || drawing.boxes.length === 0) return null;
  const { now, before } = position.values.value;
  const leads = new Leads(names.objects, names.words);
  const present = edgesAt(position, now, leads);
  const past = edgesAt(position, before, leads);
  const { width, height } = drawing;
  return (
    <div class="graph" tabIndex={0} role="group" aria-label="Memory as a graph">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        style={{ width: `${width}px`, minWidth: `${width * 0.72}px` }}
        role="img"
        aria-label={wordsOf(position, drawing, present)}
      >
        <defs>
          {['plain', 'added', 'removed', 'local'].map((kind) => (
            <marker
              key={kind}
              id={`arrow-${kind}`}
              class={`arrow ${kind}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d={kind === 'local' ? 'M1 1 L7 4 L1 7' : 'M0 0 L8 4 L0 8 Z'} />
            </marker>
          ))}
        </defs>
        {drawing.boxes.map((box) => (
          <Node key={box.node.id} box={box} now={now} before={before} />
        ))}
        {drawing.routes.map((route) => {
          const is = present.get(route.edge.key);
          const was = past.get(route.edge.key);
          if (is === undefined && was === undefined) return null;
          const how = is === undefined ? 'removed' : was === undefined ? 'added' : 'kept';
          const target = drawing.boxes.find(({ node }) => node.id === route.edge.to)?.node;
          const isDangling = is !== undefined && target !== undefined && !isThere(target, now);
          return (
            <Edge
              key={route.edge.key}
              route={route}
              how={how}
              isDangling={isDangling}
              locals={is ?? was ?? []}
            />
          );
        })}
      </svg>
    </div>
  );
}

function Node({
  box,
  now,
  before,
}: {
  box: Box;
  now: readonly string[];
  before: readonly string[];
}) {
  const { node, x, y, width, height } = box;
  if (node.kind === 'cpu') {
    return (
      <g class={`node cpu cpu${node.cpu % 6}`}>
        <rect x={x} y={y} width={width} height={height} rx={height / 2} />
        <text x={x + width / 2} y={y + height / 2 + 4} text-anchor="middle">
          {node.name}
        </text>
      </g>
    );
  }
  const isLive = node.live === undefined || now[node.live] === '1';
  const wasLive = node.live === undefined || before[node.live] === '1';
  const tag = isLive ? (wasLive ? '' : '+ new') : wasLive ? '\u00d7 freed' : 'free';
  return (
    <g class={`node ${isLive ? 'live' : 'free'}${isLive === wasLive ? '' : ' changed'}`}>
      <rect class="body" x={x} y={y} width={width} height={height} rx="4" />
      <path
        class="title"
        d={`M ${x} ${y + TITLE} V ${y + 4} a 4 4 0 0 1 4 -4 H ${x + width - 4} a 4 4 0 0 1 4 4 V ${y + TITLE} Z`}
      />
      <text class="name" x={x + 8} y={y + 15}>
        {node.name === '' ? 'state' : node.name}
      </text>
      <text class="tag" x={x + width - 8} y={y + 15} text-anchor="end">
        {tag}
      </text>
      {node.rows.map((row) => {
        const middle = portOf(box, row.word);
        const value = isLive || wasLive ? (now[row.word] ?? '') : '';
        const isChanged = (isLive || wasLive) && value !== before[row.word];
        const tall = rowHeight(row.names);
        return (
          <g
            key={row.word}
            class={`word${isChanged ? ' changed' : ''}${row.names.length > 1 ? ' overlaid' : ''}`}
          >
            <title>
              {row.names.length > 1 ? `${row.names.join(' and ')} are one word` : row.names[0]}
            </title>
            {isChanged && (
              <rect class="mark" x={x + 1} y={middle - tall / 2} width={width - 2} height={tall} />
            )}
            {isChanged && <path class="wedge" d={`M ${x + 1} ${middle - 4} l 6 4 l -6 4 Z`} />}
            {row.names.length > 1 && (
              <path
                class="brace"
                d={`M ${x + 12} ${middle - tall / 2 + 3} h -3 v ${tall - 6} h 3`}
              />
            )}
            {row.names.map((name, at) => (
              <text
                key={name}
                class="field"
                x={x + (row.names.length > 1 ? 15 : 10)}
                y={middle + 4 + (at - (row.names.length - 1) / 2) * 13}
              >
                {name}
              </text>
            ))}
            <text class="value" x={x + width - 8} y={middle + 4} text-anchor="end">
              {valueOf(value, node.name, row.names[0] ?? '')}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** Short for what is long, and a sign for a word that leads to its own object. */
function valueOf(value: string, object: string, field: string): string {
  if (field.endsWith(' queued')) return value === '0' ? 'no' : 'yes';
  if (value === 'uninitialised') return '?';
  const shown =
    object !== '' && value.startsWith(`&${object}`) ? `\u21ba ${value.slice(1)}` : value;
  return shown.length <= MOST_LETTERS ? shown : `${shown.slice(0, MOST_LETTERS - 1)}\u2026`;
}

/** Whether an object is allocated. */
function isThere({ live }: HeapNode, now: readonly string[]): boolean {
  return live === undefined || now[live] === '1';
}

function Edge({
  route,
  how,
  isDangling,
  locals,
}: {
  route: Route;
  how: 'kept' | 'added' | 'removed';
  isDangling: boolean;
  locals: readonly string[];
}) {
  const { points, edge } = route;
  const isLocal = edge.word === -1;
  const { path, sign } = curve(points);
  const end = points.at(-1) as Point;
  const side = (points.at(-2)?.x ?? 0) < end.x ? -1 : 1;
  const head = how === 'kept' ? (isLocal ? 'local' : 'plain') : how;
  const names = locals.length > 2 ? `${locals.slice(0, 2).join(', ')}, \u2026` : locals.join(', ');
  return (
    <g class={`edge ${how}${isLocal ? ' local' : ''}${isDangling ? ' dangling' : ''}`}>
      <path d={path} marker-end={`url(#arrow-${head})`} />
      {isDangling && (
        <g class="warn">
          <title>it leads to what is free</title>
          <path d={`M ${end.x + side * 18} ${end.y - 8} l 7 13 h -14 Z`} />
          <text x={end.x + side * 18} y={end.y + 4} text-anchor="middle">
            !
          </text>
        </g>
      )}
      {how !== 'kept' && (
        <g class="sign">
          <circle cx={sign.x} cy={sign.y} r="6.5" />
          <path d={how === 'added' ? plus(sign) : cross(sign)} />
        </g>
      )}
      {names !== '' && (
        <text x={sign.x} y={Math.max(9, sign.y - (how === 'kept' ? 4 : 10))} text-anchor="middle">
          {names}
        </text>
      )}
    </g>
  );
}

function plus({ x, y }: Point): string {
  return `M ${x - 4} ${y} h 8 M ${x} ${y - 4} v 8`;
}

function cross({ x, y }: Point): string {
  return `M ${x - 3} ${y - 3} l 6 6 M ${x + 3} ${y - 3} l -6 6`;
}

/**
 * A line that is level at each of its points, and where on it a sign is put: nearer to where it begins, so that those of lines to and fro
 * are apart. Between neighbours it goes straight, whatever bends dagre has made for the sake of order.
 */
function curve(all: readonly Point[]): { path: string; sign: Point } {
  const points = all.length === 3 ? [all[0] as Point, all[2] as Point] : all;
  const [first, ...rest] = points as [Point, ...Point[]];
  let here = first;
  let path = `M ${here.x} ${here.y}`;
  for (const next of rest) {
    const bend = (next.x - here.x) * BEND;
    path += ` C ${here.x + bend} ${here.y} ${next.x - bend} ${next.y} ${next.x} ${next.y}`;
    here = next;
  }
  const middle = points[Math.floor(points.length / 2)] as Point;
  return { path, sign: points.length === 2 ? along(first, middle, 0.36) : middle };
}

/** How far to the next point a line stays level. */
const BEND = 0.45;

/** The point at `t` (0 to 1) of a line between two points. */
function along(from: Point, to: Point, t: number): Point {
  const bend = (to.x - from.x) * BEND;
  const at = (a: number, b: number, c: number, d: number): number =>
    a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t ** 2 * (1 - t) + d * t ** 3;
  return {
    x: at(from.x, from.x + bend, to.x - bend, to.x),
    y: at(from.y, from.y, to.y, to.y),
  };
}

/** The graph in words, for those who do not see it. */
function wordsOf(
  { names }: Position,
  drawing: Drawing,
  present: ReadonlyMap<string, readonly string[]>,
): string {
  const nameOf = (id: string): string =>
    drawing.boxes.find(({ node }) => node.id === id)?.node.name ?? id;
  const leads = drawing.routes.flatMap(({ edge }) => {
    const locals = present.get(edge.key);
    if (locals === undefined) return [];
    const from =
      edge.word === -1
        ? `${nameOf(edge.from)} ${locals.join(' and ')}`
        : (names?.words[edge.word]?.name ?? edge.from);
    return [`${from} leads to ${nameOf(edge.to)}`];
  });
  return leads.length === 0 ? 'Memory: nothing leads anywhere' : `Memory: ${leads.join('; ')}`;
}
