/**
 * Decides `possibly`: from every state where something is asked, does some continuation reach what it asks for? A pass over the
 * finished search collects who leads to whom while no client stops; then what can be reached spreads backwards.
 */

import { HeddleError } from '../design/errors.ts';
import type { Finding } from '../design/processor.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import { clientStops, stepsCalled } from './allowed.ts';
import { ASKED, forbiddenTo, instancesOf, nothingReaches, REACHED, type Row } from './board.ts';
import { Column } from './column.ts';
import type { BadState } from './ends.ts';
import { type Sources, turned } from './graph.ts';
import { type Levels, levelAt } from './levels.ts';
import { Limits } from './limits.ts';
import type { Search } from './search.ts';
import { type Shortest, shortestTo } from './shortest.ts';

/**
 * Decides every `possibly` row of a search that visited all states, and finds the schedules of those violated. Where a limit is hit
 * the rows not yet decided are marked so.
 */
export function decidePossible(search: Search, limits: Limits): Shortest[] {
  return search.engine.heap.uncounted(() =>
    // One that a false claim of its id has violated is decided.
    byForbiddenSteps(search.board.possibleRows.filter(({ depth }) => depth === -1)).flatMap(
      (rows) => {
        const graph = new Continuations(search, rows);
        if (limits.stopped === undefined && graph.collect(limits)) return graph.decide();
        for (const row of rows) row.undecided = true;
        return [];
      },
    ),
  );
}

/** A state from which nothing that a row asks for there can be reached any more. */
export interface Hopeless {
  readonly row: Row;
  readonly state: number;
}

/**
 * Every state that violates a `possibly` row, among those that `roots` lead to while no client stops. What a search that was cut has not
 * expanded may reach anything.
 */
export function hopelessStates(search: Search, roots: readonly number[]): readonly Hopeless[] {
  const rows = search.board.possibleRows;
  const limits = new Limits({ maxStates: Number.POSITIVE_INFINITY }, {});
  return byForbiddenSteps(rows).flatMap((some) => {
    const graph = new Continuations(search, some);
    graph.collect(limits, roots);
    return graph.hopeless();
  });
}

/** Rows whose continuations may take the same steps share one pass. */
function byForbiddenSteps(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([...new Set(forbiddenTo(row))].sort());
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** The graph without stops of clients: positions are its states in breadth-first order. */
class Continuations implements Levels {
  readonly starts: number[] = [0];
  count = 0;
  private readonly search: Search;
  private readonly rows: readonly Row[];
  private readonly stops: ReadonlySet<StepInstruction>;
  private readonly forbidden: ReadonlySet<StepInstruction>;
  private readonly packed: Uint32Array;
  private readonly states: Uint32Array;
  /** By state: its position + 1. */
  private readonly positions: Uint32Array;
  /** Of every allowed move that leads elsewhere: where to; those of one state in a row. */
  private readonly targets = new Column();
  /** By position: how many targets come before its own. */
  private readonly offsets: Uint32Array;
  /** By position: an allowed move was refused, and what lies behind it nobody knows. */
  private readonly cut: Uint8Array;
  /** For every instance of every row: what it says of each position. */
  private readonly said: Uint8Array[][];
  private at = 0;
  private sources: Sources | undefined;

  constructor(search: Search, rows: readonly Row[]) {
    const { compiled } = search.engine;
    const { count } = search.visited;
    this.search = search;
    this.rows = rows;
    this.stops = clientStops(compiled);
    this.forbidden = stepsCalled(compiled, forbiddenTo(rows[0] as Row));
    this.packed = new Uint32Array(search.visited.packing.width);
    this.states = new Uint32Array(count);
    this.positions = new Uint32Array(count);
    this.offsets = new Uint32Array(count + 1);
    this.cut = new Uint8Array(count);
    this.said = rows.map((row) =>
      Array.from({ length: instancesOf(row) }, () => new Uint8Array(count)),
    );
  }

  stateAt(position: number): number {
    return this.states[position] as number;
  }

  positionOf(state: number): number {
    return state === -1 ? -1 : (this.positions[state] as number) - 1;
  }

  allows(step: StepInstruction | undefined): boolean {
    return step === undefined || !this.stops.has(step);
  }

  /** Visits every state of the graph, from the initial ones on or from `roots`. False iff a limit was hit. */
  collect(limits: Limits, roots?: readonly number[]): boolean {
    const { search } = this;
    const initial = search.levelStarts[1] ?? search.visited.count;
    if (roots === undefined) for (let state = 0; state < initial; state += 1) this.meet(state);
    else for (const state of roots) this.meet(state);
    while (this.at < this.count) {
      this.starts.push(this.count);
      for (const end = this.count; this.at < end; this.at += 1) {
        if (limits.atState(search, this.at)) return false;
        this.visitState(this.stateAt(this.at));
      }
    }
    return true;
  }

  private meet(state: number): number {
    const known = this.positionOf(state);
    if (known !== -1) return known;
    this.states[this.count] = state;
    this.count += 1;
    this.positions[state] = this.count;
    return this.count - 1;
  }

  private visitState(state: number): void {
    const { search, packed } = this;
    search.current = state;
    search.visited.loadPacked(state, packed);
    for (const [index, row] of this.rows.entries()) {
      for (const [k, said] of (this.said[index] as Uint8Array[]).entries()) {
        const answer = search.answers.possible(row, k, packed);
        if ((answer & ASKED) !== 0) row.evaluated += 1;
        said[this.at] = answer;
      }
    }
    if (search.cut.has(state) || !search.isExpanded(state)) this.cut[this.at] = 1;
    else this.followMoves(state);
    this.offsets[this.at + 1] = this.targets.length;
  }

  private followMoves(state: number): void {
    const { successors } = this.search;
    successors.collect(state, false);
    successors.fetch();
    for (const number of successors.refused) {
      const step = successors.deeds.steps[number];
      if (this.allows(step) && !this.forbids(step)) this.cut[this.at] = 1;
    }
    for (let at = 0; at < successors.batch.count; at += 1) {
      const step = successors.stepTo(at);
      if (!this.allows(step)) continue;
      const next = successors.stateAt(at);
      if (next === -1) throw unstable(step);
      const target = this.meet(next);
      if (target !== this.at && !this.forbids(step)) this.targets.push(target);
    }
  }

  private forbids(step: StepInstruction | undefined): boolean {
    return step !== undefined && this.forbidden.has(step);
  }

  /** Of each row all states that violate it. */
  hopeless(): Hopeless[] {
    return this.rows.flatMap((row, index) =>
      (this.said[index] as Uint8Array[]).flatMap((said) => {
        const hopeful = this.spread(said);
        const states = [...this.states.subarray(0, this.count)];
        return states
          .filter((_, position) => said[position] === ASKED && hopeful[position] === 0)
          .map((state) => ({ row, state }));
      }),
    );
  }

  /** Says which rows are violated, and finds their schedules. */
  decide(): Shortest[] {
    return this.rows.flatMap((row, index) => {
      const bad = this.badStates(row, this.said[index] as Uint8Array[]);
      if (bad.length === 0) return [];
      const shortest = shortestTo(this.search, this, row, bad);
      row.finding = shortest.finding;
      return [shortest];
    });
  }

  /**
   * The states of the first such level (`row.depth`) that are asked and reach nothing, whatever lies behind what was cut; states of
   * later levels may be among them.
   */
  private badStates(row: Row, instances: readonly Uint8Array[]): BadState[] {
    const bad: BadState[] = [];
    let last = this.count;
    for (const [k, said] of instances.entries()) {
      const hopeful = this.spread(said);
      let finding: Finding | undefined;
      for (let position = 0; position < last; position += 1) {
        if ((said[position] as number) !== ASKED || hopeful[position] === 1) continue;
        const level = levelAt(this.starts, position);
        last = this.starts[level + 1] as number;
        row.depth = level;
        finding ??= nothingReaches(row, k, this.search.stepsBefore + level);
        bad.push({ position, finding });
      }
    }
    return bad;
  }

  /** By position: whether a continuation reaches what an instance asks for, or what was cut. */
  private spread(said: Uint8Array): Uint8Array {
    this.sources ??= turned(this.targets, this.offsets, this.count);
    const { from, offsets } = this.sources;
    const hopeful = new Uint8Array(this.count);
    const waiting = new Uint32Array(this.count);
    let waits = 0;
    for (let position = 0; position < this.count; position += 1) {
      if (((said[position] as number) & REACHED) === 0 && this.cut[position] === 0) continue;
      hopeful[position] = 1;
      waiting[waits] = position;
      waits += 1;
    }
    for (let next = 0; next < waits; next += 1) {
      const position = waiting[next] as number;
      const end = offsets[position + 1] as number;
      for (let edge = offsets[position] as number; edge < end; edge += 1) {
        const before = from[edge] as number;
        if (hopeful[before] === 1) continue;
        hopeful[before] = 1;
        waiting[waits] = before;
        waits += 1;
      }
    }
    return hopeful;
  }
}

function unstable(step: StepInstruction | undefined): HeddleError {
  const name = step === undefined ? 'a step' : `'${step.stack.at(-1)}: ${step.label}'`;
  const fact = `${name} gave two different states from one state`;
  return new HeddleError('nondeterministic-step', fact, step?.node.place);
}
