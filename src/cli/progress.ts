/** How far the searches are: a block that is painted again on a terminal, a line now and then elsewhere. On stderr. */
import { counted, cut, duration, grouped } from '../report/text.ts';
import type { Progress } from '../search/verdict.ts';
import type { SessionEvent } from '../session/events.ts';

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
  const running = new Map<string, Progress | undefined>();
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
    for (const [check, progress] of running) {
      if (progress === undefined) continue;
      const parts = [progressText(progress), widestText(progress)];
      options.write(`${check}: ${parts.filter((part) => part !== undefined).join('  ')}\n`);
    }
  };
  const timer = options.repaint ? setInterval(paint, REPAINT_MS) : setInterval(tell, LINE_MS);
  timer.unref();
  return {
    onEvent: (event) => {
      if (event.type === 'start') {
        running.set(event.check, undefined);
      } else if (event.type === 'progress') {
        if (running.has(event.check)) running.set(event.check, event.progress);
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
  running: ReadonlyMap<string, Progress | undefined>,
  done: number,
  { columns, total }: ProgressOptions,
): string[] {
  const name = Math.max(0, ...[...running.keys()].map((check) => check.length));
  const lines = [...running].flatMap(([check, progress]) => {
    if (progress === undefined) return [`  ${check.padEnd(name)}  starting`];
    const widest = widestText(progress);
    const more = widest === undefined ? [] : [`  ${' '.repeat(name)}  ${widest}`];
    return [`  ${check.padEnd(name)}  ${progressText(progress)}`, ...more];
  });
  if (total > 1) lines.push(`  ${done} of ${counted(total, 'check')} done`);
  // A line that wraps would leave its second half behind when it is painted again.
  return lines.map((line) => cut(line, columns - 1));
}

/** `580,811 states  310,000/s  depth 41  frontier 23,456, still growing x1.4  612 MiB  memory limit in 5 min` */
export function progressText(progress: Progress): string {
  const { states, rate, depth, frontier, memoryBytes, limit } = progress;
  const parts = [
    counted(states, 'state'),
    `${grouped(rate)}/s`,
    `depth ${depth}`,
    `frontier ${grouped(frontier)}${trend(progress)}`,
    `${grouped(memoryBytes / 2 ** 20)} MiB`,
  ];
  if (limit !== undefined) parts.push(`${LIMITS[limit.bound]} in ${duration(limit.seconds)}`);
  return parts.join('  ');
}

const LIMITS = {
  maxStates: '--max-states',
  timeLimit: 'time limit',
  memoryLimit: 'memory limit',
} as const;

/** Which field to look at in a search that grows large; undefined before that is known. */
export function widestText({ widestField }: Progress): string | undefined {
  if (widestField === undefined) return undefined;
  const { field, values } = widestField;
  return `widest: ${field}, ${grouped(values)} values in a sample of the states`;
}

/** An end is estimated only while the levels shrink. */
function trend({ frontier, lastFrontier, secondsLeft }: Progress): string {
  if (lastFrontier === 0 || frontier === 0) return '';
  const ratio = frontier / lastFrontier;
  if (ratio >= 1) return `, still growing x${ratio.toFixed(1)}`;
  const isLong = secondsLeft !== undefined && secondsLeft >= 1;
  return isLong ? `, shrinking, about ${duration(secondsLeft)} left` : ', shrinking';
}
