/**
 * From a schedule found packed to a trace re-run frozen: what people see, and the proof that both
 * engines agree.
 */
import type { Check, GoldenTrace } from '../design/check.ts';
import { propertyId } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Finding } from '../design/processor.ts';
import { VERSION } from '../design/version.ts';
import { type CompiledMachine, compileMachine } from '../machine/machine.ts';
import { allEnded, type Move } from '../machine/moves.ts';
import { type Cursor, walk, walkLabels } from '../replay/cursor.ts';
import { formatSchedule } from '../replay/schedule.ts';
import { NO_FINDING, type Trace } from '../replay/trace.ts';
import { Board, type Row } from './board.ts';
import { askedAtEnd, outOfReach } from './continuations.ts';
import { NOBODY } from './deadlock.ts';
import { Kcsan, racesIn } from './kcsan.ts';
import type { Shortest } from './shortest.ts';

/** What a trace is called by, beside its schedule. */
export interface Naming {
  readonly check: string;
  readonly modelHash: string;
}

/**
 * Re-runs a schedule in the frozen engine and describes it. Of a `possibly` the state it ends in shows that it is asked there; that
 * nothing reaches it is for the search to know.
 * @throws HeddleError `engines-disagree` where it does not end in the violation it was found for.
 */
export function witness(
  check: Check,
  found: Shortest,
  naming: Naming,
  compiled: CompiledMachine,
): Trace {
  let cursor: Cursor;
  try {
    cursor = walk(check, found.moves, found.initial, compiled);
  } catch (thrown) {
    throw new HeddleError(
      'engines-disagree',
      `the frozen engine cannot follow ${formatSchedule(found.moves)}: ${String(thrown)}`,
    );
  }
  if (found.lock !== undefined) return lockTrace(check, found, cursor, naming, compiled);
  const seen = [...violationsAtEnd(check, cursor), ...askedAtEnd(check, cursor)];
  const agreed = seen.some(
    ({ row, finding }) =>
      row.id === found.row.id &&
      finding.kind === found.finding.kind &&
      (finding.facility !== 'possibly' || finding.message === found.finding.message),
  );
  if (!agreed) {
    const all = seen.map(({ row, finding }) => `${row.id} (${finding.kind})`).join(', ');
    throw new HeddleError(
      'engines-disagree',
      `${formatSchedule(found.moves)} violates ${found.row.id} (${found.finding.kind}) packed, but frozen: ${all || 'nothing'}`,
    );
  }
  return traceOf(cursor, naming, found.row, found.finding, found.switches);
}

/** Halves of a lockdep report are no violations by themselves: each must end with its lock held by the CPU that moved. */
function lockTrace(
  check: Check,
  found: Shortest,
  first: Cursor,
  naming: Naming,
  compiled: CompiledMachine,
): Trace {
  const related = found.related.map((half) => {
    const cursor = walk(check, half.moves, half.initial, compiled);
    holdsLock(cursor, half.lock);
    return {
      text: half.text,
      initial: half.initial,
      schedule: formatSchedule(half.moves),
      steps: cursor.steps,
      switches: half.switches,
    };
  });
  holdsLock(first, found.lock as number);
  return { ...traceOf(first, naming, found.row, found.finding, found.switches), related };
}

function holdsLock(cursor: Cursor, lock: number): void {
  const last = cursor.moves.at(-1) as Move;
  cursor.engine.show(cursor.state(cursor.length));
  const held = cursor.engine.contexts.heldByOwner(last.cpu * 3 + last.level);
  if ((held & (1 << lock)) !== 0) return;
  const schedule = formatSchedule(cursor.moves);
  throw new HeddleError('engines-disagree', `${schedule} ends without the lock it was found for`);
}

/** Every property violated by the last step of a cursor, or in the state it led to. */
export function violationsAtEnd(check: Check, cursor: Cursor): { row: Row; finding: Finding }[] {
  const board = new Board(check, cursor.engine);
  const seen: { row: Row; finding: Finding }[] = [];
  const note = (row: Row, finding: Finding): void => {
    seen.push({ row, finding });
  };
  const last = cursor.steps.at(-1);
  for (const finding of last?.findings ?? [])
    for (const row of board.rowsOf(finding)) note(row, finding);
  if (last?.refused === true) return seen;
  cursor.engine.attach();
  cursor.engine.show(cursor.state(cursor.length));
  board.state(note);
  if (cursor.last === 'done') board.after(board.rowsAfter(last), note);
  for (const finding of [...deadlock(cursor), ...races(cursor)])
    for (const row of board.rowsOf(finding)) note(row, finding);
  return seen;
}

/**
 * The deadlock of the last state, seen without the search: no move leads anywhere else, or CPUs
 * wait in a circle.
 */
function deadlock(cursor: Cursor): Finding[] {
  const progress = cursor.enabled().filter((move) => !move.stays);
  cursor.engine.show(cursor.state(cursor.length));
  if (progress.length === 0 && !allEnded(cursor.engine)) {
    return [{ facility: 'deadlock', kind: 'deadlock', object: '', message: NOBODY }];
  }
  const cycle = cursor.waitCycle();
  return cycle === undefined
    ? []
    : [{ facility: 'deadlock', kind: 'wait-cycle', object: '', message: cycle }];
}

/** Data races between the next moves of the last state. */
function races(cursor: Cursor): readonly Finding[] {
  cursor.engine.show(cursor.state(cursor.length));
  return racesIn(new Kcsan(cursor.engine), (visit) => cursor.tryAll(visit));
}

export function traceOf(
  cursor: Cursor,
  naming: Naming,
  row: { name: string },
  finding: Finding,
  switches: number,
): Trace {
  return {
    schemaVersion: 1,
    tool: `heddle ${VERSION}`,
    check: naming.check,
    modelHash: naming.modelHash,
    initial: cursor.initial,
    schedule: formatSchedule(cursor.moves),
    property: row.name,
    cpus: cursor.compiled.cpus.map((cpu) => cpu.name),
    steps: cursor.steps,
    switches,
    violation: finding.message,
    finding,
    blocked: cursor.blocked(),
  };
}

export function switchesOf(moves: readonly Move[]): number {
  return moves.filter((move, at) => at > 0 && move.cpu !== (moves[at - 1] as Move).cpu).length;
}

/**
 * Replays a schedule and says what its last step violates: `property`, by its id or sentence, if that is among it; the `property` of the
 * trace is empty where it violates nothing.
 * @throws HeddleError `bad-schedule`, `no-such-step`
 */
export function replay(
  check: Check,
  schedule: string,
  options: { initial?: string; name?: string; modelHash?: string; property?: string } = {},
): Trace {
  const cursor = walk(check, schedule, options.initial);
  const { property } = options;
  return describeEnd(
    check,
    cursor,
    options,
    property === undefined ? property : propertyId(property),
  );
}

/**
 * Replays a golden trace by step names; among the ways the names fit, one that violates its
 * property.
 * @throws HeddleError `no-such-step`
 */
export function replayLabels(
  check: Check,
  golden: GoldenTrace,
  options: { name?: string; modelHash?: string } = {},
): Trace {
  const ways = walkLabels(check, golden, compileMachine(check.model));
  const id = propertyId(golden.property);
  const violating = ways.find((way) =>
    replayed(check, way).some(({ row, finding }) => row.id === id && finding.kind !== 'undecided'),
  );
  return describeEnd(check, violating ?? (ways[0] as Cursor), options, id);
}

/** All that is violated at the end of a schedule, also by what cannot follow it any more. */
function replayed(check: Check, cursor: Cursor): { row: Row; finding: Finding }[] {
  return [...violationsAtEnd(check, cursor), ...outOfReach(check, cursor)];
}

function describeEnd(
  check: Check,
  cursor: Cursor,
  options: { name?: string; modelHash?: string },
  wanted?: string,
): Trace {
  const seen = replayed(check, cursor);
  const shown = seen.find(({ row }) => row.id === wanted) ?? seen[0];
  const naming = { check: options.name ?? '', modelHash: options.modelHash ?? '' };
  return traceOf(
    cursor,
    naming,
    shown?.row ?? { name: '' },
    shown?.finding ?? NO_FINDING,
    switchesOf(cursor.moves),
  );
}
