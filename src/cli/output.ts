/** Where a command prints: data to stdout, everything else to stderr, each with the colour it can show. */
import { errorBlock } from '../load/place.ts';
import type { Paint } from '../report/text.ts';
import type { Mistake } from '../search/verdict.ts';
import {
  type ColorMode,
  canRepaint,
  columnsOf,
  type Environment,
  hasColor,
  paintFor,
} from './terminal.ts';

export interface Output {
  /** Where the command was started. */
  readonly folder: string;
  readonly environment: Environment;
  /** Of stdout. */
  readonly paint: Paint;
  readonly columns: number;
  readonly isTerminal: boolean;
  /** Of stderr: where progress goes. */
  readonly progress: { readonly repaint: boolean; readonly columns: number };
  print(text: string): void;
  note(text: string): void;
  /** Prints a mistake as an error block on stderr. */
  explain(mistake: Mistake): void;
  /** A mistake as an error block for stdout. */
  block(mistake: Mistake): string;
}

export function openOutput(color: ColorMode): Output {
  const { stdout, stderr, env } = process;
  const folder = process.cwd();
  const noteColor = paintFor(hasColor(color, env, stderr.isTTY === true));
  const paint = paintFor(hasColor(color, env, stdout.isTTY === true));
  return {
    folder,
    environment: env,
    paint,
    columns: columnsOf(stdout),
    isTerminal: stdout.isTTY === true,
    progress: { repaint: canRepaint(env, stderr.isTTY === true), columns: columnsOf(stderr) },
    print: (text) => void stdout.write(text),
    note: (text) => void stderr.write(`${text}\n`),
    explain: (mistake) =>
      void stderr.write(`${errorBlock(mistake, { folder, paint: noteColor })}\n`),
    block: (mistake) => errorBlock(mistake, { folder, paint }),
  };
}
