/** Walking a trace with keys: what each key does to where one stands, and what it asks for. */
import type { Trace } from '../replay/trace.ts';

/** What a key asks of whoever knows the check. */
export type Wish =
  /** To see what else can move. */
  | { readonly kind: 'moves' }
  /** To go on with the alternative at this place in the list, from 0. */
  | { readonly kind: 'take'; readonly index: number }
  /** To find the nearest violation from here. */
  | { readonly kind: 'find' }
  /** To go on with one of the violations found, by its place in the list, from 0. */
  | { readonly kind: 'append'; readonly index: number }
  | { readonly kind: 'undo' }
  | { readonly kind: 'original' }
  | { readonly kind: 'save' }
  /** To give up a search. */
  | { readonly kind: 'stop' };

/** A list in place of what the step did: of moves, or of violations found. */
export type Panel = 'moves' | 'found';

export interface Position {
  /** Steps done: 0 is the initial state. */
  readonly at: number;
  /** Only what changed, without the diagram. */
  readonly diffOnly: boolean;
  /** The whole state, in place of the diagram. */
  readonly wholeState: boolean;
  /** The number being typed after `g`, or of an entry of a list that has more than nine. */
  readonly typed: string | undefined;
  readonly panel: Panel | undefined;
  /** The first entry of the list that is shown. */
  readonly from: number;
  readonly done: boolean;
  readonly wish: Wish | undefined;
}

export const START: Position = {
  at: 0,
  diffOnly: false,
  wholeState: false,
  typed: undefined,
  panel: undefined,
  from: 0,
  done: false,
  wish: undefined,
};

/** A key as `node:readline` names it; `sequence` for those without a name. */
export interface Key {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
}

/** What the list on the screen has: entries in all, and those that are shown. */
export interface Listed {
  readonly count: number;
  readonly shown: number;
}

const NOTHING: Listed = { count: 0, shown: 0 };

/** Where one stands after a key, and what it asks for. Keys that mean nothing change nothing. */
export function press(
  before: Position,
  key: Key,
  trace: Trace,
  listed: Listed = NOTHING,
): Position {
  const position = { ...before, wish: undefined };
  if (key.ctrl === true && (key.name === 'c' || key.name === 'd'))
    return { ...position, done: true };
  if (position.typed !== undefined) return type(position, position.typed, key, trace, listed);
  if (position.panel !== undefined && /^[1-9]$/.test(key.sequence ?? ''))
    return chooseBy(position, key.sequence as string, listed);
  return branching(position, key, listed) ?? walking(position, key, trace);
}

function walking(position: Position, key: Key, trace: Trace): Position {
  const moved = (at: number): Position => ({ ...position, at: within(at, trace), from: 0 });
  switch (key.name ?? key.sequence) {
    case 'right':
    case 'down':
    case 'space':
      return moved(position.at + 1);
    case 'left':
    case 'up':
    case 'backspace':
      return moved(position.at - 1);
    case ']':
      return moved(nextSwitch(position.at, trace));
    case '[':
      return moved(previousSwitch(position.at, trace));
    case 'home':
      return moved(0);
    case 'end':
      return moved(trace.steps.length);
    case 'g':
      return { ...position, typed: '', panel: undefined };
    case 'd':
      return { ...position, diffOnly: !position.diffOnly, wholeState: false };
    case 'a':
      return { ...position, wholeState: !position.wholeState, diffOnly: false };
    case 'q':
      return { ...position, done: true };
    default:
      return position;
  }
}

/** The keys that leave the schedule at hand; undefined for any other. */
function branching(position: Position, key: Key, listed: Listed): Position | undefined {
  switch (key.name ?? key.sequence) {
    case 's':
      return position.panel === 'moves'
        ? { ...position, panel: undefined }
        : { ...position, panel: 'moves', from: 0, wish: { kind: 'moves' } };
    case 'f':
      return { ...position, wish: { kind: 'find' } };
    case 'u':
      return { ...position, wish: { kind: 'undo' } };
    case 'b':
      return { ...position, wish: { kind: 'original' } };
    case 'w':
      return { ...position, wish: { kind: 'save' } };
    case 'escape':
      return { ...position, panel: undefined, wish: { kind: 'stop' } };
    case 'n': {
      if (position.panel === undefined) return undefined;
      const next = position.from + listed.shown;
      return { ...position, from: next < listed.count ? next : 0 };
    }
    default:
      return undefined;
  }
}

/** A digit takes an entry at once where there are no more than nine. */
function chooseBy(position: Position, digit: string, { count }: Listed): Position {
  return count > 9 ? { ...position, typed: digit } : chosen(position, Number(digit), count);
}

function chosen(position: Position, number: number, count: number): Position {
  const open = { ...position, typed: undefined };
  if (number < 1 || number > count) return open;
  const index = number - 1;
  return position.panel === 'moves'
    ? { ...open, wish: { kind: 'take', index } }
    : { ...open, panel: undefined, wish: { kind: 'append', index } };
}

/** `g 17`: digits until Enter; anything else that is no digit gives up. */
function type(
  position: Position,
  typed: string,
  key: Key,
  trace: Trace,
  { count }: Listed,
): Position {
  if (/^\d$/.test(key.sequence ?? '')) return { ...position, typed: typed + key.sequence };
  if (key.name === 'space') return position;
  if (key.name === 'backspace') return { ...position, typed: typed.slice(0, -1) };
  const isEntered = (key.name === 'return' || key.name === 'enter') && typed !== '';
  if (isEntered && position.panel !== undefined) return chosen(position, Number(typed), count);
  const at = isEntered ? within(Number(typed), trace) : position.at;
  return { ...position, at, typed: undefined };
}

function within(at: number, trace: Trace): number {
  return Math.max(0, Math.min(at, trace.steps.length));
}

/** After the first step of the next CPU to move; the end where there is none. */
function nextSwitch(at: number, trace: Trace): number {
  for (let index = Math.max(at, 1); index < trace.steps.length; index += 1) {
    if (isSwitch(index, trace)) return index + 1;
  }
  return trace.steps.length;
}

function previousSwitch(at: number, trace: Trace): number {
  for (let index = at - 2; index > 0; index -= 1) {
    if (isSwitch(index, trace)) return index + 1;
  }
  return 0;
}

function isSwitch(index: number, trace: Trace): boolean {
  return trace.steps[index].cpu !== trace.steps[index - 1].cpu;
}
