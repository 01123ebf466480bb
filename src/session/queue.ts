/** Many checks side by side: each in a thread, as many at a time as the machine has room for. */
import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import type { Bounds } from '../design/check.ts';
import type { Facility } from '../design/processor.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { mistake, mistakeOf } from '../load/mistake.ts';
import { dropTraces, saveTrace } from '../load/traces.ts';
import type { Along } from '../search/after.ts';
import { fullStop } from '../search/limits.ts';
import type { Order } from '../search/orders/order.ts';
import type { ReduceChoice } from '../search/reduce/choice.ts';
import type { StoreChoice } from '../search/stores/choice.ts';
import { sayLost } from '../search/team/control.ts';
import { dropCheckpoints, type Keeping } from './checkpoints.ts';
import type { End, Result, SessionEvent } from './events.ts';
import { startFollowers } from './followers.ts';
import { type Interrupt, isRequested } from './interrupt.ts';
import { invalid, lost } from './invalid.ts';
import { defaultMemoryBytes, Ledger, type Share } from './memory.ts';
import { isLastWord, Threads } from './threads.ts';
import type { LastWord, Resume, WorkerJob } from './worker.ts';

export interface Job {
  readonly loaded: LoadedCheck;
  readonly bounds: Bounds;
  /** Facilities that are soft for this run, whatever the check says. */
  readonly soft?: readonly Facility[];
  /** The id of a mutant of its model, which is searched instead, until something is not as declared. */
  readonly mutant?: string | undefined;
  /** Notes what the steps do, for mutants of them; default false. */
  readonly watches?: boolean | undefined;
  /** In which order states are visited; default breadth-first. */
  readonly order?: Order | undefined;
  /** How states are kept; default whole. */
  readonly store?: StoreChoice | undefined;
  /** Which states may be left out; default none. */
  readonly reduce?: ReduceChoice | undefined;
  /** Only what can follow this schedule is searched; what is found replaces no saved trace. */
  readonly after?: Along | undefined;
}

export interface SessionOptions {
  /** The project's folder, where traces are saved. */
  readonly folder: string;
  readonly interrupt: Interrupt;
  /** Those that search; default some of its own, which end with the run. */
  readonly threads?: Threads;
  /** Checks at a time; default `defaultConcurrency()`. */
  readonly concurrency?: number;
  /** Threads for each check; by default all cores, shared by the checks at a time. */
  readonly threadsEach?: number | undefined;
  readonly onEvent?: (event: SessionEvent) => void;
  /** How searches are kept, to go on later; not at all where absent. */
  readonly keeping?: Keeping | undefined;
  /** From where searches go on; those without a checkpoint begin. */
  readonly resume?: Resume | undefined;
}

type Shared = SessionOptions & { readonly threads: Threads; readonly threadsEach: number };

const MEMORY_PER_CHECK_BYTES = 2 ** 30;

/** One check for each core, and no more than have a gigabyte each of the memory that is free. */
export function defaultConcurrency(): number {
  const room = Math.floor(defaultMemoryBytes() / MEMORY_PER_CHECK_BYTES);
  return Math.max(1, Math.min(availableParallelism(), room));
}

/** How many checks are searched at a time, by how many threads each: in all no more than there are cores, but for what is asked. */
export function shareOut(
  checks: number,
  asked: Pick<SessionOptions, 'concurrency' | 'threadsEach'>,
  cores = availableParallelism(),
  room = defaultConcurrency(),
): { readonly atATime: number; readonly threadsEach: number } {
  const { threadsEach = 1, concurrency = Math.max(1, Math.floor(room / threadsEach)) } = asked;
  const atATime = Math.max(1, Math.min(concurrency, checks));
  const share = Math.max(1, Math.floor(cores / atATime));
  return { atATime, threadsEach: asked.threadsEach ?? share };
}

/** Runs checks and saves the traces of what they violate. Results come in the order of the jobs. */
export async function runChecks(
  jobs: readonly Job[],
  options: SessionOptions,
): Promise<readonly Result[]> {
  const { threads = new Threads() } = options;
  const { atATime, threadsEach } = shareOut(jobs.length, options);
  const shared = { ...options, threads, threadsEach };
  const queue = new PQueue({ concurrency: atATime });
  const ledger = new Ledger(jobs.length);
  const limits = jobs.map(({ bounds }) => bounds.memoryLimitBytes ?? threads.memoryBytes);
  const totalBytes = Math.max(0, ...limits);
  const one = async (job: Job) => {
    const share = ledger.open(totalBytes);
    try {
      return await runJob(job, shared, share);
    } finally {
      ledger.close(share);
    }
  };
  try {
    return await Promise.all(jobs.map((job) => queue.add(() => one(job))));
  } finally {
    if (options.threads === undefined) threads.close();
  }
}

async function runJob(job: Job, options: Shared, share: Share): Promise<Result> {
  const check = nameOf(job);
  const modelHash = job.loaded.bundle.hash;
  const tell = options.onEvent ?? (() => undefined);
  let end: End = { kind: 'not_started' };
  const files: Record<string, string> = {};
  let checkpoint: string | undefined;
  if (!isRequested(options.interrupt)) {
    tell({ type: 'start', check, modelHash, bounds: job.bounds });
    end = await search(job, options, share, (event) => {
      if (event.type === 'kept' && event.kept.failure === undefined) checkpoint = event.kept.file;
      tell(event);
    });
    if (end.kind === 'decided' && end.outcomes.verdict.complete) {
      checkpoint = undefined;
      if (options.keeping !== undefined) dropCheckpoints(options.keeping.folder, check);
    }
    if (end.kind === 'decided' && isOfCheck(job)) {
      dropTraces(options.folder, check);
      for (const trace of end.outcomes.traces) {
        const { properties } = end.outcomes.verdict;
        const property = properties.find((one) => one.name === trace.property);
        const file = saveTrace(options.folder, trace, job.bounds);
        files[trace.property] = file;
        if (property !== undefined) tell({ type: 'violation', check, property, trace, file });
      }
    }
  }
  const result = {
    ...{ check, modelHash, end, files },
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
  tell({ type: 'end', check, result });
  return result;
}

/** What lies behind a softened facility, in a mutant, or only after a schedule, is not what the check itself comes to. */
function isOfCheck({ soft, mutant, watches, after }: Job): boolean {
  return [soft, mutant, after].every((one) => one === undefined) && watches !== true;
}

/** What a job is called in its schedules, as a command would name it. */
function nameOf({ loaded, mutant }: Job): string {
  return mutant === undefined ? loaded.name : `${loaded.name} --mutant ${mutant}`;
}

function search(
  job: Job,
  options: Shared,
  share: Share,
  tell: (event: SessionEvent) => void,
): Promise<End> {
  const { loaded, bounds, order, store, reduce, soft, mutant, watches = false, after } = job;
  const { key } = loaded;
  const check = nameOf(job);
  const { url, hash: modelHash } = loaded.bundle;
  const memoryLimitBytes = bounds.memoryLimitBytes ?? options.threads.memoryBytes;
  const limits = { ...bounds, memoryLimitBytes };
  const { keeping, resume } = isOfCheck(job) ? options : {};
  const wanted: WorkerJob = {
    ...{ name: check, url, key, modelHash, bounds: limits, order, store, reduce, soft: soft ?? [] },
    ...{ mutant, watches, after, interrupt: options.interrupt, share, keeping, resume },
    // What is noted is noted by one thread.
    threads: watches ? 1 : options.threadsEach,
  };
  const controls: Int32Array<SharedArrayBuffer>[] = [];
  const lose = () => controls.forEach(sayLost);
  return new Promise((resolve) => {
    options.threads.run(wanted, memoryLimitBytes, {
      message: (message) => {
        if (isLastWord(message)) resolve(endOf(check, message));
        else if (message.type === 'followers') {
          controls.push(...message.followers.map(({ control }) => control));
          startFollowers(wanted, message);
        } else if (message.type === 'progress') tell({ ...message, check });
        else if (message.type === 'kept') tell({ ...message, check });
        else tell({ ...message, check });
      },
      // Those that follow a thread which has ended would wait for it.
      error: (error) => {
        lose();
        resolve(crashed(check, error, memoryLimitBytes));
      },
      exit: (code) => {
        lose();
        const fact = `the thread of ${check} ended with code ${code} and without a verdict`;
        resolve({ kind: 'bug', mistake: mistake('internal-error', fact) });
      },
    });
  });
}

function endOf(check: string, message: LastWord): End {
  switch (message.type) {
    case 'outcomes':
      return {
        ...{ kind: 'decided', outcomes: message.outcomes },
        ...(message.deeds === undefined ? {} : { deeds: message.deeds }),
      };
    case 'invalid':
      return { kind: 'decided', outcomes: invalid(check, message.mistake) };
    case 'full':
      return { kind: 'decided', outcomes: lost(check, message.stopped) };
    case 'alternatives':
      return { kind: 'bug', mistake: mistake('internal-error', `no verdict of ${check}`) };
    case 'bug':
      return { kind: 'bug', mistake: message.mistake };
  }
}

function crashed(check: string, error: unknown, limitBytes: number): End {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return {
      kind: 'decided',
      outcomes: lost(check, fullStop({ memoryLimitBytes: limitBytes })),
    };
  }
  return { kind: 'bug', mistake: mistakeOf(error, 'internal-error') };
}
