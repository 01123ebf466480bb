/** Memory that the checks of a session share: how much there is, and how much of it each of them takes. */
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Of what is free; the rest is for whatever else the machine does. */
const SHARE = 0.8;
const MEBIBYTE = 2 ** 20;

/** The limit where none is given: what this process has, and four fifths of what it can get without anything having to go for it. */
export function defaultMemoryBytes(): number {
  return process.memoryUsage.rss() + SHARE * Math.min(freemem(), roomInGroups(readText));
}

/**
 * What the control groups of this process leave it, in bytes; infinity where they set no limit. Files that are only cached give
 * way and do not count.
 */
export function roomInGroups(read: (path: string) => string | undefined): number {
  let room = Number.POSITIVE_INFINITY;
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const isUnified = controllers === '';
    if (!isUnified && !controllers.split(',').includes('memory')) continue;
    // Inside a container the path may be that of the host: what is not there sets no limit.
    for (let group = path; ; group = dirname(group)) {
      room = Math.min(room, isUnified ? unifiedRoom(group, read) : oldRoom(group, read));
      if (group === '/') break;
    }
  }
  return room;
}

function unifiedRoom(group: string, read: (path: string) => string | undefined): number {
  const of = (file: string) => read(join('/sys/fs/cgroup', group, file));
  return roomOf(of('memory.max'), of('memory.current'), of('memory.stat'), 'inactive_file');
}

function oldRoom(group: string, read: (path: string) => string | undefined): number {
  const of = (file: string) => read(join('/sys/fs/cgroup/memory', group, file));
  const [limit, taken] = [of('memory.limit_in_bytes'), of('memory.usage_in_bytes')];
  return roomOf(limit, taken, of('memory.stat'), 'total_inactive_file');
}

function roomOf(
  limit: string | undefined,
  taken: string | undefined,
  stat: string | undefined,
  cached: string,
): number {
  if (limit === undefined || taken === undefined || !/^\d+\s*$/.test(limit))
    return Number.POSITIVE_INFINITY;
  const gives = Number(new RegExp(`^${cached} (\\d+)$`, 'm').exec(stat ?? '')?.[1] ?? 0);
  return Math.max(0, Number(limit) - Number(taken) + gives);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

let collector: (() => void) | undefined;

/** Has the collector of this thread run now. Node offers it where it was started for that, and to whoever asks later in a new context. */
export function collect(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
  }
  collector();
}

/** What the running checks take, in MiB, seen by all threads of a session; 0 where none runs. */
export class Ledger {
  private readonly taken: Int32Array<SharedArrayBuffer>;

  constructor(checks: number) {
    this.taken = new Int32Array(
      new SharedArrayBuffer(Math.max(1, checks) * Int32Array.BYTES_PER_ELEMENT),
    );
  }

  /** The share of a check that starts now, of so many bytes for all. */
  open(totalBytes: number): Share {
    const slot = this.taken.indexOf(0);
    Atomics.store(this.taken, slot, 1);
    return { taken: this.taken, slot, totalBytes };
  }

  close({ slot }: Share): void {
    Atomics.store(this.taken, slot, 0);
  }
}

/** A check's part in the memory of its session; goes to the thread that searches it. */
export interface Share {
  readonly taken: Int32Array<SharedArrayBuffer>;
  readonly slot: number;
  readonly totalBytes: number;
}

/**
 * The memory of one check: `ownBytes` is what its thread takes, `allBytes` the whole process. It may take what the others leave, and
 * in any case as much as each of them, so that the largest gives way.
 */
export function readMemory(
  { taken, slot, totalBytes }: Share,
  ownBytes: number,
  allBytes: number,
): { readonly bytes: number; readonly limitBytes: number } {
  Atomics.store(taken, slot, Math.max(1, Math.round(ownBytes / MEBIBYTE)));
  let others = 0;
  let running = 1;
  for (let index = 0; index < taken.length; index += 1) {
    const mebibytes = index === slot ? 0 : Atomics.load(taken, index);
    others += mebibytes * MEBIBYTE;
    if (mebibytes > 0) running += 1;
  }
  return {
    bytes: Math.max(ownBytes, allBytes - others),
    limitBytes: Math.max(totalBytes / running, totalBytes - others),
  };
}
