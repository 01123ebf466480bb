/** Threads that follow the searches of a test: real ones, kept from one search to the next, because starting one takes long. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { ExploreOptions } from 'heddle';
import { PRESENT } from '../../src/search/team/control.ts';
import type { StartFollowers } from '../../src/search/team/team.ts';
import type { Source } from './team-check.ts';
import type { Following, Trouble } from './team-worker.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export class Crew {
  private readonly folder = mkdtempSync(join(tmpdir(), 'heddle-team-'));
  private readonly script = join(this.folder, 'worker.mjs');
  private workers: Worker[] = [];

  /** Bundles what the threads run, from src as it stands. */
  async load(): Promise<void> {
    await build({
      entryPoints: [here('team-worker.ts')],
      outfile: this.script,
      bundle: true,
      alias: { heddle: here('../../src/index.ts') },
      packages: 'bundle',
      platform: 'node',
      format: 'esm',
      logLevel: 'warning',
    });
  }

  /** Has a search done by `count` threads from its first state on, each taking few states at a time. Trouble comes to the last. */
  threads(
    source: Source,
    count: number,
    chunkStates: number,
    trouble?: Trouble,
  ): NonNullable<ExploreOptions['threads']> {
    const start: StartFollowers = (jobs) => {
      const ports = jobs.map((job, at) => {
        const { port1, port2: port } = new MessageChannel();
        const ofLast = at === jobs.length - 1 ? trouble : undefined;
        const following: Following = { source, job, port, trouble: ofLast };
        this.worker(at).postMessage(following, [port]);
        return port1;
      });
      // The search would be over before they are there.
      const [{ control }] = jobs as [(typeof jobs)[number]];
      while (Atomics.load(control, PRESENT) < jobs.length) Atomics.wait(control, PRESENT, 0, 1);
      return ports;
    };
    return { count, start, fromStates: 0, chunkStates };
  }

  /** Ends a thread, or learns that it has ended. */
  async replace(index: number): Promise<void> {
    await this.workers[index]?.terminate();
    delete this.workers[index];
  }

  async leave(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
    rmSync(this.folder, { recursive: true });
  }

  private worker(index: number): Worker {
    this.workers[index] ??= new Worker(this.script);
    return this.workers[index];
  }
}
