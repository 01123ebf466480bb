/** Checks run for a command: with progress on the terminal, an ear for Ctrl-C, and the bounds that hold for each. */
import type { Bounds } from '../design/check.ts';
import type { LoadedCheck } from '../load/checks.ts';
import type { Project } from '../load/project.ts';
import type { Result, SessionEvent } from '../session/events.ts';
import { newInterrupt } from '../session/interrupt.ts';
import type { Job, SessionOptions } from '../session/queue.ts';
import { Threads } from '../session/threads.ts';
import type { Output } from './output.ts';
import { type ProgressDisplay, showProgress } from './progress.ts';
import { onSignals } from './signals.ts';

/** A check and how it is searched, but for the bounds that hold for all. */
export interface Wanted extends Omit<Job, 'bounds'> {
  /** Bounds that stand above those of flags and environment. */
  readonly within?: Bounds;
  /** Exactly these bounds; default those of flags, environment, check and project. */
  readonly exactly?: Bounds;
}

/** How checks share the machine. */
export interface SharingFlags {
  /** Checks side by side. */
  readonly jobs?: number;
  /** Threads for each. */
  readonly threads?: number;
}

export interface Runs {
  readonly progress: ProgressDisplay;
  run(
    wanted: readonly Wanted[],
    onEvent?: (event: SessionEvent) => void,
  ): Promise<readonly Result[]>;
  /** Ends the display and stops listening. */
  close(): void;
}

/** The bounds of one check: what is asked for stands above its own, and that above the project's. */
export function boundsFor(project: Project, { check }: LoadedCheck, asked: Bounds): Bounds {
  return { ...project.config.bounds, ...check.bounds, ...asked };
}

/** `asked` are the bounds of flags and environment, which stand above those of a check and those of the project. */
export async function openRuns(
  project: Project,
  asked: Bounds,
  total: number,
  { jobs: concurrency, threads: threadsEach }: SharingFlags,
  output: Output,
  threads: Threads = new Threads(),
  checkpoints: Pick<SessionOptions, 'keeping' | 'resume'> = {},
): Promise<Runs> {
  const { runChecks } = await import('../session/queue.ts');
  const progress = showProgress({
    ...output.progress,
    write: (text) => void process.stderr.write(text),
    total,
  });
  const interrupt = newInterrupt();
  const stopListening = onSignals(interrupt, (text) => {
    progress.clear();
    output.note(text);
  });
  return {
    progress,
    run: (wanted, onEvent = progress.onEvent) =>
      runChecks(
        wanted.map(({ within, exactly, ...job }) => {
          const bounds = exactly ?? { ...boundsFor(project, job.loaded, asked), ...within };
          return { ...job, bounds };
        }),
        {
          ...{ folder: project.folder, interrupt, concurrency, threadsEach, onEvent, threads },
          ...checkpoints,
        },
      ),
    close: () => {
      progress.stop();
      stopListening();
      threads.close();
    },
  };
}
