/** What else could have happened at a point of a schedule: every move that was possible there, and what it leads to. */
import type { Check } from '../design/check.ts';
import type { ContextName } from '../design/processor.ts';
import { compileMachine } from '../machine/machine.ts';
import { NeedsObtained } from '../machine/obtained.ts';
import { modesOf } from '../replay/cursor.ts';
import { formatMove } from '../replay/schedule.ts';
import { type Along, rootOf, stepsUntilStop } from './after.ts';
import type { Row } from './board.ts';
import { Limits } from './limits.ts';
import { tryMoves } from './moves.ts';
import { NEVER, Nearest } from './nearest.ts';
import { asMistake, type Root, Search } from './search.ts';

/** A move that was possible at a point of a schedule. */
export interface Alternative {
  readonly cpu: number;
  readonly context: ContextName;
  readonly choice: number;
  readonly label: string;
  /** Functions from the outermost to the one the step belongs to. */
  readonly stack: readonly string[];
  /** For a pick: which variant. */
  readonly picked?: number;
  /** The callback or handler that starts with it. */
  readonly enters?: string;
  /** The move as it is written in a schedule: `1`, `0s`, `1:2`. */
  readonly move: string;
  /** It leads back to the state it comes from: an attempt that failed, or waiting. */
  readonly stays?: true;
  readonly leadsTo: Prospect;
}

/** What can come of a move. */
export type Prospect =
  /** The nearest violation, so many steps on: 1 where the move itself violates. With `atMost`, a bound has hidden whether one is nearer. */
  | {
      readonly kind: 'violation';
      readonly property: string;
      readonly steps: number;
      readonly atMost?: true;
    }
  /** Nothing that can follow violates anything: searched to the end. `states` are those of the search. */
  | { readonly kind: 'fine'; readonly states: number }
  /** None was found before a bound ended the search. `states` are those of the search. */
  | { readonly kind: 'unknown'; readonly states: number };

/** Bounds of the search behind all points of one schedule. */
export interface AlternativesOptions {
  /** Distinct states; default 100,000. */
  readonly maxStates?: number | undefined;
  /** Asked now and then; true ends the search where it is, and what it had not decided is unknown. */
  readonly shouldStop?: (() => boolean) | undefined;
}

/** Distinct states that are looked at for the alternatives along one schedule. */
export const ALTERNATIVE_STATES = 100_000;

/**
 * The alternatives at every point of a schedule: the element at `n` has those after `n` steps, the step that the schedule takes there among
 * them. CPUs in order, of each its contexts from the task on, of each its variants. Empty behind a step that did not happen because it is
 * fatal.
 *
 * One search from all points together answers for all of them, so that states are counted once. What no single schedule shows, LOCKDEP's
 * circles and unsafe uses among several, belongs to no state and is left out: a move that is fine here may still be part of one.
 * @throws HeddleError `bad-schedule`, `no-such-step`; and any mistake in the model that the search meets.
 * @example alternativesAlong(unsafe, { schedule: '0.1x2.0' })[3]?.[0]?.leadsTo.kind === 'violation';
 */
export function alternativesAlong(
  check: Check,
  along: Along,
  options: AlternativesOptions = {},
): readonly (readonly Alternative[])[] {
  return alternativesAlongAll(check, [along], options)[0] ?? [];
}

/**
 * The alternatives along several schedules of one check, by schedule, as `alternativesAlong` has them of each; from one search for all.
 * @throws HeddleError as `alternativesAlong`
 */
export function alternativesAlongAll(
  check: Check,
  all: readonly Along[],
  options: AlternativesOptions = {},
): readonly (readonly (readonly Alternative[])[])[] {
  const asked = all.map((along) => {
    const { initial, moves } = rootOf(check, along);
    return [...moves.keys(), moves.length].map((at) => ({ initial, moves: moves.slice(0, at) }));
  });
  return alternativesOf(check, asked, options);
}

/**
 * The alternatives at the end of a schedule, from a search of what can follow it.
 * @throws HeddleError as `alternativesAlong`
 * @example alternativesAt(unsafe, { schedule: '0.1x2' }).map(({ move }) => move).join() === '0';
 */
export function alternativesAt(
  check: Check,
  along: Along,
  options: AlternativesOptions = {},
): readonly Alternative[] {
  return alternativesOf(check, [[rootOf(check, along)]], options)[0]?.[0] ?? [];
}

/** Those at the ends of some beginnings of each schedule, the longest last. */
function alternativesOf(
  check: Check,
  asked: readonly (readonly Root[])[],
  options: AlternativesOptions,
): readonly (readonly (readonly Alternative[])[])[] {
  if (asked.length === 0) return [];
  const find = (obtains: boolean) => decide(check, asked, options, obtains);
  try {
    return find(false);
  } catch (thrown) {
    if (!(thrown instanceof NeedsObtained)) throw asMistake(thrown);
  }
  try {
    return find(true);
  } catch (thrown) {
    throw asMistake(thrown);
  }
}

function decide(
  check: Check,
  asked: readonly (readonly Root[])[],
  { maxStates = ALTERNATIVE_STATES, shouldStop }: AlternativesOptions,
  obtains: boolean,
): readonly (readonly (readonly Alternative[])[])[] {
  const compiled = compileMachine(check.model, obtains);
  const limits = new Limits({ maxStates }, shouldStop === undefined ? {} : { shouldStop });
  const search = new Search(check, compiled, modesOf(check), limits);
  search.roots = asked.flat();
  search.run();
  const { rootStates } = search;
  return search.engine.heap.uncounted(() => {
    const tried = new Map<number, readonly Tried[]>();
    for (const state of rootStates)
      if (!tried.has(state))
        tried.set(state, endsAt(search, state) ? [] : movesFrom(search, state));
    const nearest = new Nearest(search, askedAt(search, asked));
    const states = search.visited.count;
    let next = 0;
    return asked.map((roots) =>
      roots.map(() => {
        const moves = tried.get(rootStates[next++] as number) as readonly Tried[];
        return moves.map((move) => judged(move, nearest, states));
      }),
    );
  });
}

/** Whether a schedule ends for good there: in a step that is fatal, or in a state with a data race that is. */
function endsAt({ cut }: Search, state: number): boolean {
  return state === -1 || cut.has(state);
}

/** The states of schedules from which a `possibly` is asked. */
function askedAt(search: Search, asked: readonly (readonly Root[])[]): number[] {
  if (search.board.possibleRows.length === 0) return [];
  const found = new Set<number>();
  let next = 0;
  for (const roots of asked) {
    const steps = stepsUntilStop(search, roots.at(-1) as Root);
    for (const { moves } of roots) {
      const state = search.rootStates[next++] as number;
      if (moves.length <= steps && state !== -1) found.add(state);
    }
  }
  return [...found];
}

/** A move at a point, before it is known what it leads to. */
interface Tried {
  readonly move: Omit<Alternative, 'leadsTo'>;
  /** The state it leads to; -1 where none of those searched. */
  readonly target: number;
  /** What the move itself violates: the first of the rows. */
  readonly row: Row | undefined;
}

function movesFrom(search: Search, state: number): Tried[] {
  const { engine, board, visited } = search;
  const tried: Tried[] = [];
  tryMoves(search, state, (move, outcome) => {
    const { step, entered, picked, slot } = engine;
    const rows = engine.findings.flatMap((finding) => board.rowsOf(finding));
    const target =
      outcome === 'done' ? visited.find(engine.memory.words) : outcome === 'spun' ? state : -1;
    if (outcome === 'done') board.after(board.rowsAfter(step), (row) => rows.push(row), false);
    tried.push({
      move: {
        cpu: move.cpu,
        context: slot.context,
        choice: move.choice,
        label: step?.label ?? entered ?? 'end',
        stack:
          step?.stack ?? (engine.loadedNow === undefined ? [] : [engine.loadedNow.program.name]),
        ...(picked === -1 ? {} : { picked }),
        ...(entered === undefined ? {} : { enters: entered }),
        move: formatMove(move),
        ...(target === state ? { stays: true as const } : {}),
      },
      target,
      row: rows.sort((one, other) => one.index - other.index)[0],
    });
  });
  return tried;
}

function judged({ move, target, row }: Tried, nearest: Nearest, states: number): Alternative {
  const steps = target === -1 ? NEVER : (nearest.steps[target] as number);
  if (row !== undefined && (steps > 0 || row.index < nearest.rowOf(target).index))
    return { ...move, leadsTo: { kind: 'violation', property: row.name, steps: 1 } };
  if (steps !== NEVER) {
    const property = nearest.rowOf(target).name;
    const atMost = nearest.isExact(target) ? {} : { atMost: true as const };
    return { ...move, leadsTo: { kind: 'violation', property, steps: steps + 1, ...atMost } };
  }
  const isClosed = target !== -1 && nearest.open[target] === NEVER;
  return { ...move, leadsTo: { kind: isClosed ? 'fine' : 'unknown', states } };
}
