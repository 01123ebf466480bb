/** Which reporters a run of checks has, and where each prints. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import type { LoadedCheck } from '../load/checks.ts';
import type { DocumentName } from './document-reporter.ts';
import { jsonReporter } from './json-reporter.ts';
import type { Output } from './output.ts';
import type { Reporter } from './reporter.ts';
import { textReporter } from './text-reporter.ts';

export type ReporterName = 'text' | 'json' | DocumentName;

/** A reporter that was asked for, and the file for what it prints; stdout where it has none. */
export interface AskedReporter {
  readonly name: ReporterName;
  readonly file?: string;
}

export interface ReporterFlags {
  readonly reporters: readonly AskedReporter[];
  readonly allowIncomplete?: boolean;
  readonly stable?: boolean;
  readonly wide?: boolean;
  readonly full?: boolean;
  readonly quiet?: boolean;
}

/** What the run is about. */
interface Run {
  readonly checks: readonly string[];
  readonly loaded: readonly LoadedCheck[];
  readonly named: boolean;
  readonly stories: ReadonlySet<string>;
}

interface Sink {
  readonly print: (text: string) => void;
  readonly close: () => void;
}

const PIPE_COLUMNS = 80;
const WIDE_COLUMNS = 120;
const TABLE_COLUMNS = 100;

/** @throws HeddleError `bad-flag` for a file that cannot be written, and for a document that would share stdout with another reporter. */
export async function openReporters(
  flags: ReporterFlags,
  output: Output,
  run: Run,
): Promise<{ readonly reporters: readonly Reporter[]; readonly close: () => void }> {
  refuseMixed(flags.reporters);
  const sinks: Sink[] = [];
  const stable = flags.stable === true;
  const reporters: Reporter[] = [];
  for (const { name, file } of flags.reporters) {
    const sink =
      file === undefined ? { print: output.print, close: () => undefined } : fileSink(file, output);
    sinks.push(sink);
    if (name === 'json') {
      reporters.push(jsonReporter({ write: sink.print, stable, checks: run.checks }));
    } else if (name === 'text') {
      reporters.push(textTo(sink.print, file !== undefined, flags, output, run));
    } else {
      // Few runs write one.
      const { documentReporter } = await import('./document-reporter.ts');
      const allowIncomplete = flags.allowIncomplete === true;
      const root = output.environment.GITHUB_WORKSPACE || output.folder;
      const { loaded } = run;
      const options = { write: sink.print, stable, loaded, root, allowIncomplete };
      reporters.push(documentReporter(name, options));
    }
  }
  return {
    reporters,
    close: () => {
      for (const sink of sinks) sink.close();
    },
  };
}

/** XML or JSON with anything else around it is nothing that another program can read. */
function refuseMixed(asked: readonly AskedReporter[]): void {
  const printed = asked.filter(({ file }) => file === undefined);
  const whole = printed.find(({ name }) => name === 'junit' || name === 'sarif');
  if (whole === undefined || printed.length === 1) return;
  const { name } = whole;
  const fact = `--reporter ${name} needs a file of its own beside another reporter: --reporter ${name} --output FILE`;
  throw new HeddleError('bad-flag', fact);
}

function textTo(
  write: (text: string) => void,
  toFile: boolean,
  flags: ReporterFlags,
  output: Output,
  run: Run,
): Reporter {
  const isTerminal = output.isTerminal && !toFile;
  const wide = flags.wide === true;
  const columns = isTerminal ? output.columns : wide ? WIDE_COLUMNS : PIPE_COLUMNS;
  return textReporter({
    ...run,
    write,
    stable: flags.stable === true,
    paint: toFile ? (_style, text) => text : output.paint,
    columns,
    tableColumns: isTerminal ? columns : Math.max(columns, TABLE_COLUMNS),
    wide,
    full: flags.full === true,
    quiet: flags.quiet === true,
    block: output.block,
  });
}

function fileSink(file: string, output: Output): Sink {
  const path = resolve(output.folder, file);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const opened = openSync(path, 'w');
    return { print: (text) => void writeSync(opened, text), close: () => closeSync(opened) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HeddleError('bad-flag', `--output ${file}: ${why}`);
  }
}
