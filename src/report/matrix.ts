/** Designs down, properties across: what the checks of one folder say together. */
import type { Facility } from '../design/processor.ts';
import type { CellVerdict, PropertyVerdict, Verdict } from '../search/verdict.ts';

export type MatrixVerdict = 'holds' | 'violated' | 'masked' | 'not_applicable' | 'incomplete';

export interface MatrixCell {
  readonly verdict: MatrixVerdict;
  /** The shortest schedule of a violated cell, and the check and initial state it starts from. */
  readonly schedule: string | null;
  readonly initial: string | null;
  readonly check: string | null;
  /**
   * Of a masked cell: the facilities that cut schedules, and the schedule that violates the property
   * where these only take note. It leads through what they reported, so it is a consequence of that.
   */
  readonly behind: Behind | null;
  /** States of the searches behind the cell. */
  readonly states: number;
  readonly scope: readonly string[];
}

/** A violation that only lies behind another one. */
export interface Behind {
  readonly facilities: readonly Facility[];
  readonly schedule: string;
  readonly check: string;
  readonly initial: string | null;
}

/** By design, then by property id. */
export type Matrix = Readonly<Record<string, Readonly<Record<string, MatrixCell>>>>;

/** One check's verdict and the design it is about. */
export interface MatrixRow {
  readonly design: string;
  readonly verdict: Verdict;
  /** By property id, of what the verdict calls masked. */
  readonly behind?: Readonly<Record<string, Behind>>;
}

/** Properties whose ids begin alike are parts of one: `P2_access` of `P2`. These are properties of their own. */
const WHOLE = /^P9_(irq|rcu_batched|rcu_fallback)$/;
const NUMBERED = /^P(\d+)/;

/** The column of a property: its id, or the id it is a part of. */
export function columnOf(id: string): string | undefined {
  if (WHOLE.test(id)) return id;
  return NUMBERED.exec(id)?.[0];
}

/** Puts verdicts together: several checks of one design, and several parts of one property, make one cell. */
export function matrixOf(rows: readonly MatrixRow[]): Matrix {
  const ids = rows.flatMap(({ verdict }) => verdict.properties.map(({ id }) => columnOf(id)));
  const columns = [...new Set(ids)].filter((id) => id !== undefined).sort(byNumber);
  const says = ({ verdict }: MatrixRow) =>
    verdict.properties.some(({ id }) => columnOf(id) !== undefined);
  const designs = [...new Set(rows.filter(says).map(({ design }) => design))];
  return Object.fromEntries(
    designs.map((design) => {
      const own = rows.filter((row) => row.design === design);
      return [design, Object.fromEntries(columns.map((id) => [id, cellOf(own, id)]))];
    }),
  );
}

function byNumber(first: string, second: string): number {
  const number = (id: string): number => Number(NUMBERED.exec(id)?.[1] ?? 0);
  return number(first) - number(second) || (first < second ? -1 : 1);
}

interface Part {
  readonly check: Verdict;
  readonly property: PropertyVerdict;
  readonly behind: Behind | undefined;
}

function cellOf(rows: readonly MatrixRow[], id: string): MatrixCell {
  const parts: Part[] = rows.flatMap(({ verdict: check, behind }) =>
    check.properties
      .filter((property) => columnOf(property.id) === id)
      .map((property) => ({ check, property, behind: behind?.[property.id] })),
  );
  const violated = parts
    .filter(({ property }) => property.verdict === 'violated')
    .sort((first, second) => (first.property.steps ?? 0) - (second.property.steps ?? 0))[0];
  const about = [...new Set(parts.map(({ check }) => check))];
  const verdict = together(parts.map(({ property }) => property.verdict));
  const behind = parts.find((part) => part.behind !== undefined)?.behind;
  return {
    verdict,
    schedule: violated?.property.schedule ?? null,
    initial: violated?.property.initial ?? null,
    check: violated?.check.check ?? null,
    behind: verdict === 'masked' ? (behind ?? null) : null,
    states: about.reduce((sum, { states }) => sum + states, 0),
    scope: [...new Set(about.flatMap(({ scope }) => scope))],
  };
}

/** The worst of several, where saying nothing is not the same as holding. */
function together(verdicts: readonly CellVerdict[]): MatrixVerdict {
  if (verdicts.includes('violated')) return 'violated';
  if (verdicts.includes('masked')) return 'masked';
  if (verdicts.includes('incomplete')) return 'incomplete';
  return verdicts.includes('holds') ? 'holds' : 'not_applicable';
}

const SIGNS: Readonly<Record<MatrixVerdict, string>> = {
  holds: 'ok',
  violated: 'X',
  masked: 'm',
  not_applicable: '-',
  incomplete: '...',
};

const LEGEND =
  'ok holds, X violated, m masked: some schedules end in a fatal violation, - says nothing here, ... incomplete';

/** The matrix as text, with one line below it for every violated cell: its schedule and how to see it. */
export function renderMatrix(matrix: Matrix, command = 'npx heddle'): string {
  const table = tableOf(matrix);
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] as string).length)),
  );
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
  const below = [...schedulesOf(matrix, command), ...consequencesOf(matrix)];
  return [...lines, '', LEGEND, '', ...below].join('\n');
}

/** The matrix as a Markdown table, with the schedules as a list. */
export function matrixMarkdown(matrix: Matrix, command = 'npx heddle'): string {
  const [heads = [], ...rows] = tableOf(matrix);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const schedules = [...schedulesOf(matrix, command), ...consequencesOf(matrix)];
  return [
    line(heads),
    line(heads.map(() => '---')),
    ...rows.map(line),
    '',
    LEGEND,
    '',
    ...schedules.map((one) => `- ${one}`),
  ].join('\n');
}

function tableOf(matrix: Matrix): string[][] {
  const columns = Object.keys(Object.values(matrix)[0] ?? {});
  const rows = Object.entries(matrix).map(([design, cells]) => [
    design,
    ...columns.map((id) => SIGNS[(cells[id] as MatrixCell).verdict]),
  ]);
  return [['design', ...columns], ...rows];
}

function schedulesOf(matrix: Matrix, command: string): string[] {
  return Object.entries(matrix).flatMap(([design, cells]) =>
    Object.entries(cells)
      .filter(([, cell]) => cell.schedule !== null)
      .map(([id, cell]) => `${design} ${id}: ${command} replay ${replayed(cell)}`),
  );
}

/** Which masked cells are violated where the facilities that masked them only take note. */
function consequencesOf(matrix: Matrix): string[] {
  return Object.entries(matrix).flatMap(([design, cells]) => {
    const masked = Object.entries(cells).filter(([, { behind }]) => behind !== null);
    const by = [...new Set(masked.flatMap(([, { behind }]) => behind?.facilities ?? []))];
    if (masked.length === 0) return [];
    const ids = masked.map(([id]) => id).join(' ');
    return [`${design}: ${ids} only after a report of ${by.join(' or ')}, as its consequence`];
  });
}

function replayed({ check, initial, schedule }: MatrixCell): string {
  const from = initial === null || initial === 'initial' ? '' : ` --initial '${initial}'`;
  return `${check}${from} --schedule ${schedule}`;
}
