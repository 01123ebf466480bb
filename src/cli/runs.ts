/** Checks run for a command: with progress on the terminal, an ear for Ctrl-C, and the bounds that hold for each. */
import type { Bounds } from '../design/check.ts';
import type { Facility } from '../design/processor.ts';
import type { LoadedCheck } from '../load/checks.ts';
import type { Project } from '../load/project.ts';
import type { Along } from '../search/after.ts';
import type { Order } from '../search/orders/order.ts';
import type { ReduceChoice } from '../search/reduce/choice.ts';
import type { StoreChoice } from '../search/stores/choice.ts';
import type { Result, SessionEvent } from '../session/events.ts';
import { newInterrupt } from '../session/interrupt.ts';
import type { SessionOptions } from '../session/queue.ts';
import { Threads } from '../session/threads.ts';
import type { Output } from './output.ts';
import { type ProgressDisplay, showProgress } from './progress.ts';
import { onSignals } from './signals.ts';

/** A check and the facilities that only take note in this run, whatever the check says. */
export interface Wanted {
  readonly loaded: LoadedCheck;
  readonly soft?: readonly Facility[];
  /** The id of a mutant of its model, which is searched instead. */
  readonly mutant?: string | undefined;
  /** Notes what the steps do, for mutants of them. */
  readonly watches?: boolean;
  /** Bounds that stand above those of flags and environment. */
  readonly within?: Bounds;
  /** In which order states are visited; default breadth-first. */
  readonly order?: Order | undefined;
  /** How states are kept; default whole. */
  readonly store?: StoreChoice | undefined;
  /** Which states may be left out; default none. */
  readonly reduce?: ReduceChoice | undefined;
  /** Only what can follow this schedule is searched. */
  readonly after?: Along | undefined;
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
        wanted.map(
          ({ loaded, soft, mutant, watches, within, exactly, order, store, reduce, after }) => {
            const bounds = exactly ?? { ...boundsFor(project, loaded, asked), ...within };
            return {
              loaded,
              mutant,
              watches,
              bounds,
              order,
              store,
              reduce,
              after,
              ...(soft === undefined ? {} : { soft }),
            };
          },
        ),
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
