/** The first page of evidence: what was checked and how it ended, what was not, and the command that says whether it is true. */
import type { PropertyVerdict, Verdict } from '../search/verdict.ts';
import { type KillTable, totalOf } from './kill-table.ts';
import { type CheckRecord, isRepeatable, type Manifest, verdictOf } from './manifest.ts';
import { markOf, totalLine } from './table.ts';
import { counted, grouped } from './text.ts';

/** Checks that are named where something is true of many of them. */
const NAMED = 4;

/** Markdown: a table of all checks, and what they leave open. */
export function overview(manifest: Omit<Manifest, 'files'>, hasPage: boolean): string {
  const { checks, tool, form, matrices = {}, killTables = [], sources } = manifest;
  const verdicts = checks.map(verdictOf);
  const schedules = checks.reduce((sum, one) => sum + one.schedules.length, 0);
  const parts = [
    '# Evidence',
    `${totalLine(verdicts)}. Searched by ${tool}; ${counted(schedules, 'schedule')}, each replayed in a second engine.`,
    [
      'Check it again, in the folder of the project, with the path of this folder:',
      '',
      '```',
      'npx heddle verify <folder>            searches and replays everything again',
      'npx heddle verify <folder> --quick    only replays the schedules',
      '```',
    ].join('\n'),
    [
      '`manifest.json` has every figure, `machine.json` what differs from run to run: day, machine, times.',
      ...(form === 'whole'
        ? ['`schedules` are what `heddle replay` opens, `diagrams` the same as text for a mail.']
        : []),
      ...(hasPage ? ['`report.html` is all of this to be walked through, in a browser.'] : []),
    ].join(' '),
    '## What was checked',
    table(checks, verdicts),
    ...Object.keys(matrices).map(
      (folder) => `Designs against properties: [${folder || 'checks'}](${matrixPath(folder)})`,
    ),
    ...killTables.map(
      (one) => `Mutants of [${one.check}](${mutantsPath(one.check)}): ${totalOf(one)}`,
    ),
    '## What was not',
    [...gaps(checks, verdicts), ...unkilled(killTables)].map((line) => `- ${line}`).join('\n'),
    '## Made of',
    Object.entries(sources)
      .map(([path, sum]) => `- \`${path}\` ${sum.slice(0, 12)}`)
      .join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`.replace(/ +$/gm, '');
}

/** Where the verdict of a check is written out. */
export function verdictPath(check: string): string {
  return `verdicts/${check}.md`;
}

/** Where the mutants of a design are. */
export function mutantsPath(design: string): string {
  return `mutants/${design}.md`;
}

export function matrixPath(folder: string): string {
  return `matrices/${folder === '' ? 'checks' : folder}.md`;
}

function table(checks: readonly CheckRecord[], verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict, at) => {
    const { check, modelHash, options } = checks[at] as CheckRecord;
    const violated = verdict.properties.filter((one) => one.verdict === 'violated');
    return [
      `[${check}](${verdictPath(check)})`,
      verdict.verdict.toUpperCase(),
      markOf(verdict),
      `${grouped(verdict.states)}${options.reduce === 'none' ? '' : ' (reduced)'}`,
      violated.map(({ id }) => cell(id)).join(', '),
      modelHash.slice(0, 12),
    ];
  });
  const heads = ['check', 'verdict', 'declared', 'states', 'violated', 'model'];
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`.replace(/ {2,}/g, ' '))
    .join('\n');
}

/** Everything that a reader might take for checked and that is not. */
function gaps(checks: readonly CheckRecord[], verdicts: readonly Verdict[]): string[] {
  const of = (title: string, isSo: (verdict: Verdict, at: number) => boolean): string[] => {
    const names = verdicts.filter(isSo).map(({ check }) => check);
    return names.length === 0 ? [] : [`${title}: ${some(names)}`];
  };
  const cells = (title: string, isSo: (one: PropertyVerdict) => boolean): string[] => {
    const found = verdicts.flatMap(({ check, properties }) => {
      const ids = shortened(properties.filter(isSo));
      return ids.length === 0 ? [] : [`${check} (${ids.join(', ')})`];
    });
    return found.length === 0 ? [] : [`${title}: ${some(found)}`];
  };
  const notTaken = verdicts.filter((one) => one.notTaken.length > 0);
  const never = notTaken.reduce((sum, one) => sum + one.notTaken.length, 0);
  const bounded = verdicts.flatMap(({ check, stopped }) =>
    stopped === undefined ? [] : [`${check} at ${stopped.value} (${stopped.flag})`],
  );
  const off = new Map<string, number>();
  for (const { facilities } of checks)
    for (const [name, mode] of Object.entries(facilities))
      if (mode === 'off') off.set(name, (off.get(name) ?? 0) + 1);
  const without = [...off].map(([name, number]) => `${name} in ${number} of ${checks.length}`);
  return [
    'order of memory: every check is of a sequentially consistent machine',
    'larger sizes: each verdict is for the CPUs, objects and operations that its scope names',
    ...of('could not be checked', ({ verdict }) => verdict === 'invalid'),
    ...(bounded.length === 0 ? [] : [`searches that a bound ended: ${some(bounded)}`]),
    ...of(
      'ended by time, memory or by hand, so that nobody can repeat the counts',
      (_, at) => !isRepeatable(checks[at] as CheckRecord),
    ),
    ...cells(
      'properties never evaluated',
      (one) => one.kind !== 'goal' && one.verdict === 'vacuous',
    ),
    ...cells('goals never met', (one) => one.kind === 'goal' && one.verdict === 'vacuous'),
    ...cells('cut off by a fatal violation', (one) => one.verdict === 'masked'),
    ...cells('undecided', (one) => one.verdict === 'incomplete'),
    ...(never === 0
      ? []
      : [`${counted(never, 'step')} never taken: ${some(notTaken.map(notTakenIn))}`]),
    ...of('states left out that others stand for', ({ reduction }) => isReduced(reduction)),
    ...of('states told apart by less than all of them', ({ store }) => isLossy(store?.name)),
    ...(without.length === 0 ? [] : [`facilities that were off: ${without.join(', ')}`]),
  ];
}

/** The ids of properties; of facilities only how many. */
function shortened(all: readonly PropertyVerdict[]): readonly string[] {
  const facilities = all.filter(({ kind }) => kind === 'facility').length;
  const ids = all.filter(({ kind }) => kind !== 'facility').map(({ id }) => id);
  return facilities === 0 ? ids : [...ids, `${facilities} of the facilities`];
}

/** Mutants that no check has noticed: what they do wrong is not checked. */
function unkilled(tables: readonly KillTable[]): string[] {
  if (tables.length === 0) return ['whether the checks notice mistakes: no mutant was searched'];
  return tables.flatMap(({ check, mutants }) => {
    const holes = mutants.filter(({ survived }) => survived === 'hole').map(({ what }) => what);
    return holes.length === 0 ? [] : [`mistakes in ${check} that no check notices: ${some(holes)}`];
  });
}

function notTakenIn({ check, notTaken }: Verdict): string {
  return `${check} (${notTaken.length})`;
}

function isReduced(reduction: Verdict['reduction']): boolean {
  return reduction !== undefined && reduction.names.length > 0;
}

function isLossy(store: string | undefined): boolean {
  return store === 'fingerprint' || store === 'bitstate';
}

function some(all: readonly string[]): string {
  const rest = all.length - NAMED;
  return rest <= 1 ? all.join(', ') : `${all.slice(0, NAMED).join(', ')} and ${rest} more`;
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
}
