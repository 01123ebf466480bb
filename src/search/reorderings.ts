/**
 * The orders in which the steps of a schedule can be taken, every context's own in their own order: which of them violate the property,
 * and which steps come in one order in all of those.
 */
import type { Move } from '../machine/moves.ts';
import type { OrderCount } from '../replay/explanation.ts';
import { type Judged, type JudgedMove, nameOf } from './judged.ts';

/** A step of the schedule: its move, and what it is called. */
export interface NamedStep {
  readonly move: Move;
  readonly name: string;
}

/** Two steps by their indices. */
export interface Pair {
  readonly before: number;
  readonly after: number;
}

export interface Reorderings {
  /** Every order that can be taken, as far as it can be, violates. */
  readonly isCertain: boolean;
  readonly pairs: readonly Pair[];
  /** Absent where they are more than a number holds, or one order of steps can be taken in several ways. */
  readonly counted?: OrderCount;
}

/** What was taken so far of every lane, and where that led. */
interface Node {
  readonly taken: readonly number[];
  readonly state: number;
  readonly from: number[];
  /** Violated here, whatever comes after. */
  readonly ends: boolean;
  /** By lane: nodes its next step leads to. */
  readonly next: number[][];
}

/** Looks at `most` nodes at most; undefined where they are more. */
export function reorderings(
  judged: Judged,
  initial: string,
  steps: readonly NamedStep[],
  most: number,
): Reorderings | undefined {
  const graph = new Orders(judged, steps, most);
  return graph.explore(judged.initial(initial)) ? graph.tell() : undefined;
}

class Orders {
  private readonly judged: Judged;
  private readonly steps: readonly NamedStep[];
  private readonly most: number;
  /** Indices of the steps of each context. */
  private readonly lanes: readonly (readonly number[])[];
  private readonly nodes: Node[] = [];
  private readonly known = new Map<string, number>();
  private hasVariants = false;

  constructor(judged: Judged, steps: readonly NamedStep[], most: number) {
    this.judged = judged;
    this.steps = steps;
    this.most = most;
    const lanes = new Map<number, number[]>();
    steps.forEach(({ move }, index) => {
      const key = move.cpu * 3 + move.level;
      lanes.set(key, [...(lanes.get(key) ?? []), index]);
    });
    this.lanes = [...lanes].sort(([one], [other]) => one - other).map(([, lane]) => lane);
  }

  /** False where there are too many nodes. */
  explore(initial: number): boolean {
    this.meet(
      this.lanes.map(() => 0),
      initial,
      false,
    );
    for (let at = 0; at < this.nodes.length; at += 1) {
      if (this.nodes.length > this.most) return false;
      const node = this.nodes[at] as Node;
      if (!node.ends)
        for (const [index, lane] of this.lanes.entries()) this.follow(at, node, lane, index);
    }
    return true;
  }

  private follow(at: number, node: Node, lane: readonly number[], index: number): void {
    const step = this.steps[lane[node.taken[index] as number] ?? -1];
    if (step === undefined) return;
    const taken = node.taken.map((count, one) => (one === index ? count + 1 : count));
    for (const move of this.movesFor(node.state, step)) {
      if (move.to === -1 && !move.violates) continue;
      const next = this.meet(taken, move.to, move.violates);
      (this.nodes[next] as Node).from.push(at);
      (node.next[index] as number[]).push(next);
    }
  }

  /** The step itself, or where its choices have other numbers here, every way to take it. */
  private movesFor(state: number, { move, name }: NamedStep): readonly JudgedMove[] {
    const { moves } = this.judged.look(state);
    const same = moves.filter(
      (one) => one.cpu === move.cpu && one.level === move.level && nameOf(one) === name,
    );
    const exact = same.find(({ choice }) => choice === move.choice);
    if (exact !== undefined) return [exact];
    if (same.length > 1) this.hasVariants = true;
    return same;
  }

  private meet(taken: readonly number[], state: number, violated: boolean): number {
    const key = `${taken.join()} ${violated ? 'bad' : state}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const ends = violated || this.judged.look(state).violates;
    const next = this.lanes.map(() => []);
    const index = this.nodes.push({ taken, state, from: [], ends, next }) - 1;
    this.known.set(key, index);
    return index;
  }

  tell(): Reorderings {
    const isLive = this.live();
    const live = this.nodes.filter((_, index) => isLive[index] === 1);
    const required = (nodes: readonly Node[]) => this.leastTaken(nodes);
    const [least, possible] = [required(live), required(this.nodes)];
    const relation = this.steps.map(() => new Uint8Array(this.steps.length));
    const told: Pair[] = [];
    const all = this.lanes.flatMap((lane, p) => lane.map((step, x) => ({ step, lane: p, x })));
    for (const one of all) {
      for (const other of all) {
        const isOwn = one.lane === other.lane;
        const taken = least[one.lane]?.[other.lane]?.[other.x] as number;
        if (isOwn ? one.x >= other.x : taken <= one.x) continue;
        (relation[one.step] as Uint8Array)[other.step] = 1;
        // What no order can turn round says nothing about the violation.
        const isPossible = (possible[one.lane]?.[other.lane]?.[other.x] as number) <= one.x;
        if (!isOwn && isPossible) told.push({ before: one.step, after: other.step });
      }
    }
    const counted = this.count();
    const pairs = told.filter((pair) => !isImplied(pair, relation));
    pairs.sort((one, other) => one.after - other.after || one.before - other.before);
    const isCertain = this.nodes.every(({ ends, next }) => ends || next.flat().length > 0);
    return { isCertain, pairs, ...(counted === undefined ? {} : { counted }) };
  }

  /** By node: whether an order goes through it and violates. */
  private live(): Uint8Array {
    const live = new Uint8Array(this.nodes.length);
    const waiting = this.nodes.flatMap(({ ends }, index) => (ends ? [index] : []));
    for (const index of waiting) live[index] = 1;
    for (let at = 0; at < waiting.length; at += 1) {
      for (const from of (this.nodes[waiting[at] as number] as Node).from) {
        if (live[from] === 1) continue;
        live[from] = 1;
        waiting.push(from);
      }
    }
    return live;
  }

  /** By two lanes and a step of the second: how many steps of the first were taken at least once that step was. */
  private leastTaken(nodes: readonly Node[]): number[][][] {
    const least = this.lanes.map(() => this.lanes.map((lane) => lane.map(() => Infinity)));
    for (const { taken } of nodes) {
      taken.forEach((count, p) => {
        taken.forEach((done, q) => {
          const row = least[p]?.[q] as number[];
          for (let y = 0; y < done; y += 1) row[y] = Math.min(row[y] as number, count);
        });
      });
    }
    return least;
  }

  private count(): OrderCount | undefined {
    const total = this.lanes.map((lane) => lane.length);
    const all = ordersOf(total);
    if (this.hasVariants || all > Number.MAX_SAFE_INTEGER) return undefined;
    const counts = new Array<number>(this.nodes.length).fill(0);
    // Every node has taken one step more than those it comes from, so it was met after them.
    for (let at = this.nodes.length - 1; at >= 0; at -= 1) {
      const { ends, taken, next } = this.nodes[at] as Node;
      const rest = taken.map((done, lane) => (total[lane] as number) - done);
      counts[at] = ends
        ? ordersOf(rest)
        : next.flat().reduce((sum, to) => sum + (counts[to] as number), 0);
    }
    return { all, violating: counts[0] as number };
  }
}

/** In how many orders so many steps of each lane can be put. */
function ordersOf(lanes: readonly number[]): number {
  let orders = 1;
  let steps = 0;
  for (const lane of lanes) {
    for (let one = 1; one <= lane; one += 1) {
      steps += 1;
      orders = Math.round((orders * steps) / one);
    }
  }
  return orders;
}

/** Whether a pair follows from two others. */
function isImplied({ before, after }: Pair, relation: readonly Uint8Array[]): boolean {
  const first = relation[before] as Uint8Array;
  return first.some((isBefore, between) => isBefore === 1 && relation[between]?.[after] === 1);
}
