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
import { detailsOf } from '../report/page/details.ts';
import { type PageExtras, reportPage, tracePage } from '../report/page/page.ts';
import type { Outcomes } from '../search/verdict.ts';

/** Writes the page of many verdicts. */
export function writePage(
  path: string,
  outcomes: readonly Outcomes[],
  loaded: readonly LoadedCheck[],
  title?: string,
): void {
  write(path, pageOf(outcomes, loaded, matricesOf(outcomes, loaded), title));
}

/** The page of many verdicts, with matrices that somebody has computed. */
export function pageOf(
  outcomes: readonly Outcomes[],
  loaded: readonly LoadedCheck[],
  matrices: NonNullable<PageExtras['matrices']>,
  title?: string,
): string {
  const extras = { ...extrasOf(loaded), matrices };
  const named = title === undefined ? {} : { title };
  return reportPage(outcomes, extras, { template: pageTemplate(), ...named });
}

/** Writes the page of one schedule, to be attached to a mail. */
export function writeTracePage(path: string, trace: Trace, loaded: LoadedCheck | undefined): void {
  const details = loaded === undefined ? undefined : detailsOf(loaded.check, trace);
  write(path, tracePage(trace, { details: () => details }, { template: pageTemplate() }));
}

function extrasOf(loaded: readonly LoadedCheck[]): PageExtras {
  const byName = new Map(loaded.map((one) => [one.name, one]));
  return {
    details: (trace) => {
      const one = byName.get(trace.check);
      return one === undefined ? undefined : detailsIfSame(one, trace);
    },
    designs: new Map(
      loaded.map(({ name, check }) => {
        const design = check.design === undefined ? name : `${folderOf(name)}/${check.design}`;
        return [name, { design, cpus: compileMachine(check.model).cpuCount }];
      }),
    ),
  };
}

/** States that are looked at for the other moves of each schedule, where there may be a hundred schedules; a single one gets more. */
const STATES_AHEAD = 5_000;

/** A trace that the model no longer has is shown as it was saved. */
function detailsIfSame({ check }: LoadedCheck, trace: Trace) {
  try {
    return detailsOf(check, trace, { maxStates: STATES_AHEAD });
  } catch (error) {
    if (error instanceof HeddleError && error.code === 'no-such-step') return undefined;
    throw error;
  }
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
