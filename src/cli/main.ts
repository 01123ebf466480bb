#!/usr/bin/env node
/** The command `heddle`. */
import { Console } from 'node:console';
import { isHeddleError, isTheirs, mistakeOf } from '../load/mistake.ts';
import { runArguments } from './arguments.ts';
import { reportBug } from './bug.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { openOutput } from './output.ts';

// What a model prints while it loads is no data of ours.
globalThis.console = new Console(process.stderr);

// A reader that has seen enough, as in `heddle list | head`, is no mistake.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runArguments(process.argv.slice(2)).catch(explain);

function explain(error: unknown): ExitCode {
  const output = openOutput('auto');
  const found = mistakeOf(error, 'internal-error');
  if (isHeddleError(error)) {
    output.explain(found);
    return EXIT.invalid;
  }
  if (isTheirs(found)) {
    output.explain(mistakeOf(error, 'cannot-load'));
    return EXIT.invalid;
  }
  output.explain(reportBug(found, output.folder));
  return EXIT.bug;
}
