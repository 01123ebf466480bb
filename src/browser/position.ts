/** Where a reader stands: one position for each schedule of the page, and what the keys of `heddle replay` do to it. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { PageData, ScheduleData } from '../report/page/data.ts';

export interface Position {
  readonly schedule: ScheduleData;
  readonly names: PageData['names'][number] | undefined;
  /** Steps done: 0 is the initial state. */
  readonly at: Signal<number>;
  /** A move that is possible here and was not taken, as schedules write it: the one that a reader would rather see. */
  readonly chosen: Signal<string | undefined>;
  /** The whole state instead of what changed. */
  readonly whole: Signal<boolean>;
  /** Only what changed: the columns of the schedule are hidden. */
  readonly diffOnly: Signal<boolean>;
  /** By word: the values after `at` steps, and before the last of them. */
  readonly values: ReadonlySignal<{
    readonly now: readonly string[];
    readonly before: readonly string[];
  }>;
}

export function positionIn(
  schedule: ScheduleData,
  names: readonly PageData['names'][number][],
): Position {
  const at = signal(0);
  const { states } = schedule;
  const all = states === undefined ? [] : allValues(states.first, states.changes);
  return {
    schedule,
    names: states === undefined ? undefined : names[states.names],
    at,
    chosen: signal(undefined),
    whole: signal(false),
    diffOnly: signal(false),
    values: computed(() => {
      const before = all[Math.max(0, at.value - 1)] ?? [];
      return { now: all[at.value] ?? [], before: at.value === 0 ? (all[0] ?? []) : before };
    }),
  };
}

function allValues(
  first: readonly string[],
  changes: readonly (readonly (readonly [number, string])[])[],
): (readonly string[])[] {
  const all: (readonly string[])[] = [first];
  for (const step of changes) {
    const next = [...(all.at(-1) as readonly string[])];
    for (const [word, value] of step) next[word] = value;
    all.push(next);
  }
  return all;
}

/** By word, the values of all states: for what has to be known of a whole schedule. */
export function everyValue({ schedule: { states } }: Position): (readonly string[])[] {
  return states === undefined ? [] : allValues(states.first, states.changes);
}

export function goTo(position: Position, at: number): void {
  position.at.value = Math.max(0, Math.min(at, position.schedule.steps.length));
  position.chosen.value = undefined;
}

export function choose(position: Position, move: string | undefined): void {
  position.chosen.value = move;
}

/** The moves that are possible here and were not taken. */
export function othersHere({ at, schedule }: Position): readonly string[] {
  const moves = schedule.states?.moves[at.value] ?? [];
  return moves.map(({ move }) => move).filter((move) => move !== schedule.moves[at.value]);
}

/** What `heddle` is asked for, to take another move here and see where that leads. */
export function branchCommand({ at, schedule }: Position, move: string): string {
  const isEnd = at.value === schedule.steps.length;
  return `${schedule.command}${isEnd ? '' : ` --at ${at.value}`} --then ${move}`;
}

/** The next of the other moves; after the last of them none. */
function chooseNext(position: Position): void {
  const others = othersHere(position);
  const next = others.indexOf(position.chosen.value ?? '') + 1;
  choose(position, others[next]);
}

/** After the first step of the next CPU to move; the end where there is none. */
export function nextSwitch({ at, schedule: { steps } }: Position): number {
  for (let index = Math.max(at.value, 1); index < steps.length; index += 1)
    if (steps[index]?.cpu !== steps[index - 1]?.cpu) return index + 1;
  return steps.length;
}

export function previousSwitch({ at, schedule: { steps } }: Position): number {
  for (let index = at.value - 2; index > 0; index -= 1)
    if (steps[index]?.cpu !== steps[index - 1]?.cpu) return index + 1;
  return 0;
}

/** What a key does; false for one that means nothing here. `g` is asked for by whoever shows the number. */
export function press(position: Position, key: string): boolean {
  switch (key) {
    case 'ArrowRight':
      goTo(position, position.at.value + 1);
      return true;
    case 'ArrowLeft':
      goTo(position, position.at.value - 1);
      return true;
    case ']':
      goTo(position, nextSwitch(position));
      return true;
    case '[':
      goTo(position, previousSwitch(position));
      return true;
    case 's':
      chooseNext(position);
      return true;
    case 'Escape':
      if (position.chosen.value === undefined) return false;
      choose(position, undefined);
      return true;
    case 'd':
      position.diffOnly.value = !position.diffOnly.value;
      return true;
    case 'f':
      position.whole.value = !position.whole.value;
      return true;
    default:
      return false;
  }
}
