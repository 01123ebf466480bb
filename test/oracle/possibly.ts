/** What stays possible, decided as its definition reads: from each state that is asked, everything that can follow is looked at. */
import type { Move } from './explore.ts';
import { sharedTest } from './judge.ts';
import type { Property, SharedTest } from './program.ts';
import type { Code, State } from './state.ts';

type Possibly = Extract<Property, { kind: 'possibly' }>;
type Graph = ReadonlyMap<string, readonly Move[]>;

interface Found {
  readonly steps: number;
  readonly switches: number;
}

/** Every `possibly` of a program that is violated: the fewest steps, without stops of clients, and of those the fewest switches. */
export function impossible(code: Code, first: string, graph: Graph): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const [id, property] of Object.entries(code.program.properties)) {
    if (property.kind !== 'possibly') continue;
    const here = firstImpossible(code, first, graph, property);
    if (here !== undefined) found.set(id, here);
  }
  return found;
}

/** Level by level, each state with the fewest switches by who moved last. */
function firstImpossible(
  code: Code,
  first: string,
  graph: Graph,
  property: Possibly,
): Found | undefined {
  const known = new Set([first]);
  let level = new Map([[first, new Map([[-1, 0]])]]);
  for (let steps = 0; level.size > 0; steps += 1) {
    const bad = [...level].filter(([text]) => isImpossible(code, text, graph, property));
    if (bad.length > 0) {
      return { steps, switches: Math.min(...bad.flatMap(([, costs]) => [...costs.values()])) };
    }
    const later: typeof level = new Map();
    for (const [text, costs] of level) {
      for (const { next, cpu, did } of graph.get(text) ?? []) {
        if (next === undefined || stops(code, did)) continue;
        if (!known.has(next)) later.set(next, new Map());
        known.add(next);
        const all = [...costs].map(([last, cost]) => cost + (last === -1 || last === cpu ? 0 : 1));
        const cost = Math.min(...all);
        const reached = later.get(next);
        reached?.set(cpu, Math.min(reached.get(cpu) ?? cost, cost));
      }
    }
    level = later;
  }
  return undefined;
}

function stops(code: Code, did: Move['did']): boolean {
  return did !== undefined && code.clientStops.has(did);
}

function isImpossible(code: Code, text: string, graph: Graph, property: Possibly): boolean {
  const holds = (state: string, one: SharedTest, k: number): boolean => {
    const right = typeof one.right === 'number' ? one.right + k : one.right;
    return sharedTest(JSON.parse(state) as State, { ...one, right });
  };
  return Array.from({ length: property.each }, (_, k) => k).some(
    (k) =>
      holds(text, property.from, k) &&
      !canFollow(code, text, graph, property, (state) => holds(state, property.to, k)),
  );
}

/** Whether anything that can follow is as wanted, or is not known because a move was refused. */
function canFollow(
  code: Code,
  text: string,
  graph: Graph,
  { without }: Possibly,
  isWanted: (state: string) => boolean,
): boolean {
  const after = new Set([text]);
  for (const state of after) {
    if (isWanted(state)) return true;
    for (const { next, outcome, did } of graph.get(state) ?? []) {
      if (stops(code, did) || without.some((kind) => kind === did?.do)) continue;
      if (outcome === 'refused') return true;
      if (next !== undefined) after.add(next);
    }
  }
  return false;
}
