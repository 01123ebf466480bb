/** What each CPU had in its locals when it went on, where that came from, and what others have made of it since. */
import type { AnyType } from '../design/schema.ts';
import type { FrozenState } from '../machine/frozen.ts';
import type { Cell } from '../machine/layout.ts';
import type { Cursor } from './cursor.ts';
import type { Belief } from './explanation.ts';
import { laneOf, type TraceStep } from './trace.ts';

/** Where the value of a local came from. */
interface Source {
  readonly local: Cell;
  readonly place: Cell;
  /** What the place held once it was read. */
  readonly held: string;
  readonly believed: string;
  readonly step: number;
}

/** The same of a field. */
interface OwnSource extends Source {
  /** The latest step that looked at it since. */
  used?: number;
}

/**
 * Every belief that has become false by what others did: of the locals that are still there at the end of a schedule against what is
 * true there, of those that a context's last step did away with against what was true before that step.
 */
export function beliefsOf(cursor: Cursor): Belief[] {
  const reader = new Reader(cursor);
  for (let step = 0; step < cursor.length; step += 1) reader.step(step);
  return reader.tell();
}

class Reader {
  private readonly cursor: Cursor;
  private readonly cells = new Map<string, Cell>();
  /** By context, then by cell of a local. */
  private readonly known = new Map<string, Map<number, Source>>();
  /** By CPU, then by cell of a field that is its own. */
  private readonly owned = new Map<number, Map<number, OwnSource>>();
  /** By context: its last step, and what was known before it and not after. */
  private readonly last = new Map<string, { step: number; lost: Source[] }>();

  constructor(cursor: Cursor) {
    this.cursor = cursor;
    for (const cell of cursor.compiled.layout.cells) this.cells.set(cell.name, cell);
  }

  step(index: number): void {
    const step = this.cursor.steps[index] as TraceStep;
    const known = this.known.get(laneOf(step)) ?? new Map<number, Source>();
    this.known.set(laneOf(step), known);
    const lost: Source[] = [];
    const read: number[] = [];
    for (const { cell, how } of this.cursor.touches[index] ?? []) {
      if (how === 'read') read.push(cell);
      if (how === 'read') continue;
      const before = known.get(cell);
      const now = how === 'set' ? this.sourceOf(index, cell, read, known) : undefined;
      if (now !== undefined) known.set(cell, now);
      else if (known.delete(cell) && before !== undefined && how === 'ends') lost.push(before);
    }
    this.last.set(laneOf(step), { step: index, lost });
    this.fields(index, step, read, known);
  }

  /** What a CPU keeps in the fields that are its own, `per_cpu(...)`; not what others put there. */
  private fields(
    index: number,
    step: TraceStep,
    read: readonly number[],
    known: ReadonlyMap<number, Source>,
  ): void {
    const { cursor } = this;
    const isOwn = (path: string): boolean => cpuOf(this.cells.get(path), cursor) === step.cpu;
    const own = this.owned.get(step.cpu) ?? new Map<number, OwnSource>();
    this.owned.set(step.cpu, own);
    for (const source of own.values())
      if (step.accesses.some(({ path }) => path === source.local.name)) source.used = index;
    for (const { path, write } of step.accesses) {
      const cell = this.cells.get(path);
      if (cell === undefined || !write) continue;
      if (!isOwn(path)) {
        for (const fields of this.owned.values()) fields.delete(cell.index);
        continue;
      }
      const after = cursor.state(index + 1);
      const believed = cursor.show(after, cell);
      const others = {
        accesses: step.accesses.filter((one) => !isOwn(one.path)),
        changes: step.changes.filter((one) => !isOwn(one.path)),
      };
      const place = this.placeOf(others, believed);
      const from =
        place === undefined
          ? this.copied(read, known, believed)
          : { place, held: cursor.show(after, place), step: index };
      own.delete(cell.index);
      if (from !== undefined) own.set(cell.index, { ...from, local: cell, believed });
    }
  }

  private sourceOf(
    index: number,
    cell: number,
    read: readonly number[],
    known: ReadonlyMap<number, Source>,
  ): Source | undefined {
    const { cursor } = this;
    const local = cursor.compiled.layout.cells[cell] as Cell;
    const after = cursor.state(index + 1);
    const step = cursor.steps[index] as TraceStep;
    // What starts has what it was queued with.
    if (step.enters !== undefined) return undefined;
    const change = step.locals.find(({ path }) => path === local.name);
    const believed = change?.after ?? cursor.show(after, local);
    const place = ownerOf(local) === step.stack.at(-1) ? this.placeOf(step, believed) : undefined;
    if (place !== undefined)
      return { local, place, held: cursor.show(after, place), believed, step: index };
    const source = this.copied(read, known, believed);
    return source === undefined ? undefined : { ...source, local, believed };
  }

  /** What a step knew of the value of a local that it read. */
  private copied(
    read: readonly number[],
    known: ReadonlyMap<number, Source>,
    believed: string,
  ): Source | undefined {
    const from = read.findLast((one) => same(known.get(one)?.believed, believed));
    return from === undefined ? undefined : known.get(from);
  }

  /** The place a step had a value from: one that held it, or for a number the only one it looked at. */
  private placeOf(
    { accesses, changes }: Pick<TraceStep, 'accesses' | 'changes'>,
    believed: string,
  ): Cell | undefined {
    const places = [...new Set(accesses.map(({ path }) => path))];
    const isSame = (path: string): boolean =>
      accesses.some((one) => one.path === path && leadsTo(one.value, believed)) ||
      changes.some((one) => one.path === path && leadsTo(one.before, believed));
    const isComputed = places.length === 1 && /^(?:\d+|0x[0-9a-f]+|true|false)$/.test(believed);
    const path = places.find(isSame) ?? (isComputed ? places[0] : undefined);
    return path === undefined ? undefined : this.cells.get(path);
  }

  tell(): Belief[] {
    const end = this.cursor.length;
    const found: Belief[] = [];
    for (const [lane, { step, lost }] of this.last) {
      const alive = [...(this.known.get(lane)?.values() ?? [])];
      found.push(...alive.flatMap((source) => this.judge(source, lane, end)));
      found.push(...lost.flatMap((source) => this.judge(source, lane, step)));
    }
    for (const fields of this.owned.values()) found.push(...this.tellOwn([...fields.values()]));
    return found.sort((one, other) => one.step - other.step || one.cpu - other.cpu);
  }

  /** Of fields that were used, only what the CPU's last step used, as it was then. */
  private tellOwn(fields: readonly OwnSource[]): Belief[] {
    const { steps } = this.cursor;
    return fields.flatMap((source) => {
      const { cpu } = steps[source.step] as TraceStep;
      const last = steps.findLastIndex((one) => one.cpu === cpu);
      const { used } = source;
      if (used !== undefined && used !== last) return [];
      const lane = laneOf(steps[source.step] as TraceStep);
      const [belief] = this.judge(source, lane, used ?? steps.length);
      return belief === undefined ? [] : [{ ...belief, local: source.local.name }];
    });
  }

  /** Against the state after `at` steps. */
  private judge(
    { local, place, held, believed, step }: Source,
    lane: string,
    at: number,
  ): Belief[] {
    const { cursor } = this;
    const state = cursor.state(at);
    const now = cursor.show(state, place);
    const writer = cursor.steps
      .slice(step + 1, at)
      .findLast(({ changes }) => changes.some(({ path }) => path === place.name));
    const isOthers = writer !== undefined && laneOf(writer) !== lane && now !== held;
    const { objects } = cursor.compiled.layout;
    const object = objects.find(({ name }) => leadsTo(believed, name));
    const isFree = object !== undefined && !this.isLive(object, state);
    // Changed and changed back, it is as it was read.
    if (!isFree && (!isOthers || same(now, believed))) return [];
    const freed = isFree ? object : undefined;
    const truth = this.truthOf(place, same(now, believed) ? GONE : now, freed?.name, state);
    const name = local.name.slice(local.name.lastIndexOf('.') + 1);
    const { cpu } = cursor.steps[step] as TraceStep;
    return [{ cpu, local: name, believed, place: place.name, truth, step }];
  }

  /** What is at a place now, and that its object or the one it was believed to lead to is free. */
  private truthOf(
    { name }: Cell,
    now: string,
    freed: string | undefined,
    state: FrozenState,
  ): string {
    const { compiled } = this.cursor;
    const around = compiled.layout.objects.find(
      (one) => name.startsWith(`${one.name}.`) && !this.isLive(one, state),
    );
    const told = [
      ...(around === undefined && now !== GONE ? [now] : []),
      ...new Set(
        [around?.name, freed].flatMap((one) => (one === undefined ? [] : [`${one} is free`])),
      ),
    ];
    return told.length === 0 ? 'free' : told.join(', and ');
  }

  private isLive({ live }: { readonly live: number }, state: FrozenState): boolean {
    return this.cursor.show(state, this.cursor.compiled.layout.cells[live] as Cell) !== '0';
  }
}

/** The function that a local belongs to: `page_table_free` of `CPU1 page_table_free#4.page`. */
function ownerOf({ name }: Cell): string | undefined {
  return /^(?:.* )?([^ ]+?)(?:#\d+)?\.[^.]+$/.exec(name)?.[1];
}

/** The CPU that a cell in a `per_cpu(...)` belongs to. */
function cpuOf(cell: Cell | undefined, { compiled }: Cursor): number | undefined {
  const [root, ...path] = cell?.path ?? [];
  let type: AnyType | undefined = compiled.model.machine.schema[root as string];
  for (const key of path) {
    if (type?.kind === 'array' && type.length === 'cpus') return key as number;
    if (type?.kind === 'record') type = type.fields[key];
    else type = type?.kind === 'array' || type?.kind === 'heap' ? type.element : undefined;
  }
  return undefined;
}

const GONE = 'uninitialised';

/** Whether a value is another, or the address of something in the object that the other names: `&item[0].node` in `item[0]`. */
function leadsTo(value: string, other: string): boolean {
  return same(value, other) || value === `&${other}` || value.startsWith(`&${other}.`);
}

/** Hexadecimal or not. */
function same(one: string | undefined, other: string): boolean {
  if (one === undefined) return false;
  return one === other || (/^\d/.test(one) && /^\d/.test(other) && Number(one) === Number(other));
}
