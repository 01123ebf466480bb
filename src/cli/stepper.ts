/** Walking a trace with keys: what each key does to where one stands. */
import type { Trace } from '../replay/trace.ts';

export interface Position {
  /** Steps done: 0 is the initial state. */
  readonly at: number;
  /** Only what changed, without the diagram. */
  readonly diffOnly: boolean;
  /** The whole state, in place of the diagram. */
  readonly wholeState: boolean;
  /** The number being typed after `g`. */
  readonly typed: string | undefined;
  readonly done: boolean;
}

export const START: Position = {
  at: 0,
  diffOnly: false,
  wholeState: false,
  typed: undefined,
  done: false,
};

/** A key as `node:readline` names it; `sequence` for those without a name. */
export interface Key {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
}

/** Where one stands after a key. Keys that mean nothing change nothing. */
export function press(position: Position, key: Key, trace: Trace): Position {
  if (key.ctrl === true && (key.name === 'c' || key.name === 'd'))
    return { ...position, done: true };
  if (position.typed !== undefined) return type(position, position.typed, key, trace);
  const moved = (at: number): Position => ({ ...position, at: within(at, trace) });
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
      return { ...position, typed: '' };
    case 'd':
      return { ...position, diffOnly: !position.diffOnly, wholeState: false };
    case 'f':
      return { ...position, wholeState: !position.wholeState, diffOnly: false };
    case 'q':
      return { ...position, done: true };
    default:
      return position;
  }
}

/** `g 17`: digits until Enter; anything else that is no digit gives up. */
function type(position: Position, typed: string, key: Key, trace: Trace): Position {
  if (/^\d$/.test(key.sequence ?? '')) return { ...position, typed: typed + key.sequence };
  if (key.name === 'space') return position;
  if (key.name === 'backspace') return { ...position, typed: typed.slice(0, -1) };
  const isEntered = key.name === 'return' || key.name === 'enter';
  const at = isEntered && typed !== '' ? within(Number(typed), trace) : position.at;
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
