/** Which reporters a run of checks has, and where each prints. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import { jsonReporter } from './json-reporter.ts';
import type { Output } from './output.ts';
import type { Reporter } from './reporter.ts';
import { textReporter } from './text-reporter.ts';

export interface ReporterFlags {
  readonly reporter: readonly ('text' | 'json')[];
  /** A file for what the last reporter prints. */
  readonly output?: string;
  readonly stable?: boolean;
  readonly wide?: boolean;
  readonly full?: boolean;
  readonly quiet?: boolean;
}

/** What the run is about. */
interface Run {
  readonly checks: readonly string[];
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

/** @throws HeddleError `bad-flag` for a file that cannot be written. */
export function openReporters(
  flags: ReporterFlags,
  output: Output,
  run: Run,
): { readonly reporters: readonly Reporter[]; readonly close: () => void } {
  const sinks: Sink[] = [];
  const reporters = flags.reporter.map((name, index) => {
    const isLast = index === flags.reporter.length - 1;
    const path = isLast ? flags.output : undefined;
    const sink =
      path === undefined ? { print: output.print, close: () => undefined } : fileSink(path, output);
    sinks.push(sink);
    const stable = flags.stable === true;
    if (name === 'json') return jsonReporter({ write: sink.print, stable, checks: run.checks });
    return textTo(sink.print, path !== undefined, flags, output, run);
  });
  return {
    reporters,
    close: () => {
      for (const sink of sinks) sink.close();
    },
  };
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
