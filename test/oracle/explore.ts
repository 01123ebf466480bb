/** Every reachable state of a program, breadth first: the oracle that heddle's search must agree with. */

import { move, SelfLoop, settle } from './interpret.ts';
import { deadlocks, featuresOf, liveOf, violated } from './judge.ts';
import { Lockdep } from './lockdep.ts';
import { impossible } from './possibly.ts';
import type { Program } from './program.ts';
import { Cut, Disabled, Run } from './run.ts';
import {
  type Code,
  type ContextName,
  compile,
  initialState,
  type Node,
  type State,
} from './state.ts';

export interface Result {
  readonly states: number;
  readonly generated: number;
  readonly depth: number;
  readonly dead: number;
  /** New states per level. */
  readonly levels: readonly number[];
  /** Steps to the first occurrence of each finding and of each violated property; 0 for what only all schedules show. */
  readonly found: Readonly<Record<string, number>>;
  /** Fewest changes of CPU among the schedules of so many steps; none for what only all schedules show. */
  readonly switches: Readonly<Record<string, number>>;
  /** Things that happened at least once; for statistics of what random programs exercise. */
  readonly seen: readonly string[];
}

/**
 * A move that was tried. `refused` at a fatal finding: it did not happen, so it is neither generated nor a successor.
 * `disabled` with the CPU that holds the lock it waits for, if it waits for one.
 */
export interface Move {
  readonly cpu: number;
  readonly context: ContextName;
  /** By the code that runs on the CPU, and not the start of a callback or handler on top of it. */
  readonly goesOn: boolean;
  readonly outcome: 'done' | 'refused' | 'disabled';
  readonly findings: readonly string[];
  /** The text of the state it leads to. */
  readonly next?: string;
  readonly waitsFor?: number;
  readonly did: Node | undefined;
  /** It took a lock it would have waited for. */
  readonly waited: boolean;
}

/** Thrown where a program has more states than the caller wants to wait for. */
export class TooManyStates extends Error {}

/** Explores a program. @throws TooManyStates beyond `maxStates`. */
export function explore(program: Program, maxStates = 20_000): Result {
  return new Exploration(compile(program), maxStates).run();
}

/** By the CPU that moved last, -1 where none has: the fewest switches of a shortest schedule to a state. */
type Switches = Map<number, number>;

class Exploration {
  private readonly known = new Set<string>();
  private readonly found: Record<string, number> = {};
  private readonly switches: Record<string, number> = {};
  private readonly seen = new Set<string>();
  /** States that can only be reached after an object was freed, as far as their first schedule tells. */
  private readonly afterFree = new Set<string>();
  private readonly lockdep: Lockdep;
  private readonly graph = new Map<string, readonly Move[]>();
  private readonly levels: number[] = [];
  private generated = 1;
  private dead = 0;
  private level = new Map<string, Switches>();
  private later = new Map<string, Switches>();

  constructor(
    private readonly code: Code,
    private readonly maxStates: number,
  ) {
    this.lockdep = new Lockdep(code);
  }

  run(): Result {
    const first = firstState(this.code);
    this.known.add(first);
    this.level.set(first, new Map([[-1, 0]]));
    while (this.level.size > 0) {
      this.levels.push(this.level.size);
      for (const [text, switches] of this.level) this.expand(text, switches);
      this.level = this.later;
      this.later = new Map();
    }
    for (const name of this.lockdep.decide()) this.found[name] = 0;
    for (const [id, { steps, switches }] of impossible(this.code, first, this.graph)) {
      this.found[id] = steps;
      this.switches[id] = switches;
    }
    const { known, generated, dead, levels, found, switches, seen } = this;
    const depth = levels.length;
    return { states: known.size, generated, depth, dead, levels, found, switches, seen: [...seen] };
  }

  private expand(text: string, switches: Switches): void {
    const { code, seen } = this;
    const steps = this.levels.length - 1;
    const state = JSON.parse(text) as State;
    const moves = movesOf(code, text, seen);
    this.graph.set(text, moves);
    const wrongHere = [...violated(code, state), ...deadlocks(state, text, moves)];
    for (const name of wrongHere) this.note(name, steps, Math.min(...switches.values()));
    const done = moves.filter(({ outcome }) => outcome === 'done');
    this.generated += done.length;
    if (done.length === 0) this.dead += 1;
    for (const move of moves) {
      for (const name of move.findings) this.note(name, steps + 1, switchesTo(switches, move.cpu));
      if (move.next !== undefined) this.follow(text, state, switches, move, move.next);
    }
    for (const feature of featuresOf(state)) seen.add(feature);
  }

  private note(name: string, steps: number, switches: number): void {
    this.found[name] ??= steps;
    if (this.found[name] === steps) {
      this.switches[name] = Math.min(this.switches[name] ?? switches, switches);
    }
  }

  private follow(text: string, state: State, switches: Switches, move: Move, next: string): void {
    const after = JSON.parse(next) as State;
    this.lockdep.record(state, after, move.cpu, move.context, move.waited);
    if (!this.known.has(next)) {
      this.known.add(next);
      if (this.known.size > this.maxStates) throw new TooManyStates();
      this.later.set(next, new Map());
      const change = liveOf(after) - liveOf(state);
      if (this.afterFree.has(text) || change < 0) this.afterFree.add(next);
      if (this.afterFree.has(text) && change > 0) this.seen.add('an object is reused');
    }
    const reached = this.later.get(next);
    const cost = switchesTo(switches, move.cpu);
    reached?.set(move.cpu, Math.min(reached.get(move.cpu) ?? cost, cost));
  }
}

/** The fewest switches when this CPU moves next. */
function switchesTo(switches: Switches, cpu: number): number {
  const costs = [...switches].map(([last, cost]) => cost + (last === cpu || last === -1 ? 0 : 1));
  return Math.min(...costs);
}

/** The initial state, every task standing before its first step. */
export function firstState(code: Code): string {
  const state = initialState(code);
  const run = new Run(code, state, () => 0);
  for (run.cpu = 0; run.cpu < state.cpus.length; run.cpu += 1) settle(run);
  return JSON.stringify(state);
}

/** Every move of a state: runs it again for each combination of choices. */
export function movesOf(code: Code, text: string, seen?: Set<string>): Move[] {
  const moves: Move[] = [];
  let script: number[] | undefined = [];
  while (script !== undefined) {
    const picked: number[] = [];
    const widths: number[] = [];
    const given: readonly number[] = script;
    const run = new Run(
      code,
      JSON.parse(text),
      (choices) => {
        const choice = given[picked.length] ?? 0;
        picked.push(choice);
        widths.push(choices);
        return choice;
      },
      seen,
    );
    moves.push(attempt(run, text));
    script = following(picked, widths);
  }
  return moves;
}

function attempt(run: Run, text: string): Move {
  const ended = (outcome: Move['outcome'], next?: string): Move => {
    const { cpu, context, goesOn, findings, waitsFor, waited, did } = run;
    return {
      cpu,
      context,
      goesOn,
      findings: outcome === 'disabled' ? [] : findings,
      waitsFor,
      waited,
      did,
      outcome,
      next,
    };
  };
  try {
    move(run);
    return ended('done', JSON.stringify(run.state));
  } catch (problem) {
    if (problem instanceof Disabled) return ended('disabled');
    if (problem instanceof SelfLoop) return ended('done', text);
    if (problem instanceof Cut) return ended('refused');
    throw problem;
  }
}

/** The next combination of choices, as an odometer counts. */
function following(picked: readonly number[], widths: readonly number[]): number[] | undefined {
  for (let at = picked.length - 1; at >= 0; at -= 1) {
    if (picked[at] + 1 < widths[at]) return [...picked.slice(0, at), picked[at] + 1];
  }
  return undefined;
}
