/** Further threads for a search: started by the thread that watches all of them, and does nothing else. */
import { type MessagePort, Worker } from 'node:worker_threads';
import { workerUrl } from '../load/library.ts';
import { sayLost } from '../search/team/control.ts';
import type { FollowerData, FollowersWanted, WorkerJob } from './worker.ts';

/** Starts followers for the search of a job. One that ends early is reported to the others: see `sayLost`. */
export function startFollowers(job: WorkerJob, { followers, ports }: FollowersWanted): void {
  for (const [index, follower] of followers.entries()) {
    const port = ports[index] as MessagePort;
    const worker = new Worker(workerUrl, {
      name: `${job.name} ${follower.index}`,
      workerData: { job, follower, port } satisfies FollowerData,
      transferList: [port],
      stdout: true,
    });
    worker.stdout.pipe(process.stderr, { end: false });
    worker.on('error', () => sayLost(follower.control));
    worker.on('exit', () => sayLost(follower.control));
  }
}
