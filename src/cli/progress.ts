/** How far the searches are: a block that is painted again on a terminal, a line now and then elsewhere. On stderr. */
import type { Bounds } from '../design/check.ts';
import { counted, cut, duration, grouped } from '../report/text.ts';
import type { Progress } from '../search/verdict.ts';
import type { SessionEvent } from '../session/events.ts';

interface Running {
  readonly bounds: Bounds;
  progress: Progress | undefined;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** Paints the same lines again, about ten times a second; otherwise a line each ten seconds. */
  readonly repaint: boolean;
  readonly columns: number;
  readonly total: number;
}

const REPAINT_MS = 100;
const LINE_MS = 10_000;

export interface ProgressDisplay {
  onEvent(event: SessionEvent): void;
  /** Takes the block away, so that something else can be printed. It comes back with the next repaint. */
  clear(): void;
  stop(): void;
}

/** Starts showing. The timer does not keep the process alive. */
export function showProgress(options: ProgressOptions): ProgressDisplay {
  const running = new Map<string, Running>();
  let done = 0;
  let painted = 0;
  const clear = () => {
    if (painted > 0) options.write(`\x1b[${painted}A\x1b[J`);
    painted = 0;
  };
  const paint = () => {
    clear();
    const lines = blockLines(running, done, options);
    for (const line of lines) options.write(`${line}\n`);
    painted = lines.length;
  };
  const tell = () => {
    for (const [check, { progress, bounds }] of running) {
      if (progress !== undefined) options.write(`${check}: ${progressText(progress, bounds)}\n`);
    }
  };
  const timer = options.repaint ? setInterval(paint, REPAINT_MS) : setInterval(tell, LINE_MS);
  timer.unref();
  return {
    onEvent: (event) => {
      if (event.type === 'start') {
        running.set(event.check, { bounds: event.bounds, progress: undefined });
      } else if (event.type === 'progress') {
        const check = running.get(event.check);
        if (check !== undefined) check.progress = event.progress;
      } else if (event.type === 'end') {
        if (running.delete(event.check)) done += 1;
      }
    },
    clear,
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}

function blockLines(
  running: ReadonlyMap<string, Running>,
  done: number,
  { columns, total }: ProgressOptions,
): string[] {
  const name = Math.max(0, ...[...running.keys()].map((check) => check.length));
  const lines = [...running].map(([check, { progress, bounds }]) => {
    const text = progress === undefined ? 'starting' : progressText(progress, bounds);
    return `  ${check.padEnd(name)}  ${text}`;
  });
  if (total > 1) lines.push(`  ${done} of ${counted(total, 'check')} done`);
  // A line that wraps would leave its second half behind when it is painted again.
  return lines.map((line) => cut(line, columns - 1));
}

/** `580,811 states  310,000/s  depth 41  frontier 23,456, still growing x1.4  612 MiB` */
export function progressText(progress: Progress, bounds: Bounds): string {
  const { states, seconds, depth, frontier, memoryBytes } = progress;
  const rate = seconds > 0 ? Math.round(states / seconds) : 0;
  const parts = [
    counted(states, 'state'),
    `${grouped(rate)}/s`,
    `depth ${depth}`,
    `frontier ${grouped(frontier)}${trend(progress, rate)}`,
    `${grouped(memoryBytes / 2 ** 20)} MiB`,
  ];
  if (bounds.timeLimitMs !== undefined) {
    parts.push(`limit in ${duration(Math.max(0, bounds.timeLimitMs / 1000 - seconds))}`);
  }
  return parts.join('  ');
}

/** An estimate only while the levels shrink: what is left is then a geometric series. */
function trend({ frontier, lastFrontier }: Progress, rate: number): string {
  if (lastFrontier === 0 || frontier === 0) return '';
  const ratio = frontier / lastFrontier;
  if (ratio >= 1) return `, still growing x${ratio.toFixed(1)}`;
  const left = rate > 0 ? frontier / (1 - ratio) / rate : 0;
  return left < 1 ? ', shrinking' : `, shrinking, about ${duration(left)} left`;
}
