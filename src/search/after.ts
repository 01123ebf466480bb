/** What can still happen after a schedule: a search that starts in the state it ends in, and schedules that begin with it. */
import type { Check } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Move } from '../machine/moves.ts';
import { initialise } from '../machine/start.ts';
import { formatSchedule, parseSchedule } from '../replay/schedule.ts';
import { clientStops } from './allowed.ts';
import type { Root, Search } from './search.ts';
import type { Half, Shortest } from './shortest.ts';
import type { AfterTold } from './verdict.ts';
import { switchesOf } from './witness.ts';

/** A schedule, from one of the initial states of a model. */
export interface Along {
  /** Default the first. */
  readonly initial?: string | undefined;
  readonly schedule: string | readonly Move[];
}

/**
 * The same with its moves.
 * @throws HeddleError `bad-schedule`
 */
export function rootOf({ model }: Check, { initial, schedule }: Along): Root {
  const moves = typeof schedule === 'string' ? parseSchedule(schedule) : schedule;
  return { initial: initial ?? (Object.keys(model.initial)[0] as string), moves };
}

/** How many steps of a schedule there are before a client stops: behind that no `possibly` is asked. */
export function stepsUntilStop(search: Search, { initial, moves }: Root): number {
  const { engine } = search;
  const stops = clientStops(engine.compiled);
  engine.attach();
  engine.memory.words.fill(0);
  initialise(engine, initial);
  for (const [at, move] of moves.entries()) {
    search.follow(move);
    if (engine.step !== undefined && stops.has(engine.step)) return at;
  }
  return moves.length;
}

/** Whether a search asks for what a `possibly` wants: not where it starts after the stop of a client. */
export function asksPossibly(search: Search): boolean {
  const root = search.roots?.[0];
  return root === undefined || stepsUntilStop(search, root) === root.moves.length;
}

/**
 * Refuses to search on where nothing can follow.
 * @throws HeddleError `no-such-step`
 */
export function refuseEnd({ rootStates, roots }: Search): void {
  if (roots === undefined || rootStates[0] !== -1) return;
  const schedule = formatSchedule(roots[0]?.moves ?? []);
  const fact = `${schedule} ends in a fatal violation, and nothing follows it`;
  throw new HeddleError('no-such-step', fact);
}

/** The same schedule from the initial state on. */
export function fromStart(found: Shortest, { roots }: Search): Shortest {
  const root = roots?.[0];
  if (root === undefined) return found;
  const related = found.related.map((half): Half => ({ ...half, ...whole(root, half.moves) }));
  return { ...found, ...whole(root, found.moves), related };
}

function whole(root: Root, more: readonly Move[]): Pick<Shortest, 'moves' | 'switches'> {
  const moves = [...root.moves, ...more];
  return { moves, switches: switchesOf(moves) };
}

/** What a verdict says of where its search has started. */
export function afterOf({ roots, board }: Search): AfterTold | undefined {
  const root = roots?.[0];
  if (root === undefined) return undefined;
  const { maskedBy } = board;
  return {
    initial: root.initial,
    schedule: formatSchedule(root.moves),
    steps: root.moves.length,
    ...(maskedBy === undefined ? {} : { maskedBy }),
  };
}
