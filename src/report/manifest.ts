/** What evidence says of each check, as data that is the same from run to run: how it was searched, and what that found. */
import type { Bounds } from '../design/check.ts';
import type { Facility, FacilityMode } from '../design/processor.ts';
import type { RelatedTrace, Trace } from '../replay/trace.ts';
import type { Order } from '../search/orders/order.ts';
import type { ReduceChoice } from '../search/reduce/choice.ts';
import type { StoreChoice } from '../search/stores/choice.ts';
import type { Outcomes, StoreTold, Verdict } from '../search/verdict.ts';
import type { KillTable } from './kill-table.ts';
import type { Matrix, MatrixCell } from './matrix.ts';

/** How a check was searched: all that is needed to search it so again. */
export interface SearchOptions {
  readonly bounds: Bounds;
  /** Absent for breadth-first. */
  readonly order?: Order;
  /** Absent for whole states. */
  readonly store?: StoreChoice;
  readonly reduce: ReduceChoice;
}

/** A verdict without what differs from run to run or from machine to machine; steps by name. */
export type StableVerdict = Omit<
  Verdict,
  'schemaVersion' | 'check' | 'seconds' | 'bytesPerState' | 'steps' | 'store'
> & {
  readonly store?: Omit<StoreTold, 'compressedFrom' | 'wholeBytes'>;
  /** How often each step was taken. */
  readonly steps: Readonly<Record<string, number>>;
};

/** What a trace says beside what replaying its schedule says again; its finding is in the verdict of its property. */
export type ScheduleRecord = Pick<
  Trace,
  'property' | 'initial' | 'schedule' | 'switches' | 'origin' | 'explanation'
> & {
  readonly related?: readonly Omit<RelatedTrace, 'steps'>[];
};

export interface CheckRecord {
  readonly check: string;
  /** SHA-256 of the bundled check. */
  readonly modelHash: string;
  readonly size: 'small' | 'large';
  /** Its row of the matrix, where it names one. */
  readonly design?: string;
  readonly options: SearchOptions;
  readonly facilities: Readonly<Record<Facility, FacilityMode>>;
  readonly verdict: StableVerdict;
  readonly schedules: readonly ScheduleRecord[];
}

/** A matrix without what its checks say anyway. */
export type MatrixRecord = Readonly<
  Record<string, Readonly<Record<string, Omit<MatrixCell, 'scope' | 'states'>>>>
>;

export interface Manifest {
  readonly schemaVersion: 1;
  /** Name and version of the tool. */
  readonly tool: string;
  /** `whole` has the trace files and the page too. */
  readonly form: 'whole' | 'text';
  /** SHA-256 of each file of the user's that some check is made of, by its path from the project's folder. */
  readonly sources: Readonly<Record<string, string>>;
  readonly checks: readonly CheckRecord[];
  /** By folder of checks. */
  readonly matrices?: Readonly<Record<string, MatrixRecord>>;
  /** Where it was asked which mutants the checks kill. */
  readonly killTables?: readonly KillTable[];
  /** SHA-256 of each other file, by its path in the bundle; not of what differs from run to run. */
  readonly files: Readonly<Record<string, string>>;
}

/** What is known of a check beside what its search found. */
export type CheckNaming = Omit<CheckRecord, 'verdict' | 'schedules'>;

/** How a line of the scope begins that tells how much memory the machine had. */
const OF_MEMORY = 'memory got short';

/** Bounds that end a search elsewhere on another day or machine. */
const UNREPEATABLE: readonly string[] = ['timeLimit', 'memoryLimit', 'interrupt'];

/** The record of a check that was searched. */
export function recordOf(naming: CheckNaming, { verdict, traces }: Outcomes): CheckRecord {
  const { check, modelHash, size, design, options, facilities } = naming;
  return {
    ...{ check, modelHash, size },
    ...(design === undefined ? {} : { design }),
    ...{ options, facilities },
    verdict: stableOf(verdict),
    schedules: traces.map(scheduleOf),
  };
}

/** Whether the search of a record ends at the same state whenever it is repeated. */
export function isRepeatable({ verdict: { stopped } }: Pick<CheckRecord, 'verdict'>): boolean {
  return stopped === undefined || !UNREPEATABLE.includes(stopped.bound);
}

/** The verdict of a record; times are zero. */
export function verdictOf({ check, verdict }: CheckRecord): Verdict {
  const steps = Object.entries(verdict.steps).map(([step, taken]) => ({ step, taken }));
  return { ...verdict, schemaVersion: 1, check, steps, seconds: 0, bytesPerState: 0 };
}

/** The matrix of a record, as one that is printed. */
export function matrixOfRecord(record: MatrixRecord): Matrix {
  return mapCells(record, (cell) => ({ ...cell, states: 0, scope: [] }));
}

export function matrixRecordOf(matrix: Matrix): MatrixRecord {
  return mapCells(matrix, ({ verdict, schedule, initial, check, behind }) => ({
    ...{ verdict, schedule, initial, check, behind },
  }));
}

function mapCells<From, To>(
  rows: Readonly<Record<string, Readonly<Record<string, From>>>>,
  change: (cell: From) => To,
): Readonly<Record<string, Readonly<Record<string, To>>>> {
  return Object.fromEntries(
    Object.entries(rows).map(([design, cells]) => [
      design,
      Object.fromEntries(Object.entries(cells).map(([id, cell]) => [id, change(cell)])),
    ]),
  );
}

function stableOf(verdict: Verdict): StableVerdict {
  const { schemaVersion: _version, check: _check, seconds: _seconds, ...rest } = verdict;
  const { bytesPerState: _bytes, store, steps, scope, error, ...stable } = rest;
  const told = storeOf(store);
  const { stack: _stack, ...mistake } = error ?? { stack: undefined };
  return {
    ...stable,
    ...(told === undefined ? {} : { store: told }),
    scope: scope.filter((line) => !line.startsWith(OF_MEMORY)),
    steps: Object.fromEntries(steps.map(({ step, taken }) => [step, taken])),
    ...(error === undefined ? {} : { error: mistake as NonNullable<Verdict['error']> }),
  };
}

/** States that were compressed because memory got short are as good as whole ones. */
function storeOf(store: StoreTold | undefined): StableVerdict['store'] {
  if (store === undefined || store.compressedFrom !== undefined) return undefined;
  const { compressedFrom: _from, wholeBytes: _bytes, ...told } = store;
  return told;
}

function scheduleOf(trace: Trace): ScheduleRecord {
  const { property, initial, schedule, switches, origin, related, explanation } = trace;
  const others = related?.map(({ steps: _steps, ...half }) => half);
  return {
    ...{ property, initial, schedule, switches },
    ...(origin === undefined ? {} : { origin }),
    ...(others === undefined ? {} : { related: others }),
    ...(explanation === undefined ? {} : { explanation }),
  };
}
