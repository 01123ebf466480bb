/** What each CPU had in its locals when it went on, where that came from, and what others have made of it since. */
import type { Cell } from '../machine/layout.ts';
import type { Cursor } from './cursor.ts';
import type { Belief } from './explanation.ts';
import type { TraceStep } from './trace.ts';

/** Where the value of a local came from. */
interface Source {
  readonly local: Cell;
  readonly place: Cell;
  /** What the place held once it was read. */
  readonly held: string;
  readonly believed: string;
  readonly step: number;
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
    const change = step.locals.find(({ path }) => path === local.name);
    const believed = change?.after ?? cursor.show(after, local);
    const places = [...new Set(step.accesses.map(({ path }) => path))];
    const isSame = (path: string): boolean =>
      step.accesses.some((one) => one.path === path && same(one.value, believed)) ||
      step.changes.some((one) => one.path === path && same(one.before, believed));
    const path = places.find(isSame) ?? (places.length === 1 ? places[0] : undefined);
    const place = path === undefined ? undefined : this.cells.get(path);
    if (place !== undefined)
      return { local, place, held: cursor.show(after, place), believed, step: index };
    const copied = read.findLast((one) => same(known.get(one)?.believed, believed));
    const source = copied === undefined ? undefined : known.get(copied);
    return source === undefined ? undefined : { ...source, local, believed };
  }

  tell(): Belief[] {
    const end = this.cursor.length;
    const found: Belief[] = [];
    for (const [lane, { step, lost }] of this.last) {
      const alive = [...(this.known.get(lane)?.values() ?? [])];
      found.push(...alive.flatMap((source) => this.judge(source, lane, end)));
      found.push(...lost.flatMap((source) => this.judge(source, lane, step)));
    }
    return found.sort((one, other) => one.step - other.step || one.cpu - other.cpu);
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
    const object = cursor.compiled.layout.objects.find(({ name }) => name === believed);
    const isFree =
      object !== undefined &&
      cursor.show(state, cursor.compiled.layout.cells[object.live] as Cell) === '0';
    if (!isOthers && !isFree) return [];
    const value = now === 'uninitialised' ? 'in a free object' : now;
    const truth = isFree ? `${value}, and ${believed} is free` : value;
    const name = local.name.slice(local.name.lastIndexOf('.') + 1);
    const { cpu } = cursor.steps[step] as TraceStep;
    return [{ cpu, local: name, believed, place: place.name, truth, step }];
  }
}

function laneOf({ cpu, context }: TraceStep): string {
  return `${cpu} ${context}`;
}

/** Hexadecimal or not. */
function same(one: string | undefined, other: string): boolean {
  if (one === undefined) return false;
  return one === other || (/^\d/.test(one) && /^\d/.test(other) && Number(one) === Number(other));
}
