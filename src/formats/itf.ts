/** The Informal Trace Format of Apalache and Quint: the states of a schedule as JSON, one after the other. */

import type { Check } from '../design/check.ts';
import type { Cell } from '../machine/layout.ts';
import { type Cursor, walk } from '../replay/cursor.ts';
import { formatMove } from '../replay/schedule.ts';
import type { Trace } from '../replay/trace.ts';
import { stepName } from './step-name.ts';

type Json = unknown;

/**
 * The states that a schedule goes through, from the initial one to the last, a step that did not happen left out. Variables are the
 * fields of the schema, and `cpus` with what each CPU stands before, its locals, masks and readers. Integers are `#bigint`, sets `#set`,
 * arrays and heaps lists, records records, references and words the names they are shown by; what is not initialised is
 * `#unserializable`. The `#meta` of a state has its index, and the step that led there, by name and as a schedule writes it.
 * @throws HeddleError `no-such-step` where the check has no such schedule.
 * @example
 * writeFileSync('bug.itf.json', itfTrace(check, trace));
 */
export function itfTrace(check: Check, trace: Trace): string {
  const cursor = walk(check, trace.schedule, trace.initial);
  const cells = cursor.compiled.layout.cells.filter(({ path }) => path.at(-1) !== '$held');
  const states = [stateOf(cursor, cells, trace, 0)];
  for (const [index, { refused }] of cursor.steps.entries()) {
    if (!refused) states.push(stateOf(cursor, cells, trace, index + 1));
  }
  const vars = [...new Set(cells.map(({ path }) => nameOf(path[0])))];
  const { check: name, property, violation, schedule, initial, tool, modelHash } = trace;
  const described = property === '' ? 'a schedule' : `a schedule that violates '${property}'`;
  return `${JSON.stringify(
    {
      '#meta': {
        format: 'ITF',
        'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
        description: `${described}, found by ${tool}`,
        source: name,
        ...{ property, violation, schedule, initial, modelHash },
      },
      params: [],
      vars,
      states,
    },
    undefined,
    1,
  )}\n`;
}

function stateOf(cursor: Cursor, cells: readonly Cell[], trace: Trace, at: number): Json {
  const { memory } = cursor.engine;
  cursor.engine.show(cursor.state(at));
  const root: Record<string, Json> = { '#meta': metaOf(cursor, trace, at) };
  for (const cell of cells) put(root, cell.path, valueOf(cell, memory.code(cell.index)));
  return root;
}

function metaOf(cursor: Cursor, trace: Trace, at: number): Json {
  const step = cursor.steps[at - 1];
  const move = cursor.moves[at - 1];
  if (step === undefined || move === undefined) return { index: at };
  return { index: at, step: stepName(trace.cpus, step), move: formatMove(move) };
}

/** Stores a value where its path says, numbers being places in a list. */
function put(root: Record<string, Json>, path: Cell['path'], value: Json): void {
  // biome-ignore lint/suspicious/noExplicitAny: records and lists as the path has them.
  let node: any = root;
  for (const [at, key] of path.slice(0, -1).entries()) {
    const name = nameOf(key);
    node[name] ??= typeof path[at + 1] === 'number' ? [] : {};
    node = node[name];
  }
  node[nameOf(path.at(-1))] = value;
}

/** Names that begin with `#` are the format's own. */
function nameOf(key: string | number | undefined): string | number {
  return typeof key === 'string' ? key.replace(/^#/, '_') : (key ?? '');
}

function valueOf({ codec, bias }: Cell, code: number): Json {
  if (code < bias) return { '#unserializable': 'uninitialised' };
  const shown = codec.show(code - bias);
  if (codec.kind !== 'int') return shown;
  // A set is numbered as an integer with a bit for each of its elements, and shown as `{page[0], page[1]}`.
  if (typeof shown === 'number') return { '#bigint': String(shown) };
  const names = String(shown).slice(1, -1);
  return { '#set': names === '' ? [] : names.split(', ') };
}
