/** What is said of each property at the end of a search, and of the check. */
import type { Check, Expectation } from '../design/check.ts';
import { formatSchedule } from '../replay/schedule.ts';
import type { Trace } from '../replay/trace.ts';
import type { Row } from './board.ts';
import type { Search } from './search.ts';
import type { Shortest } from './shortest.ts';
import type { CellVerdict, Outcome, PropertyVerdict } from './verdict.ts';

/** Why a violation is expected and outside what the design promises. */
export function knownOf(expectation: Expectation | undefined): string | undefined {
  return typeof expectation === 'object' ? expectation.known : undefined;
}

export function expectedVerdict(expectation: Expectation | undefined): CellVerdict {
  return typeof expectation === 'object' ? expectation.verdict : (expectation ?? 'holds');
}

export function judgeRow(
  check: Check,
  search: Search,
  row: Row,
  complete: boolean,
  found: readonly Shortest[],
  traces: readonly Trace[],
): PropertyVerdict {
  const expectation = check.expected?.[row.id];
  const expected = expectedVerdict(expectation);
  const at = found.findIndex((one) => one.row === row);
  const verdict = cellVerdict(row, complete && !row.undecided, search.board.maskedBy);
  const base = {
    name: row.name,
    id: row.id,
    kind: row.kind,
    verdict,
    expected,
    evaluated: row.evaluated,
  };
  const goal = row.kind === 'goal' ? { met: row.met } : {};
  if (at === -1) {
    const surprise =
      verdict === expected || isDeclaredMask(check, search, row, verdict)
        ? undefined
        : `declared ${expected}, ended ${verdict}`;
    const masked =
      verdict === 'masked' && search.board.maskedBy !== undefined
        ? { maskedBy: search.board.maskedBy }
        : {};
    return {
      ...base,
      ...goal,
      ...masked,
      ...(row.depth === -1 ? {} : { steps: row.depth }),
      ok: surprise === undefined,
      ...(surprise === undefined ? {} : { surprise }),
    };
  }
  const shortest = found[at] as Shortest;
  const surprise = mismatch(expectation, shortest, traces[at] as Trace);
  const known = knownOf(expectation);
  return {
    ...base,
    ok: surprise === undefined,
    ...(surprise === undefined ? {} : { surprise }),
    ...(surprise === undefined && known !== undefined ? { known } : {}),
    finding: shortest.finding,
    schedule: formatSchedule(shortest.moves),
    initial: shortest.initial,
    steps: shortest.moves.length,
    switches: shortest.switches,
    ...(shortest.isShortest === undefined ? {} : { shortest: shortest.isShortest }),
    ...(shortest.preemptions === undefined ? {} : { preemptions: shortest.preemptions }),
  };
}

/** Masked without being named in `expected`: no surprise where the violation that masks it was declared. */
function isDeclaredMask(check: Check, search: Search, row: Row, verdict: CellVerdict): boolean {
  return (
    verdict === 'masked' &&
    check.expected?.[row.id] === undefined &&
    expectedVerdict(check.expected?.[search.board.maskedBy ?? '']) === 'violated'
  );
}

function cellVerdict(row: Row, complete: boolean, maskedBy: string | undefined): CellVerdict {
  if (row.depth !== -1) return 'violated';
  const kind = row.property?.kind;
  if (kind === 'reachable') {
    if (row.met >= (row.property as { atLeast: number }).atLeast) return 'holds';
    if (!complete) return 'incomplete';
    return maskedBy === undefined ? 'vacuous' : 'masked';
  }
  if (!complete) return 'incomplete';
  if (maskedBy !== undefined) return 'masked';
  const counted = row.kind === 'property' && kind !== 'facility';
  return counted && row.evaluated === 0 ? 'vacuous' : 'holds';
}

/** Why a violation is not the one that was declared; undefined where it is. */
function mismatch(
  expectation: Expectation | undefined,
  found: Shortest,
  trace: Trace,
): string | undefined {
  if (expectedVerdict(expectation) !== 'violated')
    return `declared ${expectedVerdict(expectation)}, ended violated`;
  if (typeof expectation !== 'object') return undefined;
  const { object, steps } = expectation;
  const actual = found.finding.object;
  if (
    object !== undefined &&
    !(typeof object === 'string' ? object === actual : object.test(actual))
  ) {
    return `declared a violation on ${String(object)}, found one on ${actual}`;
  }
  let next = 0;
  for (const { label } of trace.steps) if (label === steps?.[next]) next += 1;
  if (steps !== undefined && next < steps.length)
    return `the schedule does not contain the declared step '${steps[next]}'`;
  return undefined;
}

export function outcomeOf(properties: readonly PropertyVerdict[], complete: boolean): Outcome {
  const counted = properties.filter(({ known }) => known === undefined);
  if (counted.some(({ verdict }) => verdict === 'violated')) return 'violated';
  if (!complete) return 'incomplete';
  return properties.some(({ verdict }) => verdict === 'vacuous') ? 'vacuous' : 'holds';
}
