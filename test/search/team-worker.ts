/** A thread of the tests that follows searches, one after the other; of each it is told the program. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { Expander } from '../../src/search/expander.ts';
import { sayLost } from '../../src/search/team/control.ts';
import { type FollowerJob, follow } from '../../src/search/team/follower.ts';
import { checkOf, type Source } from './team-check.ts';

/** What it is told. */
export interface Following {
  readonly source: Source;
  readonly job: FollowerJob;
  readonly port: MessagePort;
  /** What goes wrong in this thread, before it expands so many states. */
  readonly trouble: Trouble | undefined;
}

export interface Trouble {
  readonly kind: 'throws' | 'dies';
  readonly afterStates: number;
}

let left = Number.POSITIVE_INFINITY;
let fail = (): void => undefined;
const gather = Expander.prototype.gather;
Expander.prototype.gather = function (id) {
  left -= 1;
  if (left < 0) fail();
  gather.call(this, id);
};

parentPort?.on('message', ({ source, job, port, trouble }: Following) => {
  left = trouble?.afterStates ?? Number.POSITIVE_INFINITY;
  fail = () => {
    if (trouble?.kind === 'throws') throw new Error('only here');
    // Whoever has started it is busy: it must say itself what those who watch threads say of it.
    sayLost(job.control);
    process.exit();
  };
  try {
    follow(checkOf(source), job, port);
  } catch {
    sayLost(job.control);
  }
});
