/** The page: written beside the Markdown, or for one schedule, with all that the checks at hand can add to it. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { pageTemplate } from '../load/page.ts';
import { compileMachine } from '../machine/machine.ts';
import type { Trace } from '../replay/trace.ts';
import { type MatrixRow, matrixOf } from '../report/matrix.ts';
import { detailsOf, detailsOfAll, type TraceDetails, type Walked } from '../report/page/details.ts';
import { type PageExtras, reportPage, tracePage } from '../report/page/page.ts';
import type { Outcomes } from '../search/verdict.ts';

/** What is told on a page beside verdicts. */
export interface PageParts extends Pick<PageExtras, 'matrices' | 'killTables'> {
  readonly title?: string | undefined;
}

/** Writes the page of many verdicts. */
export function writePage(
  path: string,
  outcomes: readonly Outcomes[],
  loaded: readonly LoadedCheck[],
  parts: PageParts = {},
): void {
  write(path, pageOf(outcomes, loaded, { matrices: matricesOf(outcomes, loaded), ...parts }));
}

/** The page of many verdicts, with matrices that somebody has computed. */
export function pageOf(
  outcomes: readonly Outcomes[],
  loaded: readonly LoadedCheck[],
  { title, ...tables }: PageParts,
): string {
  const extras = { ...extrasOf(loaded, outcomes), ...tables };
  const named = title === undefined ? {} : { title };
  return reportPage(outcomes, extras, { template: pageTemplate(), ...named });
}

/** Writes the page of one schedule, to be attached to a mail. */
export function writeTracePage(path: string, trace: Trace, loaded: LoadedCheck | undefined): void {
  const details = (walked: Walked) =>
    loaded === undefined ? undefined : detailsOf(loaded.check, walked);
  write(path, tracePage(trace, { details }, { template: pageTemplate() }));
}

function extrasOf(loaded: readonly LoadedCheck[], outcomes: readonly Outcomes[]): PageExtras {
  const byName = new Map(loaded.map((one) => [one.name, one]));
  const known = new Map<string, readonly (readonly [Walked, TraceDetails])[]>();
  const share = Math.min(MOST_AHEAD, Math.ceil(STATES_AHEAD / walkedOf(outcomes).length));
  return {
    details: ({ schedule, initial }, { check }) => {
      const one = byName.get(check);
      if (one === undefined) return undefined;
      if (!known.has(check))
        known.set(check, detailsOfCheck(one, walkedOf(outcomes, check), share));
      return known
        .get(check)
        ?.find(([walked]) => walked.schedule === schedule && walked.initial === initial)?.[1];
    },
    designs: new Map(
      loaded.map(({ name, check }) => {
        const design =
          check.design === undefined ? sizeless(name) : `${folderOf(name)}/${check.design}`;
        return [name, { design, cpus: compileMachine(check.model).cpuCount }];
      }),
    ),
  };
}

/** Checks whose names differ in a last number only are sizes of one design. */
function sizeless(name: string): string {
  return name.replace(/_\d+$/, '');
}

/** The schedules of a check, or of all, with those that are related to them. */
function walkedOf(outcomes: readonly Outcomes[], check?: string): Walked[] {
  return outcomes
    .filter(({ verdict }) => check === undefined || verdict.check === check)
    .flatMap(({ traces }) => traces.flatMap((trace) => [trace, ...(trace.related ?? [])]));
}

/** States that are looked at for a page to say where other moves lead: shared by its schedules, whose check takes those of all its own. */
const STATES_AHEAD = 250_000;
/** No schedule gets more than if it were on a page of its own. */
const MOST_AHEAD = 100_000;

function detailsOfCheck({ check }: LoadedCheck, all: readonly Walked[], share: number) {
  const maxStates = all.length * share;
  const pairs = (walked: readonly Walked[]) =>
    detailsOfAll(check, walked, { maxStates }).map(
      (one, at) => [walked[at] as Walked, one] as const,
    );
  try {
    return pairs(all);
  } catch (error) {
    if (!isOutdated(error)) throw error;
  }
  return all.flatMap((one) => {
    try {
      return pairs([one]);
    } catch (error) {
      if (isOutdated(error)) return [];
      throw error;
    }
  });
}

/** A trace that the model no longer has is shown as it was saved. */
function isOutdated(error: unknown): boolean {
  return error instanceof HeddleError && error.code === 'no-such-step';
}

/** A matrix for each folder in which some check names its design. */
function matricesOf(outcomes: readonly Outcomes[], loaded: readonly LoadedCheck[]) {
  const rows = outcomes.flatMap(({ verdict }): (MatrixRow & { folder: string })[] => {
    const one = loaded.find(({ name }) => name === verdict.check);
    if (one === undefined || verdict.error !== undefined) return [];
    const design = one.check.design ?? verdict.check.split('/').at(-1) ?? verdict.check;
    return [{ design, verdict, folder: folderOf(verdict.check) }];
  });
  const named = loaded.filter(({ check }) => check.design !== undefined);
  return [...new Set(named.map(({ name }) => folderOf(name)))].map((folder) => {
    return { folder, matrix: matrixOf(rows.filter((row) => row.folder === folder)) };
  });
}

function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

function write(path: string, page: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, page);
}

/** Shows a file in the browser of whoever sits here; where there is none, nothing happens. */
export function openInBrowser(path: string): void {
  const [command, ...before] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '']
        : ['xdg-open'];
  const child = spawn(command as string, [...before, path], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}
