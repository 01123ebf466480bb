/** The threads that search: started ahead of need, and kept for the next check while they are young. */
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../load/library.ts';
import { defaultMemoryBytes } from './memory.ts';
import type { LastWord, WorkerJob, WorkerMessage } from './worker.ts';

/** What becomes of a job: messages up to the last word, or a thread that ends without one. */
export type ThreadEvents = {
  readonly message: (message: WorkerMessage) => void;
  readonly error: (error: unknown) => void;
  readonly exit: (code: number) => void;
};

/** Milliseconds of work after which a thread is not used again: what it has compiled fits the models it met, not the next. */
const YOUNG_MS = 2_000;
/** The same for mutants of a model, of which each is much like the one before. */
const YOUNG_MUTANTS_MS = 300_000;

export function isLastWord(message: WorkerMessage): message is LastWord {
  return 'isFit' in message;
}

interface Thread {
  readonly worker: Worker;
  readonly heapBytes: number;
  workedMs: number;
}

export class Threads {
  /** What a check may take where nothing else is said. */
  readonly memoryBytes = defaultMemoryBytes();
  private readonly idle = new Set<Thread>();

  /** Starts a thread before there is a job for it: it loads while the checks are loaded. Ends with `close`. */
  startAhead(): void {
    this.rest(start(this.memoryBytes));
  }

  /** Gives a job to a thread whose JavaScript heap ends at a limit, and tells all that it says until its last word. */
  run(job: WorkerJob, heapBytes: number, events: ThreadEvents): void {
    const thread = this.take(heapBytes);
    const { worker } = thread;
    const began = performance.now();
    worker.on('message', (message: WorkerMessage) => {
      if (isLastWord(message)) {
        worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
        thread.workedMs += performance.now() - began;
        const young = job.mutant === undefined ? YOUNG_MS : YOUNG_MUTANTS_MS;
        if (message.isFit && thread.workedMs < young) this.rest(thread);
        else leave(thread);
      }
      events.message(message);
    });
    worker.on('error', events.error);
    worker.on('exit', events.exit);
    worker.postMessage(job);
  }

  close(): void {
    for (const thread of this.idle) leave(thread);
    this.idle.clear();
  }

  private take(heapBytes: number): Thread {
    const found = [...this.idle].find((one) => one.heapBytes === heapBytes);
    if (found === undefined) return start(heapBytes);
    this.idle.delete(found);
    found.worker.removeAllListeners('error').removeAllListeners('exit');
    return found;
  }

  private rest(thread: Thread): void {
    this.idle.add(thread);
    const drop = () => void this.idle.delete(thread);
    thread.worker.on('error', drop).on('exit', drop);
  }
}

function start(heapBytes: number): Thread {
  const worker = new Worker(workerUrl, {
    // What a model prints is no data of ours.
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapBytes / 2 ** 20) },
  });
  worker.stdout.pipe(process.stderr, { end: false });
  return { worker, heapBytes, workedMs: 0 };
}

/** What a model left running ends with its thread, and is nobody's mistake. */
function leave({ worker }: Thread): void {
  worker.on('error', () => undefined);
  void worker.terminate();
}
