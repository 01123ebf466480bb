/** Which check kills which mutant, by what and with which schedule; and which mutants live. Plain data, text and Markdown. */
import { counted, cut, type Paint, plain, wrap } from './text.ts';

export interface KillTable {
  readonly schemaVersion: 1;
  /** What its checks have in common: their folder and the design, `queue/mpsc`. */
  readonly check: string;
  /** The checks, in the order in which they were tried. */
  readonly checks: readonly string[];
  /** In the order in which functions run and are written. */
  readonly mutants: readonly MutantRow[];
  /** What the checks call equivalent and no mutant is called. */
  readonly stale: readonly string[];
}

export interface MutantRow {
  readonly id: string;
  /** `page_free: without ClearPageActive(page)`. */
  readonly what: string;
  /** In which way it is wrong: `left out`. */
  readonly kind: string;
  /** `models/queue.ts:12`, from the project's folder; empty where nobody knows, and none in evidence, which lines are no part of. */
  readonly place?: string;
  readonly killedBy?: KilledBy;
  /** Not killed by any check that was searched to its end. */
  readonly survived?: 'equivalent' | 'hole';
  /** Why it is equivalent, as the check says; or why nothing was decided, or why it is no model. */
  readonly why?: string;
  /** A bound ended a search that did not kill it. */
  readonly undecided?: true;
  /** It cannot run, so it says nothing. */
  readonly stillborn?: true;
  /** A check calls it equivalent, and it was killed. */
  readonly refuted?: true;
}

export interface KilledBy {
  readonly check: string;
  /** Id of the property or facility, or the slug of an error. */
  readonly property: string;
  /** What was found. */
  readonly found: string;
  /** Where a schedule shows it: the shortest, the initial state it starts from, its steps. */
  readonly schedule?: string;
  readonly initial?: string;
  readonly steps?: number;
}

export interface KillTableOptions {
  /** Only what lives; default false. */
  readonly quiet?: boolean;
  readonly paint?: Paint;
  /** How heddle is called here; default `npx heddle`. */
  readonly command?: string;
}

const FATES = ['killed', 'equivalent', 'not killed', 'undecided', 'no model'] as const;

/** What may become of a mutant. */
export type Fate = (typeof FATES)[number];

const WIDTH = 72;
/** Columns of what killed it. */
const BY = 22;

/** The table as lines of ASCII, one for each mutant; then those that live, and what to do about them. */
export function renderKillTable(table: KillTable, options: KillTableOptions = {}): string {
  const { paint = plain, quiet = false } = options;
  const lines = [paint('heading', `${table.check}: ${counted(table.mutants.length, 'mutant')}`)];
  if (!quiet) lines.push('', ...table.mutants.map((row) => lineOf(row, table, paint)));
  for (const section of sectionsOf(table, options)) lines.push('', ...section);
  lines.push('', paint('heading', totalOf(table)));
  return lines.join('\n');
}

/** The table as evidence has it: lines of files are none of what it says. */
export function withoutPlaces(table: KillTable): KillTable {
  return { ...table, mutants: table.mutants.map(({ place: _, ...row }) => row) };
}

/** `30 mutants: 27 killed, 2 equivalent, 1 not killed`. */
export function totalOf({ check, mutants }: KillTable): string {
  const fates = mutants.map(fateOf);
  const parts = FATES.map((one) => [fates.filter((fate) => fate === one).length, one] as const);
  const shown = parts.filter(([count, name]) => count > 0 || name === 'killed');
  return `${check}: ${counted(mutants.length, 'mutant')}: ${shown.map((one) => one.join(' ')).join(', ')}`;
}

/** The table as Markdown, with every schedule. */
export function killTableMarkdown(table: KillTable): string {
  const rows = table.mutants.map((row) => {
    const cells = [`\`${row.id}\``, row.what, fateText(row, table), row.killedBy?.schedule ?? ''];
    return `| ${cells.map(cellText).join(' | ')} |`;
  });
  const lines = [
    `# Mutants of ${table.check}`,
    '',
    `${totalOf(table)}.`,
    '',
    `Searched by ${table.checks.join(', ')}; \`npx heddle replay CHECK --mutant ID --schedule SCHEDULE\` walks a schedule.`,
    '',
    '| mutant | what is wrong | killed by | schedule |',
    '| --- | --- | --- | --- |',
    ...rows,
  ];
  const equivalent = table.mutants.filter(({ survived }) => survived === 'equivalent');
  if (equivalent.length > 0) {
    lines.push('', '## Equivalent');
    for (const why of new Set(equivalent.map((row) => row.why))) {
      const same = equivalent.filter((row) => row.why === why);
      lines.push('', `${why}:`, '', ...same.map(({ what }) => `- ${what}`));
    }
  }
  return lines.join('\n');
}

function cellText(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** What became of it, as it is counted. */
export function fateOf({ killedBy, survived, undecided }: MutantRow): Fate {
  if (killedBy !== undefined) return 'killed';
  if (survived !== undefined) return survived === 'hole' ? 'not killed' : 'equivalent';
  return undecided === true ? 'undecided' : 'no model';
}

/** What killed it, or what else became of it, in a few words. */
export function fateText(row: MutantRow, { checks }: KillTable): string {
  if (row.killedBy === undefined) return fateOf(row);
  const { check, property } = row.killedBy;
  return check === checks[0] ? property : `${property} in ${check.split('/').at(-1)}`;
}

/** `8cd4f07f  R1   11  free: without b = 0`: id, what killed it, in how many steps, what is wrong. */
export function lineOf(row: MutantRow, table: KillTable, paint: Paint): string {
  const steps = row.killedBy?.steps;
  const count = steps === undefined ? '' : String(steps);
  const fate = cut(fateText(row, table), BY).padEnd(BY);
  const isBad = row.survived === 'hole' || row.refuted === true;
  const style = isBad ? 'bad' : row.killedBy === undefined ? 'comment' : 'good';
  return `${paint('dim', row.id)}  ${paint(style, fate)} ${count.padStart(4)}  ${row.what}`;
}

function sectionsOf(table: KillTable, options: KillTableOptions): readonly (readonly string[])[] {
  const { command = 'npx heddle' } = options;
  const { mutants, stale } = table;
  const [check = ''] = table.checks;
  const holes = mutants.filter(({ survived }) => survived === 'hole');
  const refuted = mutants.filter((one) => one.refuted === true);
  const sections: string[][] = [];
  if (holes.length > 0) {
    sections.push([
      'Not killed: nothing that the checks say is against them.',
      ...holes.flatMap((row) => naming(row, row.place ?? '')),
      ...paragraph(
        'A property that one of them violates is missing; or it does what the model does, and the check says why:',
      ),
      `  equivalent: { '${holes[0]?.what.replaceAll("'", "\\'")}': '...' }`,
      `  next: ${command} mutants ${check} --only ${holes[0]?.id}`,
    ]);
  }
  if (refuted.length > 0) {
    sections.push([
      'Called equivalent, and killed:',
      ...refuted.flatMap((row) => naming(row, `${row.killedBy?.property}: ${row.killedBy?.found}`)),
      '  next: take them out of `equivalent` of the check',
    ]);
  }
  if (stale.length > 0) {
    sections.push([
      'Called equivalent, and no mutants of this model:',
      ...stale.flatMap((name) => wrap(name, WIDTH - 2, { hang: 2 }).map((line) => `  ${line}`)),
      '  next: take them out of `equivalent` of the check',
    ]);
  }
  const undecided = mutants.filter((one) => one.undecided === true);
  if (undecided.length > 0) {
    const reasons = [...new Set(undecided.map(({ why }) => why))].join('; ');
    sections.push(paragraph(`${counted(undecided.length, 'mutant')} undecided: ${reasons}`));
  }
  return sections;
}

function naming({ id, what }: MutantRow, more: string): readonly string[] {
  const lines = wrap(what, WIDTH - 12, { hang: 2 });
  const [first = '', ...others] = [...lines, ...wrap(more, WIDTH - 12, { hang: 2 })];
  return [`  ${id}  ${first}`, ...others.map((line) => `            ${line}`)];
}

function paragraph(text: string): string[] {
  return wrap(text, WIDTH);
}
