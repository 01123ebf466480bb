/** The memory of a model as a graph: objects with their words, and what leads from one to another. */
import type { StateObject, StateWord } from '../replay/states.ts';
import { everyValue, type Position } from './position.ts';

export interface HeapRow {
  /** Index of the word. */
  readonly word: number;
  /** What it is called within its object; two names where it is overlaid. */
  readonly names: readonly string[];
}

export interface HeapNode {
  /** As edges name it: a CPU may be called as an object is. */
  readonly id: string;
  /** `page[0]`, or the name of a CPU. */
  readonly name: string;
  readonly kind: 'object' | 'cpu';
  /** Index of the CPU; -1 for an object. */
  readonly cpu: number;
  readonly live: number | undefined;
  readonly rows: readonly HeapRow[];
  /** Letters of the longest value any of its words has in this schedule. */
  readonly letters: number;
}

/** A reference that exists in some state of the schedule. */
export interface HeapEdge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** The word it is in; -1 for the locals of a CPU. */
  readonly word: number;
  /** The word of the object that it leads to; -1 for the object as a whole. */
  readonly toWord: number;
}

export interface Heap {
  readonly nodes: readonly HeapNode[];
  readonly edges: readonly HeapEdge[];
}

/** What a value leads to: an object, and the word in it. */
interface Lead {
  readonly object: number;
  readonly word: number;
}

/** Longest value that is written in full. */
export const MOST_LETTERS = 24;

export function objectId(name: string): string {
  return `object ${name}`;
}

export function cpuId(name: string): string {
  return `cpu ${name}`;
}

/** Finds what values lead to, by the names of objects and words. */
export class Leads {
  private readonly known = new Map<string, readonly Lead[]>();

  constructor(
    private readonly objects: readonly StateObject[],
    private readonly words: readonly StateWord[],
  ) {}

  of(word: StateWord, value: string): readonly Lead[] {
    const { leads, target } = word;
    if (leads === undefined || target === 'cpu' || target === 'context') return [];
    const key = `${leads} ${value}`;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const found = this.namesIn(leads, value).flatMap((name) => this.find(name));
    this.known.set(key, found);
    return found;
  }

  private namesIn(leads: NonNullable<StateWord['leads']>, value: string): readonly string[] {
    if (leads === 'set') return value.slice(1, -1).split(', ');
    if (leads === 'word') return value.startsWith('&') ? [value.slice(1)] : [];
    return [value];
  }

  private find(name: string): readonly Lead[] {
    if (name === '') return [];
    const object = this.objects.findIndex((one) => one.name !== '' && within(name, one.name));
    if (object !== -1)
      return [{ object, word: name === this.objects[object]?.name ? -1 : this.wordAt(name) }];
    const word = this.wordAt(name);
    const owner = this.words[word]?.object ?? -1;
    return owner === -1 ? [] : [{ object: owner, word }];
  }

  /** The first word of what is called so: a field, or a record that begins there. */
  private wordAt(name: string): number {
    return this.words.findIndex((word) =>
      [word.name, ...(word.also ?? [])].some((one) => within(one, name)),
    );
  }
}

export function within(path: string, outer: string): boolean {
  return path === outer || (path.startsWith(outer) && /^[.[ ]/.test(path.slice(outer.length)));
}

/** The name of a word within its object. */
export function nameWithin(name: string, object: string): string {
  const rest = within(name, object) ? name.slice(object.length).replace(/^[. ]/, '') : name;
  return rest === '' ? name : rest;
}

/** What the schedule touches; with `whole` all there is. Places stay the same from its first state to its last. */
export function heapOf(position: Position, whole: boolean): Heap {
  const { names, schedule } = position;
  if (names === undefined) return { nodes: [], edges: [] };
  const { objects, words } = names;
  const states = everyValue(position);
  const leads = new Leads(objects, words);
  const edges = edgesIn(states, names, schedule.cpus, leads);
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const led = new Set(edges.map(({ word }) => word));
  const changed = new Set(
    (schedule.states?.changes ?? []).flatMap((step) => step.map(([word]) => word)),
  );
  const isShown = (word: StateWord, index: number): boolean => {
    if (word.role === 'hidden') return word.name.endsWith(' queued') && changed.has(index);
    if (whole) return word.role !== 'local' && word.role !== 'control';
    return word.role === 'shared' && (changed.has(index) || led.has(index));
  };
  const nodes = objects.flatMap((object, index): HeapNode[] => {
    const { name, live } = object;
    const id = objectId(name);
    const rows = words.flatMap((word, at): HeapRow[] =>
      word.object === index && at !== live && isShown(word, at)
        ? [
            {
              word: at,
              names: [word.name, ...(word.also ?? [])].map((one) => nameWithin(one, name)),
            },
          ]
        : [],
    );
    const isUsed = live === undefined || states.some((values) => values[live] === '1');
    if (!whole && (!isUsed || (rows.length === 0 && !ends.has(name)))) return [];
    if (rows.length === 0 && !ends.has(id)) return [];
    return [{ id, name, kind: 'object', cpu: -1, live, rows, letters: lettersOf(rows, states) }];
  });
  const shown = new Set(nodes.map(({ id }) => id));
  const cpus = schedule.cpus.flatMap((name, cpu): HeapNode[] =>
    ends.has(cpuId(name))
      ? [{ id: cpuId(name), name, kind: 'cpu', cpu, live: undefined, rows: [], letters: 0 }]
      : [],
  );
  const kept = edges.filter(
    ({ from, to, word }) =>
      shown.has(to) &&
      (word === -1 || (shown.has(from) && isShown(words[word] as StateWord, word))),
  );
  return { nodes: [...cpus, ...nodes], edges: kept };
}

function lettersOf(rows: readonly HeapRow[], states: readonly (readonly string[])[]): number {
  const most = rows.map(({ word }) =>
    Math.max(...states.map((values) => values[word]?.length ?? 0)),
  );
  return Math.min(MOST_LETTERS, Math.max(0, ...most));
}

function edgesIn(
  states: readonly (readonly string[])[],
  { objects, words }: NonNullable<Position['names']>,
  cpus: readonly string[],
  leads: Leads,
): HeapEdge[] {
  const found = new Map<string, HeapEdge>();
  words.forEach((word, index) => {
    if (word.leads === undefined || word.role === 'ghost' || word.role === 'client') return;
    const isLocal = word.role === 'local';
    const from = startOf(word, objects, cpus);
    if (from === undefined) return;
    for (const value of new Set(states.map((values) => values[index] as string))) {
      for (const lead of leads.of(word, value)) {
        const edge = edgeTo(
          from,
          objectId(objects[lead.object]?.name ?? ''),
          isLocal ? -1 : index,
          isLocal ? -1 : lead.word,
        );
        if (edge.from !== edge.to) found.set(edge.key, edge);
      }
    }
  });
  return [...found.values()];
}

/** What a word belongs to: its object, or the CPU whose local it is. */
function startOf(
  { role, cpu, object }: StateWord,
  objects: readonly StateObject[],
  cpus: readonly string[],
): string | undefined {
  const name = role === 'local' ? cpus[cpu ?? -1] : objects[object]?.name;
  if (name === undefined) return undefined;
  return role === 'local' ? cpuId(name) : objectId(name);
}

export function edgeTo(from: string, to: string, word: number, toWord: number): HeapEdge {
  return { key: [from, to, word, toWord].join('|'), from, to, word, toWord };
}

/** The edges of one state, each with the locals it stands for. */
export function edgesAt(
  position: Position,
  values: readonly string[],
  leads: Leads,
): Map<string, string[]> {
  const { names, schedule } = position;
  const found = new Map<string, string[]>();
  names?.words.forEach((word, index) => {
    if (word.leads === undefined) return;
    const isLocal = word.role === 'local';
    const from = startOf(word, names.objects, schedule.cpus);
    for (const lead of leads.of(word, values[index] ?? '')) {
      const to = objectId(names.objects[lead.object]?.name ?? '');
      const { key } = edgeTo(from ?? '', to, isLocal ? -1 : index, isLocal ? -1 : lead.word);
      const local = word.name.replace(/^.*\./, '');
      const before = found.get(key) ?? [];
      found.set(key, isLocal && !before.includes(local) ? [...before, local] : before);
    }
  });
  return found;
}
