/** The tables of evidence held against what its checks say now: matrices, and mutants with what kills them. */
import type { LoadedCheck } from '../load/checks.ts';
import type { EvidenceFolder } from '../load/evidence.ts';
import type { Project } from '../load/project.ts';
import type { Evidence } from '../report/bundle.ts';
import { rowDifferences } from '../report/differences.ts';
import { type KillTable, type MutantRow, withoutPlaces } from '../report/kill-table.ts';
import { type Manifest, type MatrixRecord, matrixRecordOf, verdictOf } from '../report/manifest.ts';
import { matrixOf } from '../report/matrix.ts';
import { counted } from '../report/text.ts';
import { type Untrue, untrueOf } from '../report/verification.ts';
import { mutated } from '../search/mutants/derive.ts';
import { whyNot } from '../search/retrace.ts';
import type { Result } from '../session/events.ts';
import { MUTANT_BOUNDS } from './evidence.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { folderOf, matricesOf } from './matrix.ts';
import { killTables } from './mutants.ts';
import type { Output } from './output.ts';
import type { Runs } from './runs.ts';
import type { Subject, VerifyFlags } from './verify.ts';

/**
 * Cells that do not follow from the verdicts; where every check of a folder was searched again, also those that depend on what lies
 * behind a fatal violation.
 */
export async function untrueMatrices(
  { manifest: { matrices = {}, checks } }: EvidenceFolder,
  now: readonly Evidence[],
  repeated: readonly Subject[],
  results: readonly Result[],
  { run }: Runs,
): Promise<readonly Untrue[]> {
  const isWhole = (folder: string, names: readonly string[]): boolean =>
    checks.every(({ check }) => folderOf(check) !== folder || names.includes(check));
  const all = repeated.flatMap(({ wanted }) => (wanted === undefined ? [] : [wanted]));
  const searched = all.map(({ loaded }) => loaded.name);
  const own = all.filter(({ loaded }) => isWhole(folderOf(loaded.name), searched));
  const found = await matricesOf(own, results, run);
  const known = now.map(({ record }) => record.check);
  return Object.entries(matrices).flatMap(([folder, before]) => {
    const again = found.get(folder);
    if (again !== undefined) return untrueCells(folder, before, matrixRecordOf(again), false);
    if (!isWhole(folder, known)) return [];
    const rows = now
      .filter(({ record }) => folderOf(record.check) === folder)
      .map(({ record }) => ({
        design: record.design ?? (record.check.split('/').at(-1) as string),
        verdict: verdictOf(record),
      }));
    return untrueCells(folder, before, matrixRecordOf(matrixOf(rows)), true);
  });
}

/** `isRough`: what is masked may be known better, from searches in which the facility that masks it only takes note. */
function untrueCells(
  folder: string,
  before: MatrixRecord,
  now: MatrixRecord,
  isRough: boolean,
): readonly Untrue[] {
  return union(before, now).flatMap((design) =>
    union(before[design], now[design]).flatMap((id) => {
      const [was, is] = [before[design]?.[id], now[design]?.[id]];
      if (JSON.stringify(was) === JSON.stringify(is)) return [];
      const isKnownBetter = is?.verdict === 'masked' && /masked|holds/.test(was?.verdict ?? '');
      if (isRough && isKnownBetter) return [];
      return [untrueOf('', { path: [`matrix of ${folder}: ${design}`, id], was, is })];
    }),
  );
}

/** Cells of matrices that say what lies behind a fatal violation, where some check of their folder is among those not searched again. */
export function maskedCells({ matrices = {} }: Manifest, believed: ReadonlySet<string>): number {
  const folders = new Set([...believed].map(folderOf));
  return Object.entries(matrices)
    .filter(([folder]) => folders.has(folder))
    .flatMap(([, matrix]) => Object.values(matrix).flatMap((row) => Object.values(row)))
    .filter(({ verdict, behind }) => verdict === 'masked' || behind !== null).length;
}

function union(one: object | undefined, other: object | undefined): readonly string[] {
  return [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])];
}

/** What came of checking the tables of mutants. */
export interface KillsAgain {
  readonly found: readonly Untrue[];
  readonly codes: readonly ExitCode[];
  readonly notes: readonly string[];
}

/**
 * Rows of the tables of mutants that are not so: all is searched again, or with `--quick` and `--small` what kills is replayed. Of the
 * tables all of whose checks are looked at.
 */
export async function untrueKills(
  { manifest: { killTables: all = [] } }: EvidenceFolder,
  subjects: readonly Subject[],
  flags: VerifyFlags,
  project: Project,
  runs: Runs,
  output: Output,
): Promise<KillsAgain> {
  const loaded = subjects.map((one) => one.loaded);
  const checksOf = ({ checks }: KillTable) => loaded.filter(({ name }) => checks.includes(name));
  const before = all.filter((table) => checksOf(table).length === table.checks.length);
  if (before.length === 0) return { found: [], codes: [], notes: [] };
  if (flags.quick === true || flags.small === true) {
    const kills = before.flatMap(({ mutants }) => mutants.filter(isReplayed)).length;
    const tables = `${counted(before.length, 'table')} of mutants`;
    const left = 'what lives, or is killed by a mistake, not searched again';
    const note = `${tables}: ${counted(kills, 'kill')} replayed; ${left}`;
    return {
      found: before.flatMap((table) => unkilling(table, loaded)),
      codes: [],
      notes: [note],
    };
  }
  const families = before.map((table) => ({ name: table.check, checks: checksOf(table) }));
  const { tables, codes } = await killTables(families, project, MUTANT_BOUNDS, runs, output);
  const ended = codes.filter((code) => code === EXIT.interrupted || code === EXIT.bug);
  const found =
    ended.length > 0 ? [] : tables.flatMap((now) => untrueRows(before, withoutPlaces(now)));
  const notes = [`${counted(before.length, 'table')} of mutants made again`];
  return { found, codes: ended, notes };
}

/** All that a table says of its mutants, and of what its checks call equivalent. */
function untrueRows(before: readonly KillTable[], now: KillTable): readonly Untrue[] {
  const table = before.find(({ check }) => check === now.check);
  const ids = [...new Set([...(table?.mutants ?? []), ...now.mutants].map(({ id }) => id))];
  const of = (rows: readonly MutantRow[] = [], id: string) => rows.find((row) => row.id === id);
  const rows = ids.flatMap((id): Untrue[] => {
    const [was, is] = [of(table?.mutants, id), of(now.mutants, id)];
    const path = [`mutants of ${now.check}`, was?.what ?? is?.what ?? id];
    if (was === undefined || is === undefined) return [untrueOf('', { path, was, is })];
    return rowDifferences(was, is).map((one) =>
      untrueOf('', { ...one, path: [...path, ...one.path] }),
    );
  });
  const [was, is] = [table?.stale, now.stale];
  if (JSON.stringify(was) === JSON.stringify(is)) return rows;
  return [...rows, untrueOf('', { path: [`mutants of ${now.check}`, 'stale'], was, is })];
}

/** A mistake shows in what comes after its schedule, which only a search tries. */
function isReplayed({ killedBy }: MutantRow): boolean {
  return killedBy?.schedule !== undefined && killedBy.steps !== undefined;
}

/** Schedules of a table that do not show that a check notices. */
function unkilling(table: KillTable, loaded: readonly LoadedCheck[]): readonly Untrue[] {
  return table.mutants.filter(isReplayed).flatMap(({ id, what, killedBy }): Untrue[] => {
    const check = loaded.find(({ name }) => name === killedBy?.check)?.check;
    if (killedBy?.schedule === undefined || check === undefined) return [];
    const { schedule, initial, property } = killedBy;
    const why = whyNot(() => mutated(check, id), { schedule, initial, property });
    if (why === undefined) return [];
    return [
      {
        check: '',
        what: `mutants of ${table.check}, ${what}: ${schedule} does not kill it: ${why}`,
      },
    ];
  });
}
