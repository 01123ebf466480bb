/** Behind fatal violations: what the masked cells of a matrix say where the facility that cut schedules only takes note. */
import type { Facility } from '../design/processor.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { type Behind, columnOf, type MatrixRow, matrixOf } from '../report/matrix.ts';
import type { PropertyVerdict, Verdict } from '../search/verdict.ts';
import type { Result } from '../session/events.ts';
import type { Wanted } from './runs.ts';

/** A fatal violation may hide another: so often are the masked cells of a check searched again. */
const MOST_REPEATS = 4;

/**
 * The rows of checks that were run. Those with masked cells are searched again, each time with the facility that masks them made
 * soft: a property that then holds holds, for more schedules were searched; one that then is violated stays masked, for its
 * schedule leads through what the facility reported.
 */
export async function unmask(
  jobs: readonly Wanted[],
  results: readonly (Result | undefined)[],
  run: (jobs: readonly Wanted[]) => Promise<readonly Result[]>,
): Promise<MatrixRow[]> {
  const rows = jobs.map(({ loaded }, at): MatrixRow | undefined => {
    const verdict = verdictOf(results[at]);
    return verdict && { design: designOf(loaded), verdict, behind: {} };
  });
  let open = jobs.map((job, at) => ({ job, at, last: rows[at]?.verdict }));
  for (let repeat = 0; repeat < MOST_REPEATS; repeat += 1) {
    const matrix = matrixOf(rows.filter((row) => row !== undefined));
    open = open.flatMap(({ job, at, last }) => {
      const cells = matrix[rows[at]?.design ?? ''] ?? {};
      const facility = maskingFacility(
        last,
        (id) => cells[columnOf(id) ?? '']?.verdict === 'masked',
      );
      const { soft = [] } = job;
      if (facility === undefined || soft.includes(facility)) return [];
      return [{ job: { ...job, soft: [...soft, facility] }, at, last }];
    });
    if (open.length === 0) break;
    const again = await run(open.map(({ job }) => job));
    open = open.map((one, index) => ({ ...one, last: verdictOf(again[index]) }));
    for (const { job, at, last } of open) {
      const row = rows[at];
      if (row !== undefined && last !== undefined) rows[at] = merged(row, last, job.soft ?? []);
    }
  }
  return rows.filter((row) => row !== undefined);
}

function verdictOf(result: Result | undefined): Verdict | undefined {
  return result?.end.kind === 'decided' ? result.end.outcomes.verdict : undefined;
}

/** What masks a property of which the matrix wants to know more: a cell that is violated anyway does not. */
function maskingFacility(
  verdict: Verdict | undefined,
  isOpen: (id: string) => boolean,
): Facility | undefined {
  const masked = verdict?.properties.find(({ id, verdict: is }) => is === 'masked' && isOpen(id));
  const by = verdict?.properties.find(({ id }) => id === masked?.maskedBy);
  return by?.finding?.facility as Facility | undefined;
}

function merged(row: MatrixRow, again: Verdict, soft: readonly Facility[]): MatrixRow {
  const behind: Record<string, Behind> = { ...row.behind };
  const properties = row.verdict.properties.map((one) => {
    const other = again.properties.find(({ id }) => id === one.id);
    if (one.verdict !== 'masked' || other === undefined) return one;
    if (other.verdict === 'violated') behind[one.id] ??= behindOf(other, again, soft);
    return other.verdict === 'violated' || behind[one.id] !== undefined ? one : other;
  });
  return { ...row, verdict: { ...row.verdict, properties }, behind };
}

function behindOf(property: PropertyVerdict, again: Verdict, soft: readonly Facility[]): Behind {
  const { schedule = '', initial = null } = property;
  return { facilities: soft, schedule, check: again.check, initial };
}

/** The row of a check: what it declares, or the last part of its name. */
function designOf({ name, check }: LoadedCheck): string {
  return check.design ?? (name.split('/').at(-1) as string);
}
