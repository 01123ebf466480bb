/** A thread that searches checks, one after the other. Everything it knows of a check it takes from the bundle. */
import { MessageChannel, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Bounds, Check } from '../design/check.ts';
import type { Facility } from '../design/processor.ts';
import { checkIn } from '../load/checks.ts';
import { libraryUrl } from '../load/library.ts';
import { isHeddleError, mistakeOf } from '../load/mistake.ts';
import type { Along } from '../search/after.ts';
import { type Alternative, alternativesAlong, alternativesAt } from '../search/alternatives.ts';
import { explainAll } from '../search/explain.ts';
import { explore } from '../search/explore.ts';
import { fullStop, isOutOfMemory, type Surroundings } from '../search/limits.ts';
import { type Deeds, watched } from '../search/mutants/deeds.ts';
import { mutated } from '../search/mutants/derive.ts';
import type { Order } from '../search/orders/order.ts';
import type { ReduceChoice } from '../search/reduce/choice.ts';
import type { Keeper, Snapshot } from '../search/snapshot.ts';
import type { StoreChoice } from '../search/stores/choice.ts';
import { type FollowerJob, follow } from '../search/team/follower.ts';
import type { Mistake, Outcomes, Progress, Stop } from '../search/verdict.ts';
import { type Identity, identity } from './checkpoint.ts';
import { CheckpointKeeper, findCheckpoint, type Keeping, type Kept } from './checkpoints.ts';
import { type Interrupt, isRequested } from './interrupt.ts';
import { collect, readMemory, type Share } from './memory.ts';

export interface WorkerJob {
  readonly name: string;
  readonly url: string;
  readonly key: string | undefined;
  readonly modelHash: string;
  readonly bounds: Bounds;
  readonly order: Order | undefined;
  readonly store: StoreChoice | undefined;
  readonly reduce: ReduceChoice | undefined;
  readonly soft: readonly Facility[];
  /** The id of a mutant: the check is searched with its model, until something is not as declared. */
  readonly mutant: string | undefined;
  /** Notes what the steps do, for mutants of them. */
  readonly watches: boolean;
  readonly interrupt: Interrupt;
  readonly share: Share;
  readonly keeping: Keeping | undefined;
  readonly resume: Resume | undefined;
  /** Threads that may work on it. */
  readonly threads: number;
  /** Only what can follow this schedule is searched. */
  readonly after?: Along | undefined;
  /** What is wanted is no verdict, but the alternatives along a schedule. */
  readonly forks?: ForksWanted | undefined;
}

/** A schedule along which alternatives are wanted. */
export interface ForksWanted {
  readonly along: Along;
  /** Distinct states that are looked at. */
  readonly maxStates: number | undefined;
  /** Only those at its end. */
  readonly atEnd: boolean;
}

/** From where a search goes on. */
export interface Resume {
  /** Folder of all checkpoints. */
  readonly folder: string;
  /** The checkpoint itself; default the latest of the check. */
  readonly file?: string | undefined;
}

/** Which checkpoint a search went on from. */
export interface Resumed {
  readonly file: string;
  readonly states: number;
  /** Later ones that are damaged, each in a sentence. */
  readonly damaged: readonly string[];
}

export type WorkerMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'kept'; readonly kept: Kept }
  | { readonly type: 'resumed'; readonly resumed: Resumed }
  | FollowersWanted
  | LastWord;

/** Asks for further threads, with one end of a channel to each. */
export interface FollowersWanted {
  readonly type: 'followers';
  readonly followers: readonly FollowerJob[];
  readonly ports: readonly MessagePort[];
}

export type LastWord = Ending & {
  /** Whether the thread can take another check: nothing that a module started is still going on. */
  readonly isFit: boolean;
};

type Ending =
  | { readonly type: 'outcomes'; readonly outcomes: Outcomes; readonly deeds?: Deeds }
  | { readonly type: 'alternatives'; readonly points: readonly (readonly Alternative[])[] }
  | { readonly type: 'invalid'; readonly mistake: Mistake }
  /** There was no memory for what comes after the search. */
  | { readonly type: 'full'; readonly stopped: Stop }
  | { readonly type: 'bug'; readonly mistake: Mistake };

let jobs = 0;

/** What a further thread of a search is started with. */
export interface FollowerData {
  readonly job: WorkerJob;
  readonly follower: FollowerJob;
  readonly port: MessagePort;
}

process.setSourceMapsEnabled(true);
if ((workerData ?? undefined) === undefined) await searchAll();
else await followWith(workerData as FollowerData);

async function followWith({ job, follower, port }: FollowerData): Promise<void> {
  follow(asAsked(checkIn(await import(job.url), job.key), job), follower, port, collect);
}

/** Asks the thread that watches all others to start some, of which one end of each channel is kept. */
function startFollowers(followers: readonly FollowerJob[]): readonly MessagePort[] {
  const channels = followers.map(() => new MessageChannel());
  const ports = channels.map(({ port2 }) => port2);
  parentPort?.postMessage({ type: 'followers', followers, ports } satisfies FollowersWanted, ports);
  return channels.map(({ port1 }) => port1);
}

async function searchAll(): Promise<void> {
  parentPort?.on('message', async (job: WorkerJob) => {
    jobs += 1;
    const idle = process.getActiveResourcesInfo().length;
    const ending = await search(job);
    const isDone = ending.type === 'outcomes' || ending.type === 'alternatives';
    const isFit = isDone && process.getActiveResourcesInfo().length <= idle;
    tell({ ...ending, isFit });
  });
  // Every model imports it: it loads while there is nothing to search yet.
  await import(libraryUrl);
}

async function search(job: WorkerJob): Promise<Ending> {
  let check: Check;
  let fresh: Check | undefined;
  try {
    if (job.mutant === undefined) {
      // Loaded for this job alone: what another check has left in its variables is not there.
      check = asAsked(checkIn(await import(`${job.url}?${jobs}`), job.key), job);
      // The module once more, with variables of its own: a step that depends on one is found by the difference.
      fresh = asAsked(checkIn(await import(`${job.url}?${jobs}fresh`), job.key), job);
    } else check = asAsked(checkIn(await import(`${job.url}?mutants`), job.key), job);
  } catch (error) {
    return { type: 'invalid', mistake: mistakeOf(error, 'cannot-load') };
  }
  try {
    if (job.forks !== undefined) return alternatives(check, job, job.forks);
    const of = identity(job.name, job.modelHash, job.order?.name);
    const from = resumed(job.resume, of);
    const watching = job.watches ? watched(check) : undefined;
    const outcomes = explore(watching?.check ?? check, {
      from,
      keeper: keeperOf(job.keeping, of),
      name: job.name,
      bounds: job.bounds,
      order: job.order,
      store: job.store,
      reduce: job.reduce,
      untilSurprise: job.mutant !== undefined,
      after: job.after,
      ...(fresh === undefined ? {} : { fresh }),
      threads: { count: job.threads, start: startFollowers },
      now: () => performance.now(),
      ...memoryOf(job),
      collect,
      shouldStop: () => isRequested(job.interrupt),
      modelHash: job.modelHash,
      onProgress: (progress) =>
        tell({ type: 'progress', progress: { check: job.name, ...progress } }),
    });
    return {
      type: 'outcomes',
      // Of many mutants one is looked at.
      outcomes: job.mutant === undefined ? explainAll(check, outcomes) : outcomes,
      ...(watching === undefined ? {} : { deeds: watching.deeds() }),
    };
  } catch (error) {
    if (isOutOfMemory(error)) return { type: 'full', stopped: fullStop(job.bounds) };
    const mistake = mistakeOf(error, 'internal-error');
    const isTheirs = isHeddleError(error) && error.code !== 'engines-disagree';
    return { type: isTheirs ? 'invalid' : 'bug', mistake };
  }
}

function alternatives(
  check: Check,
  { interrupt }: WorkerJob,
  { along, maxStates, atEnd }: ForksWanted,
): Ending {
  const options = { maxStates, shouldStop: () => isRequested(interrupt) };
  const points = atEnd
    ? [alternativesAt(check, along, options)]
    : alternativesAlong(check, along, options);
  return { type: 'alternatives', points };
}

function memoryOf({ share }: WorkerJob): Pick<Surroundings, 'memory' | 'memoryLimit'> {
  let limitBytes = share.totalBytes;
  return {
    memory: (idle) => {
      const { heapTotal, external, rss } = process.memoryUsage();
      const reading = readMemory(share, heapTotal + external, rss - idle);
      limitBytes = reading.limitBytes;
      return reading.bytes;
    },
    memoryLimit: () => limitBytes,
  };
}

function resumed(resume: Resume | undefined, of: Identity): Snapshot | undefined {
  if (resume === undefined) return undefined;
  const found = findCheckpoint(resume.folder, of, resume.file);
  if (found === undefined) return undefined;
  const { file, snapshot, damaged } = found;
  tell({ type: 'resumed', resumed: { file, states: snapshot.states, damaged } });
  return snapshot;
}

function keeperOf(keeping: Keeping | undefined, of: Identity): Keeper | undefined {
  if (keeping === undefined) return undefined;
  return new CheckpointKeeper(
    keeping,
    of,
    (kept) => tell({ type: 'kept', kept }),
    () => performance.now(),
  );
}

/** The check with the model that is searched, and the facilities that only take note. */
function asAsked(check: Check, { soft, mutant }: WorkerJob): Check {
  return softened(mutant === undefined ? check : mutated(check, mutant), soft);
}

/** LOCKDEP is soft already, but for a self-deadlock: with it off, that CPU waits for ever and the others go on. */
function softened(check: Check, soft: readonly Facility[]): Check {
  if (soft.length === 0) return check;
  const modes = Object.fromEntries(
    soft.map((facility) => [
      facility,
      facility === 'LOCKDEP' ? ('off' as const) : ('soft' as const),
    ]),
  );
  // What the check predicts is of its own run, not of this one.
  return { ...check, expected: {}, facilities: { ...check.facilities, ...modes } };
}

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}
