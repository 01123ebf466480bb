/** Every reachable state of a program, breadth first: the oracle that heddle's search must agree with. */

import { move, SelfLoop, settle } from './interpret.ts';
import { Lockdep } from './lockdep.ts';
import type { Program, Property, SharedTest, Variables } from './program.ts';
import { compare } from './program.ts';
import { Cut, Disabled, Run } from './run.ts';
import {
  type Code,
  type ContextName,
  compile,
  initialState,
  type State,
  topContext,
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
  /** It took a lock it would have waited for. */
  readonly waited: boolean;
}

/** Thrown where a program has more states than the caller wants to wait for. */
export class TooManyStates extends Error {}

/** Explores a program. @throws TooManyStates beyond `maxStates`. */
export function explore(program: Program, maxStates = 20_000): Result {
  const code = compile(program);
  const first = firstState(code);
  const known = new Set([first]);
  const afterFree = new Set<string>();
  const lockdep = new Lockdep(code);
  const found: Record<string, number> = {};
  const seen = new Set<string>();
  const levels: number[] = [];
  let generated = 1;
  let dead = 0;
  let level = [first];
  const note = (name: string, steps: number) => {
    found[name] ??= steps;
  };
  while (level.length > 0) {
    const steps = levels.length;
    levels.push(level.length);
    const later: string[] = [];
    for (const text of level) {
      const state = JSON.parse(text) as State;
      for (const name of violated(code, state)) note(name, steps);
      const moves = movesOf(code, text, seen);
      const done = moves.filter(({ outcome }) => outcome === 'done');
      generated += done.length;
      if (done.length === 0) dead += 1;
      for (const name of deadlocks(state, text, moves)) note(name, steps);
      for (const { findings, next, cpu, context, waited } of moves) {
        for (const name of findings) note(name, steps + 1);
        if (next === undefined) continue;
        const after = JSON.parse(next) as State;
        lockdep.record(state, after, cpu, context, waited);
        if (known.has(next)) continue;
        known.add(next);
        if (known.size > maxStates) throw new TooManyStates();
        later.push(next);
        if (afterFree.has(text) || liveOf(after) < liveOf(state)) afterFree.add(next);
        if (afterFree.has(text) && liveOf(after) > liveOf(state)) seen.add('an object is reused');
      }
      observe(state, seen);
    }
    level = later;
  }
  for (const name of lockdep.decide()) note(name, 0);
  return {
    states: known.size,
    generated,
    depth: levels.length,
    dead,
    levels,
    found,
    seen: [...seen],
  };
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
    const { cpu, context, goesOn, findings, waitsFor, waited } = run;
    return {
      cpu,
      context,
      goesOn,
      findings: outcome === 'disabled' ? [] : findings,
      waitsFor,
      waited,
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

function sharedTest(state: State, { left, is, right }: SharedTest): boolean {
  const read = (name: string) => state.shared[name] ?? state.ghosts[name];
  return compare(read(left), is, typeof right === 'number' ? right : read(right));
}

function violated(code: Code, state: State): string[] {
  const properties = Object.entries(code.program.properties).flatMap(([id, one]) =>
    applies(code, state, one) && 'test' in one && !sharedTest(state, one.test) ? [id] : [],
  );
  return isAtRest(code, state) && leaks(code, state) ? [...properties, 'leak leak'] : properties;
}

/** Whether a live object is reached by no shared variable and no list, directly or through objects. */
function leaks(code: Code, state: State): boolean {
  const { program } = code;
  const refs = (variables: Variables) =>
    Object.keys(variables).filter((name) => variables[name].type === 'ref');
  const pointedTo = (words: readonly (string | null)[]) =>
    words.flatMap((word) => (word?.startsWith('&obj') ? [Number.parseInt(word.slice(4), 10)] : []));
  const reached = new Set([
    ...refs(program.shared).map((name) => state.shared[name]),
    ...refs(program.perCpu).flatMap((name) => state.perCpu[name]),
    ...state.lists.flatMap(pointedTo),
  ]);
  for (const object of reached) {
    for (const next of pointedTo(state.objects[object]?.words ?? [])) reached.add(next);
  }
  return state.objects.some((one, object) => one !== null && !reached.has(object));
}

function applies(code: Code, state: State, property: Property): boolean {
  if (property.kind === 'at_rest') return isAtRest(code, state);
  if (property.kind === 'whenever') return state.locks[property.freeLock] === null;
  return property.kind === 'always';
}

/** Every CPU has ended or stands between operations, and nothing is pending. */
export function isAtRest(code: Code, state: State): boolean {
  // A callback that double queueing has cut off its list is lost, and not pending.
  const isPending =
    code.program.rcu.order === 'fifo'
      ? state.callbackLists.some(({ first }) => first !== 'NULL')
      : state.queued.some((one) => one !== null);
  if (isPending || state.works.some(({ queued }) => queued)) return false;
  return state.cpus.every((cpu) => topContext(cpu) === 'task' && standsBetween(code, state, cpu));
}

function standsBetween(code: Code, _state: State, cpu: State['cpus'][number]): boolean {
  const frame = cpu.task.at(-1);
  if (frame === undefined) return true;
  if (!('list' in frame)) return false;
  const node = code.lists[frame.list][frame.at];
  return node.do === 'choose' && node.between === true;
}

function deadlocks(state: State, text: string, moves: readonly Move[]): string[] {
  const everybodyStopped = state.cpus.every((cpu) => cpu[topContext(cpu)].length === 0);
  const nobodyMoves = moves.every(({ outcome, next }) => outcome === 'disabled' || next === text);
  if (nobodyMoves && !everybodyStopped) return ['deadlock deadlock'];
  return waitForEachOther(state, moves) ? ['deadlock wait-cycle'] : [];
}

/** Whether some CPUs can only wait for locks that others of them hold, whatever the rest does. */
function waitForEachOther(state: State, moves: readonly Move[]): boolean {
  let stuck = state.cpus.flatMap((_, cpu) => {
    const own = moves.filter((one) => one.cpu === cpu && one.goesOn);
    return own.length > 0 && own.every(({ waitsFor }) => waitsFor !== undefined) ? [cpu] : [];
  });
  for (let before = -1; before !== stuck.length; ) {
    before = stuck.length;
    stuck = stuck.filter((cpu) =>
      moves.every(
        (one) => one.cpu !== cpu || !one.goesOn || stuck.includes(one.waitsFor as number),
      ),
    );
  }
  return stuck.length > 0;
}

function liveOf(state: State): number {
  return state.objects.filter((one) => one !== null).length;
}

/** What a state shows of the features of the language; for statistics. */
function observe(state: State, seen: Set<string>): void {
  if (state.cpus.some((cpu) => cpu.softirq.length > 0)) seen.add('a softirq runs');
  if (state.cpus.some((cpu) => cpu.hardirq.length > 0)) seen.add('a hardirq runs');
  if (state.queued.some((one) => one !== null)) seen.add('a head is queued');
  if (state.queued.some((one) => one !== null && one.waiting.length > 0))
    seen.add('a head waits for readers');
  if (state.locks.some((one) => one !== null)) seen.add('a lock is held');
}
