/** The terminal as a screen: one trace, walked with keys, redrawn after each. */
import { emitKeypressEvents } from 'node:readline';
import type { Trace } from '../replay/trace.ts';
import { renderStep } from '../report/stepper.ts';
import type { Paint } from '../report/text.ts';
import { type Key, type Position, press, START } from './stepper.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

export interface ScreenOptions {
  readonly paint: Paint;
  /** The whole state after so many steps; undefined where the trace cannot be run. */
  readonly stateAt: ((at: number) => unknown) | undefined;
}

/** Shows a trace until `q`. Needs stdin and stdout to be terminals. */
export function walkOnScreen(trace: Trace, options: ScreenOptions): Promise<void> {
  const { stdin, stdout } = process;
  let position = START;
  const draw = () => stdout.write(screenText(trace, position, options));
  return new Promise((resolve) => {
    const leave = () => {
      stdin.off('keypress', onKey);
      stdout.off('resize', draw);
      process.off('SIGTERM', leave);
      stdin.setRawMode(false);
      stdin.pause();
      stdout.write(LEAVE);
      resolve();
    };
    const onKey = (_text: string | undefined, key: Key) => {
      position = press(position, key, trace);
      if (position.done) leave();
      else draw();
    };
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    stdin.on('keypress', onKey);
    stdout.on('resize', draw);
    process.on('SIGTERM', leave);
    stdout.write(ENTER);
    draw();
  });
}

function screenText(trace: Trace, position: Position, { paint, stateAt }: ScreenOptions): string {
  const { columns, rows } = process.stdout;
  const { at, diffOnly, typed } = position;
  const state = position.wholeState ? stateAt?.(at) : undefined;
  const text = renderStep(trace, at, state, { width: columns, height: rows, diffOnly, paint });
  const lines = text.split('\n');
  if (typed !== undefined) lines[lines.length - 1] = `  go to step: ${typed}_`;
  // Each line takes away what was there before; the last has no newline, or the screen would scroll.
  return `\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`;
}
