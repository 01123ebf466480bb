/** The states of a walked schedule as plain data: every word once by name, its first value, and what each step made of it. */
import type { AnyType } from '../design/schema.ts';
import type { Cell, CellRole } from '../machine/layout.ts';
import type { Cursor } from './cursor.ts';

/** One word of a state. Overlaid members of a union are one word with several names. */
export interface StateWord {
  /** `page[0].lru.next`, `CPU0 worker#5.page`: as traces call it. */
  readonly name: string;
  /** What else it is called, where it is overlaid: `page[0].rcu_head.next`. */
  readonly also?: readonly string[];
  readonly role: CellRole;
  /** Whether its value may lead somewhere: a reference or set by name, a machine word by address. */
  readonly leads?: 'ref' | 'set' | 'word';
  /** What a reference or set points into: a heap or array, `cpu`, or `context`. */
  readonly target?: string;
  /** Index into `StateLog.objects`; -1 for what belongs to no object: locals, and what the machine keeps for a CPU. */
  readonly object: number;
  /** Index of the CPU whose local, mask or wait it is. */
  readonly cpu?: number;
}

/** What lies together: an element of a heap or of an array of records, a record or array of the schema, or all its single words. */
export interface StateObject {
  /** `page[0]`, `mm`; empty for the single words of the schema. */
  readonly name: string;
  /** Index of the word that is 1 while it is allocated; absent for what always is. */
  readonly live?: number;
}

export interface StateLog {
  readonly objects: readonly StateObject[];
  readonly words: readonly StateWord[];
  /** By word: its value in the initial state. */
  readonly first: readonly string[];
  /** By step: words that it changed, with their values after it. */
  readonly changes: readonly (readonly (readonly [word: number, value: string])[])[];
}

/**
 * The states that a cursor walked through.
 * @example
 * statesOf(walk(check, '0x3.1')).changes[3]   // what the fourth step made of which words
 */
export function statesOf(cursor: Cursor): StateLog {
  const { layout, model, cpus } = cursor.compiled;
  const seen = new Set<string>();
  // Locals of one name in scopes side by side are one place of the tree; where a context stands is in the steps.
  const cells = layout.cells.filter((cell) => {
    if (seen.has(cell.name) || cell.path.at(-1) === 'at') return false;
    return seen.add(cell.name);
  });
  const objects: { name: string; live?: number }[] = [];
  const cpuNames = cpus.map(({ name }) => name);
  const words = cells.map((cell, index): StateWord => {
    const object = objectOf(cell, model.machine.schema, objects);
    if (cell.path.at(-1) === 'live' && cell.role === 'hidden' && object !== -1)
      (objects[object] as { live?: number }).live = index;
    return wordOf(cell, object, cpuNames);
  });
  const values = Array.from({ length: cursor.length + 1 }, (_, at) =>
    cells.map((cell) => cursor.show(cursor.state(at), cell)),
  );
  const first = values[0] as string[];
  const changes = values.slice(1).map((after, at) => {
    const before = values[at] as string[];
    return after.flatMap((value, word): [number, string][] =>
      value === before[word] ? [] : [[word, value]],
    );
  });
  return { objects, words, first, changes };
}

function wordOf(cell: Cell, object: number, cpuNames: readonly string[]): StateWord {
  const { codec, role, aliases, path } = cell;
  const cpu = path[0] === 'cpus' ? cpuNames.indexOf(String(path[1])) : -1;
  const leads =
    codec.kind === 'word'
      ? 'word'
      : codec.leadsTo === undefined
        ? undefined
        : codec.kind === 'ref'
          ? 'ref'
          : 'set';
  return {
    name: cell.name,
    ...(aliases.length === 0 ? {} : { also: aliases }),
    role,
    ...(leads === undefined ? {} : { leads }),
    ...(codec.target === undefined ? {} : { target: codec.target }),
    object,
    ...(cpu === -1 ? {} : { cpu }),
  };
}

/** The object a cell belongs to, added to `objects` where it is the first of its words; -1 for what belongs to a CPU. */
function objectOf(
  { path, role, name }: Cell,
  schema: Readonly<Record<string, AnyType>>,
  objects: { name: string }[],
): number {
  if (role === 'local' || role === 'control') return -1;
  const [first, second] = path as readonly [string, string | number | undefined];
  if (first === 'queues') return holderOf(String(second), objects);
  const type = schema[first];
  if (type === undefined) return -1;
  const owner = ownerOf(type, first, second);
  const known = objects.findIndex((one) => one.name === owner);
  if (known !== -1 || name === '') return known;
  objects.push({ name: owner });
  return objects.length - 1;
}

function ownerOf(type: AnyType, first: string, second: string | number | undefined): string {
  if (type.kind === 'record') return first;
  if (type.kind !== 'array' && type.kind !== 'heap') return '';
  return type.element.kind === 'record' ? `${first}[${second}]` : first;
}

/** The object that a head or work lies in: the one whose name its own begins with. */
function holderOf(head: string, objects: readonly { name: string }[]): number {
  const found = objects.findIndex(({ name }) => name !== '' && isWithin(head, name));
  return found === -1 ? objects.findIndex(({ name }) => name === '') : found;
}

/** Whether a path lies in the object of this name: `page[0].lru` in `page[0]`. */
export function isWithin(path: string, object: string): boolean {
  return path === object || (path.startsWith(object) && /^[.[ ]/.test(path.slice(object.length)));
}
