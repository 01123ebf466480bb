/** Shared memory: variables, the values and words of objects, lists, and what KASAN and DEBUG_LIST see of them. */
import type { ListWord, Place, Type } from './program.ts';
import { NONE } from './program.ts';
import type { Run } from './run.ts';
import type { Code, Word } from './state.ts';

/** The type of an object's value. */
function valueType(run: Run): Type {
  return { type: 'uint', max: run.code.program.maxValue };
}

function thing(run: Run, object: number) {
  if (object === NONE) {
    run.report('KASAN', 'null-dereference');
    throw new Error('unreachable: KASAN is fatal');
  }
  const one = run.state.objects[object];
  if (one === null) {
    run.report('KASAN', 'use-after-free');
    throw new Error('unreachable: KASAN is fatal');
  }
  return one;
}

export function load(run: Run, place: Place): number {
  if ('shared' in place) return run.state.shared[place.shared];
  if ('own' in place) return run.state.perCpu[place.own][place.of ?? run.cpu];
  const { value } = thing(run, run.local(place.object));
  if (value === null) run.report('KASAN', 'uninitialised');
  return value as number;
}

/** Stores and returns what is there now: a counter that wraps may hold another value than it was given. */
export function store(run: Run, place: Place, value: number): number {
  const { program } = run.code;
  if ('shared' in place) {
    const fitted = run.fit(program.shared[place.shared], value);
    run.state.shared[place.shared] = fitted;
    return fitted;
  }
  if ('own' in place) {
    const fitted = run.fit(program.perCpu[place.own], value);
    run.state.perCpu[place.own][place.of ?? run.cpu] = fitted;
    return fitted;
  }
  const one = thing(run, run.local(place.object));
  one.value = run.fit(valueType(run), value);
  return one.value;
}

export function allocate(run: Run, value: number | undefined): number {
  const { objects } = run.state;
  const free = objects.flatMap((one, index) => (one === null ? [index] : []));
  if (free.length === 0) {
    run.seen.add('no object is free');
    return NONE;
  }
  const object = free[run.choose(free.length)];
  const words = run.code.program.overlay ? 2 : 4;
  objects[object] = {
    value: value === undefined ? null : run.fit(valueType(run), value),
    words: Array(words).fill(null),
  };
  return object;
}

export function release(run: Run, object: number): void {
  if (object === NONE) run.report('KASAN', 'wild-free');
  if (run.state.objects[object] === null) run.report('KASAN', 'double-free');
  run.state.objects[object] = null;
}

// --- Words -------------------------------------------------------------------------------------------------------------------

export const nodeOf = (object: number): Word => `&obj${object}.node`;

/** The address of an rcu_head: over the list node, or behind it. */
export function headOf(run: Run, object: number): Word {
  return run.code.program.overlay ? nodeOf(object) : `&obj${object}.head`;
}

/** The object whose rcu_head lies at an address, or NONE. */
export function objectOfHead(code: Code, address: Word): number {
  const member = code.program.overlay ? 'node' : 'head';
  const at = new RegExp(`^&obj(\\d+)\\.${member}$`).exec(address);
  return at === null ? NONE : Number(at[1]);
}

/** Where a struct of two words lies, by its address. */
function locate(
  run: Run,
  address: Word,
): { words: (Word | null)[]; first: number; object: number } | undefined {
  const list = /^&list(\d+)$/.exec(address);
  if (list) return { words: run.state.lists[Number(list[1])], first: 0, object: NONE };
  const member = /^&obj(\d+)\.(node|head)$/.exec(address);
  if (!member) return undefined;
  const object = Number(member[1]);
  const words = run.state.objects[object]?.words ?? [];
  return { words, first: member[2] === 'node' ? 0 : 2, object };
}

/** Loads `next`, `prev` or `func` (word 0 or 1) of the struct at an address. */
export function loadWord(run: Run, address: Word, word: number): Word {
  const at = locate(run, address);
  if (at === undefined) throw new Error(`${address} is no address`);
  if (at.object !== NONE) thing(run, at.object);
  const value = at.words[at.first + word];
  if (value === null) run.report('KASAN', 'uninitialised');
  return value as Word;
}

export function storeWord(run: Run, address: Word, word: number, value: Word): void {
  const at = locate(run, address);
  if (at === undefined) throw new Error(`${address} is no address`);
  if (at.object !== NONE) {
    thing(run, at.object);
    const isHead = address === headOf(run, at.object);
    if (isHead && run.state.queued[at.object] !== null) {
      run.report('DEBUG_OBJECTS_RCU_HEAD', 'store-to-queued-head');
    }
  }
  at.words[at.first + word] = value;
}

/** The word as the address of a list_head, or the end of the path. */
function node(run: Run, word: Word): Word {
  if (word === 'NULL') run.report('KASAN', 'null-dereference');
  if (word.startsWith('LIST_POISON')) run.report('KASAN', 'poison-dereference');
  if (/^&list|\.node$/.test(word)) return word;
  run.report('KASAN', 'wild-dereference');
  return word;
}

// --- struct list_head --------------------------------------------------------------------------------------------------------

const NEXT = 0;
const PREV = 1;

function corruption(run: Run, kind: string): false {
  run.report('DEBUG_LIST', kind);
  return false;
}

function mayLink(run: Run, entry: Word, before: Word, after: Word): boolean {
  if (loadWord(run, after, PREV) !== before) return corruption(run, 'list-add-corruption');
  if (loadWord(run, before, NEXT) !== after) return corruption(run, 'list-add-corruption');
  if (entry === before || entry === after) return corruption(run, 'list-add-corruption');
  return true;
}

function link(run: Run, entry: Word, before: Word, after: Word): void {
  if (!mayLink(run, entry, before, after)) return;
  storeWord(run, after, PREV, entry);
  storeWord(run, entry, NEXT, after);
  storeWord(run, entry, PREV, before);
  storeWord(run, before, NEXT, entry);
}

function mayUnlink(run: Run, entry: Word, before: Word, after: Word): boolean {
  const bad = 'list-del-corruption';
  if (after === 'NULL' || before === 'NULL') return corruption(run, bad);
  if (after === 'LIST_POISON1' || before === 'LIST_POISON2') return corruption(run, bad);
  if (loadWord(run, node(run, before), NEXT) !== entry) return corruption(run, bad);
  if (loadWord(run, node(run, after), PREV) !== entry) return corruption(run, bad);
  return true;
}

function unlink(run: Run, entry: Word): void {
  const after = loadWord(run, entry, NEXT);
  const before = loadWord(run, entry, PREV);
  if (!mayUnlink(run, entry, before, after)) return;
  storeWord(run, after, PREV, before);
  storeWord(run, before, NEXT, after);
}

export function listWord(run: Run, word: ListWord, object: number, list: number): void {
  const head = `&list${list}`;
  if (object === NONE) thing(run, object);
  const entry = nodeOf(object);
  switch (word) {
    case 'INIT_LIST_HEAD':
      storeWord(run, entry, NEXT, entry);
      storeWord(run, entry, PREV, entry);
      break;
    case 'list_add':
      link(run, entry, head, node(run, loadWord(run, head, NEXT)));
      break;
    case 'list_add_tail':
      link(run, entry, node(run, loadWord(run, head, PREV)), head);
      break;
    case 'list_del':
      unlink(run, entry);
      storeWord(run, entry, NEXT, 'LIST_POISON1');
      storeWord(run, entry, PREV, 'LIST_POISON2');
      break;
    case 'list_del_init':
      unlink(run, entry);
      storeWord(run, entry, NEXT, entry);
      storeWord(run, entry, PREV, entry);
      break;
  }
}

/** The object whose node is first on a list, or NONE. */
export function firstOf(run: Run, list: number): number {
  const first = loadWord(run, `&list${list}`, NEXT);
  if (first === `&list${list}`) return NONE;
  const member = /^&obj(\d+)\.node$/.exec(first);
  if (!member) run.report('KASAN', 'wild-dereference');
  return Number(member?.[1]);
}
