/** The checkpoints of checks on disk: a folder for each, in it the latest and the one before. */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import type { Keeper, Snapshot } from '../search/snapshot.ts';
import type { Stop } from '../search/verdict.ts';
import { type Identity, isDraft, openCheckpoint, writeCheckpoint } from './checkpoint.ts';

export const CHECKPOINTS = '.heddle/checkpoints';
const ENDING = '.checkpoint';
/** Drafts that are older were left behind by somebody who was killed. */
const DRAFT_MS = 3_600_000;
/** Searches that were shorter are not worth a file where nobody asked for one. */
const WORTH_MS = 10_000;
/** Writing takes no larger part of the time than one in so many. */
const SHARE = 20;

/** How the searches of a session are kept. */
export interface Keeping {
  /** Folder of all checkpoints; a check has one below it. */
  readonly folder: string;
  /** Milliseconds between two checkpoints of a search. */
  readonly everyMs: number;
  /** Also keeps a search that a bound ends, and one that is interrupted soon. */
  readonly always: boolean;
}

/** What a session is told: a search was kept, or could not be. */
export interface Kept {
  /** The file, as it is shown. */
  readonly file: string;
  readonly states: number;
  /** Why there is no such file. */
  readonly failure?: string;
}

/** The folder of one check. */
export function folderOf(folder: string, check: string): string {
  return join(folder, ...check.split('/'));
}

/** Keeps the search of one check. */
export class CheckpointKeeper implements Keeper {
  private readonly keeping: Keeping;
  private readonly of: Identity;
  private readonly tell: (kept: Kept) => void;
  private readonly now: () => number;
  private readonly start: number;
  private due: number;
  private hasFailed = false;

  constructor(keeping: Keeping, of: Identity, tell: (kept: Kept) => void, now: () => number) {
    this.keeping = keeping;
    this.of = of;
    this.tell = tell;
    this.now = now;
    this.start = now();
    this.due = this.start + keeping.everyMs;
  }

  isDue(stopped?: Stop): boolean {
    if (stopped === undefined) return this.now() >= this.due;
    if (this.keeping.always) return true;
    return stopped.bound === 'interrupt' && this.now() - this.start >= WORTH_MS;
  }

  /** A disk that is full or not to be written to ends no search. */
  keep(snapshot: Snapshot): void {
    const begun = this.now();
    const folder = folderOf(this.keeping.folder, this.of.check);
    let file = folder;
    let failure: string | undefined;
    try {
      mkdirSync(folder, { recursive: true });
      dropDrafts(folder);
      const numbers = numbersIn(folder);
      file = join(folder, `${(numbers.at(-1) ?? 0) + 1}${ENDING}`);
      writeCheckpoint(file, this.of, snapshot);
      for (const number of numbers.slice(0, -1)) rmSync(join(folder, `${number}${ENDING}`));
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    const ended = this.now();
    this.due = ended + Math.max(this.keeping.everyMs, SHARE * (ended - begun));
    const { states } = snapshot;
    if (failure === undefined) this.tell({ file: shown(file), states });
    else if (!this.hasFailed) this.tell({ file: shown(file), states, failure });
    this.hasFailed = failure !== undefined;
  }
}

/** A snapshot to go on from, and what was passed over on the way to it. */
export interface Found {
  readonly file: string;
  readonly snapshot: Snapshot;
  /** Damaged ones that are later, each in a sentence. */
  readonly damaged: readonly string[];
}

/**
 * The latest whole checkpoint of a check, or `file`. Undefined where there is none at all.
 * @throws HeddleError `bad-checkpoint` where each one is damaged, `other-checkpoint` where it is one of something else.
 */
export function findCheckpoint(folder: string, of: Identity, file?: string): Found | undefined {
  const candidates = file === undefined ? checkpointsOf(folder, of.check) : [resolve(file)];
  const damaged: string[] = [];
  let last: unknown;
  for (const candidate of candidates) {
    const name = shown(candidate);
    if (!existsSync(candidate)) throw new HeddleError('bad-checkpoint', `there is no file ${name}`);
    try {
      return { file: name, snapshot: openCheckpoint(candidate, name, of), damaged };
    } catch (error) {
      if (!(error instanceof HeddleError) || error.code !== 'bad-checkpoint') throw error;
      damaged.push(error.message);
      last = error;
    }
  }
  if (last !== undefined) throw last;
  return undefined;
}

/** The files of a check, the latest first. */
export function checkpointsOf(folder: string, check: string): string[] {
  const own = folderOf(folder, check);
  return numbersIn(own)
    .reverse()
    .map((number) => join(own, `${number}${ENDING}`));
}

/** Forgets the checkpoints of a check that has ended; checks below its name keep theirs. */
export function dropCheckpoints(folder: string, check: string): void {
  const files = checkpointsOf(folder, check);
  for (const file of files) rmSync(file, { force: true });
  for (let at = folderOf(folder, check); files.length > 0 && at !== dirname(folder); ) {
    if (readdirSync(at).length > 0) return;
    rmdirSync(at);
    at = dirname(at);
  }
}

function numbersIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+\.checkpoint$/.test(name))
    .map((name) => Number(basename(name, ENDING)))
    .sort((one, other) => one - other);
}

function dropDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (isDraft(name) && Date.now() - statSync(path).mtimeMs > DRAFT_MS) rmSync(path);
  }
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}
