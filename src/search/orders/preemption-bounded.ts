/**
 * Bounded by preemptions: all schedules without a preemption, then all with one, and so on. What is visited is a state with the CPU that
 * moved last, in order of the fewest preemptions, then of the fewest steps.
 */
import type { Finding } from '../../design/processor.ts';
import type { Move } from '../../machine/moves.ts';
import type { Row } from '../board.ts';
import { Column } from '../column.ts';
import type { Limits } from '../limits.ts';
import type { Occurrence } from '../lockdep.ts';
import { tryMoves } from '../moves.ts';
import type { Search } from '../search.ts';
import { type Half, type Shortest, violatedRows } from '../shortest.ts';
import { switchesOf } from '../witness.ts';
import { moveBetween, violationAt } from './paths.ts';

/** Stands for the CPU that moved last where none has. */
const NOBODY = -1;
/** Beside the CPUs whose moves of a state were made: the state was judged. */
const JUDGED = 1 << 30;

export class PreemptionBounded {
  /** Preemptions of the schedules gone through. */
  reached = 0;
  /** Steps of the longest schedule that was followed. */
  deepest = 0;
  private readonly search: Search;
  private readonly limits: Limits;
  private readonly most: number;
  private readonly cpus: number;
  private readonly everyCpu: number;
  /** Of each node: its state, who moved last + 1, the node before + 1, preemptions on the way. */
  private readonly states = new Column();
  private readonly lasts = new Column();
  private readonly parents = new Column();
  private readonly used = new Column();
  /** By state, as bits: who moved last in the nodes met; whose moves were made. */
  private readonly met = new Column();
  private readonly made = new Column();
  /** Nodes by steps: to be visited with the preemptions at hand; and where one more is made next. */
  private now: number[][] = [];
  private next: number[][] = [];
  private isTooDeep = false;
  /** Where each row was first seen violated: at the node, by a move of `cpu` or, where that is nobody, by itself. */
  private readonly firsts = new Map<Row, { readonly node: number; readonly cpu: number }>();
  private node = -1;
  private cpu = NOBODY;

  constructor(search: Search, limits: Limits, most: number) {
    this.search = search;
    this.limits = limits;
    this.most = most;
    this.cpus = search.engine.compiled.cpus.length;
    this.everyCpu = 2 ** this.cpus - 1;
  }

  /** True iff the bound cut nothing. */
  visit(): boolean {
    const { search, limits } = this;
    search.isExpanded = (id) => (this.bits(this.made, id) & JUDGED) !== 0;
    search.onFirst = (row) => void this.firsts.set(row, { node: this.node, cpu: this.cpu });
    search.levelStarts[1] = search.visited.count;
    this.now = [[]];
    for (let state = 0; state < search.visited.count; state += 1)
      this.now[0]?.push(this.add(state, NOBODY, 0, 0));
    for (; this.reached <= this.most; this.reached += 1) {
      if (!this.visitBudget()) return false;
      if (this.next.length === 0) break;
      this.now = this.next;
      this.next = [];
    }
    this.reached = Math.min(this.reached, this.most);
    if (this.isTooDeep) return !limits.stopAtDepth();
    for (let state = 0; state < search.visited.count; state += 1) {
      if (limits.atState(search, state)) return false;
      if (!search.cut.has(state) && this.hasOtherMoves(state)) return this.stop();
    }
    return this.finish();
  }

  private stop(): false {
    const value = this.most === 1 ? '1 preemption' : `${this.most} preemptions`;
    this.limits.stop('preemptions', value, '--preemptions', String(this.most + 1));
    return false;
  }

  /** Visits every node with so many preemptions. False iff a limit was hit. */
  private visitBudget(): boolean {
    const { search, limits } = this;
    const waited = this.reached === 0 ? [] : this.now.map(({ length }) => length);
    for (let steps = 0; steps < this.now.length; steps += 1) {
      const nodes = this.now[steps] as number[];
      if (nodes.length === 0) continue;
      if (limits.isTooDeep(steps)) {
        this.isTooDeep = true;
        break;
      }
      this.deepest = Math.max(this.deepest, steps);
      search.level = steps;
      limits.show(steps, nodes.length);
      for (const [at, node] of nodes.entries()) {
        if (limits.atState(search, node)) return false;
        if (at < (waited[steps] ?? 0)) this.preempt(node, steps);
        else this.visitNode(node, steps);
      }
      this.now[steps] = [];
    }
    return true;
  }

  /** Goes on without a preemption; what takes one waits for its turn. */
  private visitNode(node: number, steps: number): void {
    const state = this.states.get(node);
    const last = this.lasts.get(node) - 1;
    this.node = node;
    if (!this.enters(state)) return;
    if (last !== NOBODY) this.make(state, last);
    if (last === NOBODY || !this.canGoOn(state, last)) {
      this.makeAll(state);
      for (let cpu = 0; cpu < this.cpus; cpu += 1) this.follow(node, cpu, steps);
      return;
    }
    this.follow(node, last, steps);
    if (this.used.get(node) < this.most) put(this.next, steps, node);
  }

  /** Takes the running CPU of a node away. */
  private preempt(node: number, steps: number): void {
    const state = this.states.get(node);
    const last = this.lasts.get(node) - 1;
    this.node = node;
    this.makeAll(state);
    for (let cpu = 0; cpu < this.cpus; cpu += 1) if (cpu !== last) this.follow(node, cpu, steps);
  }

  /** Has the nodes visited that the moves of a CPU lead to, and that were not met before. */
  private follow(node: number, cpu: number, steps: number): void {
    const { successors } = this.search;
    const state = this.states.get(node);
    const bit = 1 << cpu;
    successors.collect(state, false, cpu);
    for (let at = 0; at < successors.batch.count; at += 1) {
      const next = successors.stateAt(at);
      const met = this.bits(this.met, next);
      if (next === state || (met & bit) !== 0) continue;
      this.met.set(next, met | bit);
      put(this.now, steps + 1, this.add(next, cpu, node + 1, this.reached));
    }
  }

  private add(state: number, last: number, parent: number, used: number): number {
    this.states.push(state);
    this.lasts.push(last + 1);
    this.parents.push(parent);
    this.used.push(used);
    return this.states.length - 1;
  }

  private bits(column: Column, at: number): number {
    return at < column.length ? column.get(at) : 0;
  }

  /** False for a state in which a fatal data race has ended the path. */
  private enters(state: number): boolean {
    const { search } = this;
    if (search.cut.has(state)) return false;
    if (this.bits(this.made, state) !== 0) return true;
    this.cpu = NOBODY;
    if (search.enterState(state)) return true;
    this.made.set(state, this.everyCpu | JUDGED);
    return false;
  }

  /** Makes the moves of a CPU, once for a state. */
  private make(state: number, cpu: number): void {
    const made = this.bits(this.made, state);
    if ((made & (1 << cpu)) !== 0) return;
    this.cpu = cpu;
    this.search.expandCpu(state, cpu);
    this.made.set(state, made | (1 << cpu));
  }

  private makeAll(state: number): void {
    for (let cpu = 0; cpu < this.cpus; cpu += 1) this.make(state, cpu);
    const made = this.bits(this.made, state);
    if ((made & JUDGED) !== 0) return;
    this.cpu = NOBODY;
    this.made.set(state, made | JUDGED);
    this.search.judgeState(state);
  }

  /** Whether some move of a CPU leads to another state, or is refused. */
  private canGoOn(state: number, cpu: number): boolean {
    const { successors } = this.search;
    return successors.collect(state, false, cpu) || successors.refused.length > 0;
  }

  /** Whether a CPU whose moves were not made has any. */
  private hasOtherMoves(state: number): boolean {
    const { search } = this;
    const made = this.bits(this.made, state);
    let has = false;
    const visit = (): void => {
      has = true;
    };
    search.engine.heap.uncounted(() => {
      for (let cpu = 0; cpu < this.cpus && !has; cpu += 1)
        if ((made & (1 << cpu)) === 0) tryMoves(search, state, visit, cpu);
    });
    return has;
  }

  /** Nothing was cut: what is left are CPUs without moves, and states to be judged. */
  private finish(): boolean {
    const { search, limits } = this;
    for (let state = 0; state < search.visited.count; state += 1) {
      if (limits.atState(search, state)) return false;
      this.node = -1;
      if (!search.cut.has(state)) this.makeAll(state);
    }
    return true;
  }

  /** The first schedule of every row: fewest preemptions, then fewest steps. */
  schedules(): Shortest[] {
    const { search } = this;
    return search.engine.heap.uncounted(() =>
      violatedRows(search).map((row) => this.schedule(row)),
    );
  }

  private schedule(row: Row): Shortest {
    const [half, ...related] = row.halves.map((one) => this.half(one));
    const finding = row.finding as Finding;
    if (half !== undefined) return { row, finding, ...half, related };
    const { node, cpu } = this.firsts.get(row) ?? { node: -1, cpu: NOBODY };
    const at = node === -1 ? this.judgedLast(row) : node;
    const violation = violationAt(this.search, row, this.states.get(at), cpu);
    if (violation === undefined) throw new Error(`no schedule ends in ${row.id}`);
    const way = this.way(at, violation.move);
    return { row, ...way, finding: violation.finding, related: [], lock: undefined };
  }

  /** A node of the state that violates a row by itself, where no node was being visited: an initial state, or one judged at the end. */
  private judgedLast(row: Row): number {
    for (let node = 0; node < this.states.length; node += 1)
      if (violationAt(this.search, row, this.states.get(node), NOBODY) !== undefined) return node;
    throw new Error(`no state violates ${row.id}`);
  }

  private half({ state, move, text, lock }: Occurrence): Half {
    let best = -1;
    let fewest = Infinity;
    for (let node = 0; node < this.states.length; node += 1) {
      if (this.states.get(node) !== state) continue;
      const preemptions = this.used.get(node) + (this.preempts(node, move.cpu) ? 1 : 0);
      if (preemptions >= fewest) continue;
      best = node;
      fewest = preemptions;
    }
    return { text, lock, ...this.way(best, move) };
  }

  /** The moves to a node, and one more. */
  private way(end: number, last: Move | undefined) {
    const moves: Move[] = last === undefined ? [] : [last];
    const preemptions =
      this.used.get(end) + (last !== undefined && this.preempts(end, last.cpu) ? 1 : 0);
    let node = end;
    for (let before = this.parents.get(node); before !== 0; before = this.parents.get(node)) {
      const cpu = this.lasts.get(node) - 1;
      const from = this.states.get(before - 1);
      moves.push(moveBetween(this.search, from, this.states.get(node), cpu));
      node = before - 1;
    }
    moves.reverse();
    const { visited, initialNames } = this.search;
    const initial = initialNames[-1 - visited.parent(this.states.get(node))] as string;
    return { moves, initial, switches: switchesOf(moves), preemptions };
  }

  private preempts(node: number, cpu: number): boolean {
    const last = this.lasts.get(node) - 1;
    return last !== NOBODY && last !== cpu && this.canGoOn(this.states.get(node), last);
  }
}

function put(nodes: number[][], steps: number, node: number): void {
  while (nodes.length <= steps) nodes.push([]);
  (nodes[steps] as number[]).push(node);
}
