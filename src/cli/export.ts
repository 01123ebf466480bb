/** `heddle export`: a schedule, or the whole graph of a check, in a format of another program. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import { autGraph } from '../formats/aut.ts';
import { dotGraph, dotTrace } from '../formats/dot.ts';
import { itfTrace } from '../formats/itf.ts';
import { mermaidSequence } from '../formats/mermaid.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { mistake, mistakeOf } from '../load/mistake.ts';
import { readTrace } from '../load/traces.ts';
import type { Mistake } from '../search/verdict.ts';
import { GRAPH_STATES, wholeGraph } from '../search/whole-graph.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { parseCount } from './flags.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { findSubject, named } from './replay.ts';

export type ExportName = 'itf' | 'dot' | 'mermaid' | 'aut';

export interface ExportFlags {
  readonly format: ExportName;
  readonly graph?: boolean;
  readonly maxStates?: string;
  readonly schedule?: string;
  readonly initial?: string;
  readonly property?: string;
  readonly output?: string;
}

/** What to do with a file of each format. */
const NEXT: Readonly<Record<ExportName, (file: string) => string>> = {
  itf: () => 'open it in an ITF trace viewer',
  dot: (file) => `dot -Tsvg ${file} -o ${file.replace(/\.\w+$/, '')}.svg`,
  mermaid: () => 'put it into Markdown, in a block that begins with ```mermaid',
  aut: (file) => `ltsgraph ${file} (mCRL2), or bcg_io ${file} (CADP)`,
};

/** Prints a schedule or a graph, or writes it to a file. */
export async function exportAs(
  what: string | undefined,
  flags: ExportFlags,
  output: Output,
): Promise<ExitCode> {
  if (!Object.hasOwn(NEXT, flags.format)) {
    const known = Object.keys(NEXT).join(', ');
    throw new HeddleError('bad-flag', `--format ${flags.format}: there are ${known}`);
  }
  const isGraph = flags.graph === true || flags.format === 'aut';
  refuseOthers(flags, isGraph);
  const text = isGraph
    ? await graphText(what, flags, output)
    : await traceText(what, flags, output);
  if (typeof text !== 'string') {
    output.explain(text);
    return EXIT.invalid;
  }
  if (flags.output === undefined) output.print(text);
  else write(text, flags.output, flags.format, output);
  return EXIT.asDeclared;
}

function refuseOthers(
  { format, graph, maxStates, schedule, property }: ExportFlags,
  isGraph: boolean,
): void {
  if (graph === true && format !== 'dot' && format !== 'aut')
    throw new HeddleError(
      'bad-flag',
      `--format ${format} is for schedules; --graph takes dot or aut`,
    );
  if (!isGraph && maxStates !== undefined)
    throw new HeddleError('bad-flag', '--max-states bounds a graph: it needs --graph');
  if (isGraph && (schedule !== undefined || property !== undefined))
    throw new HeddleError(
      'bad-flag',
      'a graph has all schedules: --schedule and --property are for one',
    );
}

async function traceText(
  what: string | undefined,
  flags: ExportFlags,
  output: Output,
): Promise<string | Mistake> {
  const subject = await findSubject(what, flags, output);
  if ('code' in subject) return subject;
  const { trace, check, misfit } = subject;
  if (misfit !== undefined) return mistakeOf(misfit, 'internal-error');
  if (flags.format === 'dot') return dotTrace(trace);
  if (flags.format === 'mermaid') return mermaidSequence(trace);
  if (check !== undefined) return itfTrace(check.check, trace);
  const fact = `check ${trace.check} is not in this project: its states are not known`;
  return mistake('bad-trace', fact, {
    reason: 'A saved trace has the steps, not the states; those come from running the check.',
    next: 'npx heddle list',
  });
}

async function graphText(
  what: string | undefined,
  flags: ExportFlags,
  output: Output,
): Promise<string> {
  const { check, name } = await checkOf(what, output);
  const maxStates =
    flags.maxStates === undefined ? GRAPH_STATES : parseCount('--max-states', flags.maxStates);
  const graph = wholeGraph(check, { maxStates, initial: flags.initial });
  return flags.format === 'aut' ? autGraph(graph) : dotGraph(graph, name);
}

async function checkOf(what: string | undefined, output: Output): Promise<LoadedCheck> {
  const name =
    what?.endsWith('.json') === true ? (await readTrace(resolve(output.folder, what))).check : what;
  const { loaded } = await openChecks(output.folder, name === undefined ? [] : [name]);
  if (name !== undefined) return named(name, loaded);
  if (loaded.length === 1) return loaded[0];
  throw new HeddleError('bad-flag', '--graph needs the name of a check');
}

function write(text: string, file: string, format: ExportName, output: Output): void {
  const path = resolve(output.folder, file);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HeddleError('bad-flag', `--output ${file}: ${why}`);
  }
  output.note(`${format}: ${file}`);
  output.note(`next: ${NEXT[format](file)}`);
}
