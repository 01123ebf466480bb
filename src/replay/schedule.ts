/**
 * Schedules as text: `0x3.1x2.0s` is three steps of CPU0's task, two of CPU1's, one of CPU0's
 * softirq; `1:2` is choice 2 of CPU1.
 */
import { HeddleError } from '../design/errors.ts';
import type { Move } from '../machine/moves.ts';

const LETTERS = ['', 's', 'h'] as const;
const PART = /^(\d+)([sh]?)(?::(\d+))?(?:x(\d+))?$/;
/** A schedule longer than this is a mistake; the longest searches end far below. */
const MAX_STEPS = 1_000_000;

/**
 * Writes moves as a schedule; runs of equal moves are counted.
 * @example formatSchedule([{ cpu: 0, level: 0, choice: 0 }, { cpu: 0, level: 0, choice: 0 }]) === '0x2'
 */
export function formatSchedule(moves: readonly Move[]): string {
  const parts: string[] = [];
  for (let at = 0; at < moves.length; ) {
    const name = formatMove(moves[at] as Move);
    let end = at + 1;
    while (end < moves.length && formatMove(moves[end] as Move) === name) end += 1;
    parts.push(end - at === 1 ? name : `${name}x${end - at}`);
    at = end;
  }
  return parts.join('.');
}

export function formatMove(move: Move): string {
  const choice = move.choice === 0 ? '' : `:${move.choice}`;
  return `${move.cpu}${LETTERS[move.level] ?? ''}${choice}`;
}

/**
 * Reads a schedule back.
 * @throws HeddleError `bad-schedule`
 */
export function parseSchedule(text: string): Move[] {
  const moves: Move[] = [];
  if (text.trim() === '') return moves;
  for (const part of text.trim().split('.')) {
    const match = PART.exec(part);
    if (match === null) throw new HeddleError('bad-schedule', `'${part}' is no part of a schedule`);
    const [, cpu, letter, choice, times] = match;
    const move = {
      cpu: Number(cpu),
      level: LETTERS.indexOf((letter ?? '') as '' | 's' | 'h'),
      choice: Number(choice ?? 0),
    };
    const count = Number(times ?? 1);
    if (moves.length + count > MAX_STEPS) {
      throw new HeddleError('bad-schedule', `a schedule of more than ${MAX_STEPS} steps`);
    }
    for (let time = 0; time < count; time += 1) moves.push(move);
  }
  return moves;
}
