/** The thread that searches one check. Everything it knows of the check it takes from the bundle. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Bounds, Check } from '../design/check.ts';
import type { Facility } from '../design/processor.ts';
import { checkIn } from '../load/checks.ts';
import { isHeddleError, mistakeOf } from '../load/mistake.ts';
import { explore } from '../search/explore.ts';
import type { Order } from '../search/orders/order.ts';
import type { Mistake, Outcomes, Progress } from '../search/verdict.ts';
import { type Interrupt, isRequested } from './interrupt.ts';

export interface WorkerJob {
  readonly name: string;
  readonly url: string;
  readonly key: string | undefined;
  readonly modelHash: string;
  readonly bounds: Bounds;
  readonly order: Order | undefined;
  readonly soft: readonly Facility[];
  readonly interrupt: Interrupt;
}

export type WorkerMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'outcomes'; readonly outcomes: Outcomes }
  | { readonly type: 'invalid'; readonly mistake: Mistake }
  | { readonly type: 'bug'; readonly mistake: Mistake };

tell(await search(workerData as WorkerJob));

async function search(job: WorkerJob): Promise<WorkerMessage> {
  process.setSourceMapsEnabled(true);
  let check: Check;
  let fresh: Check;
  try {
    check = softened(checkIn(await import(job.url), job.key), job.soft);
    // The module once more, with variables of its own: a step that depends on one is found by the difference.
    fresh = softened(checkIn(await import(`${job.url}?fresh`), job.key), job.soft);
  } catch (error) {
    return { type: 'invalid', mistake: mistakeOf(error, 'cannot-load') };
  }
  try {
    const outcomes = explore(check, {
      name: job.name,
      bounds: job.bounds,
      order: job.order,
      fresh,
      now: () => performance.now(),
      memory: () => process.memoryUsage.rss(),
      shouldStop: () => isRequested(job.interrupt),
      modelHash: job.modelHash,
      onProgress: (progress) =>
        tell({ type: 'progress', progress: { check: job.name, ...progress } }),
    });
    return { type: 'outcomes', outcomes };
  } catch (error) {
    const mistake = mistakeOf(error, 'internal-error');
    const isTheirs = isHeddleError(error) && error.code !== 'engines-disagree';
    return { type: isTheirs ? 'invalid' : 'bug', mistake };
  }
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
