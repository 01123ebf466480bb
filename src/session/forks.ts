/** The alternatives along a schedule, found by a thread: so that whoever waits for them can do something else, or give up. */
import type { LoadedCheck } from '../load/checks.ts';
import { mistake, mistakeOf } from '../load/mistake.ts';
import type { Alternative } from '../search/alternatives.ts';
import type { Mistake } from '../search/verdict.ts';
import type { Interrupt } from './interrupt.ts';
import { Ledger } from './memory.ts';
import { isLastWord, type Threads } from './threads.ts';
import type { ForksWanted, LastWord, WorkerJob } from './worker.ts';

/** What there is at each point of the schedule, or why that cannot be said. */
export type Forks = readonly (readonly Alternative[])[] | Mistake;

/** Asks one of some threads. An interrupt ends the search; what it had not decided is unknown. */
export function findForks(
  { name, key, bundle }: LoadedCheck,
  forks: ForksWanted,
  threads: Threads,
  interrupt: Interrupt,
  mutant?: string,
): Promise<Forks> {
  const ledger = new Ledger(1);
  const share = ledger.open(threads.memoryBytes);
  const none = {
    mutant,
    watches: false,
    order: undefined,
    store: undefined,
    reduce: undefined,
    soft: [],
    bounds: {},
  };
  const job: WorkerJob = {
    ...{ name, url: bundle.url, key, modelHash: bundle.hash, ...none, interrupt, share, forks },
    ...{ keeping: undefined, resume: undefined, threads: 1 },
  };
  return new Promise((resolve) => {
    threads.run(job, threads.memoryBytes, {
      message: (message) => {
        if (isLastWord(message)) resolve(forksOf(message));
      },
      error: (error) => resolve(mistakeOf(error, 'internal-error')),
      exit: () => resolve(lost(name)),
    });
  }).finally(() => ledger.close(share)) as Promise<Forks>;
}

function forksOf(message: LastWord): Forks {
  switch (message.type) {
    case 'alternatives':
      return message.points;
    case 'invalid':
    case 'bug':
      return message.mistake;
    default:
      return lost('the check');
  }
}

function lost(name: string): Mistake {
  return mistake('internal-error', `the thread that searched ${name} has ended without an answer`);
}
