/** Objects that are allocated and freed, and what is still reachable. */
import { ADDRESS_BASE, ADDRESS_STEP } from '../design/processor.ts';
import { NONE, type View } from '../design/schema.ts';
import type { Engine } from './engine.ts';
import type { Cell, HeapObject, ViewPlan } from './layout.ts';
import type { Slot } from './machine.ts';

/** What `keeper` says of an object that several can reach, nobody, or that is not live; else the one CPU. */
export const SHARED = -1;
export const NOBODY = -2;
export const DEAD = -3;

export class Heap {
  /** Allocations that found no free object, over the whole search. */
  refused = 0;
  private readonly engine: Engine;
  private readonly objectsOf = new Map<string, HeapObject[]>();
  private readonly ownerOfCell: Int32Array;
  private readonly rootCells: Cell[];
  private readonly indexOf: ReadonlyMap<string, number>;

  constructor(engine: Engine) {
    this.engine = engine;
    const { layout, model } = engine.compiled;
    this.ownerOfCell = new Int32Array(layout.cells.length).fill(-1);
    for (const object of layout.objects) {
      const siblings = this.objectsOf.get(object.heap) ?? [];
      siblings.push(object);
      this.objectsOf.set(object.heap, siblings);
      this.ownerOfCell.fill(object.index, object.firstCell, object.endCell);
    }
    this.indexOf = new Map(layout.objects.map(({ name, index }) => [name, index]));
    this.rootCells = layout.cells.filter(
      (cell) =>
        cell.object === -1 &&
        (cell.role === 'shared' || cell.role === 'client') &&
        (model.roots === undefined || model.roots.includes(String(cell.path[0]))),
    );
  }

  /** Looks at something once more: allocations that were counted before are not counted again. */
  uncounted<T>(look: () => T): T {
    const { refused } = this;
    const seen = look();
    this.refused = refused;
    return seen;
  }

  allocate(
    plan: ViewPlan,
    heap: View,
    initial: Readonly<Record<string, unknown>> | undefined,
    slot: Slot,
  ): number {
    const objects = this.objectsOf.get(plan.name) ?? [];
    const free = objects.filter((object) => !this.engine.memory.isSet(object.live));
    if (free.length === 0) {
      this.refused += 1;
      return NONE;
    }
    const object = free[free.length === 1 ? 0 : this.engine.choose(free.length)] as HeapObject;
    this.engine.memory.setCode(object.live, 1);
    this.engine.obtained.forget(slot, 1 << object.index);
    const index = objects.indexOf(object);
    if (initial !== undefined) this.initialise((heap as unknown as View[])[index] as View, initial);
    return index;
  }

  /** What the allocator itself sets is no access: nobody else can see the object yet. */
  private initialise(view: View, initial: Readonly<Record<string, unknown>>): void {
    this.engine.unlogged(() => Object.assign(view, initial));
  }

  release(plan: ViewPlan, index: number): void {
    const object = this.objectsOf.get(plan.name)?.[index];
    if (object === undefined) {
      this.engine.report(
        'KASAN',
        'wild-free',
        `${plan.name}[${index}]`,
        `${plan.name}[${index}] is freed but is no object`,
      );
      return;
    }
    if (this.engine.memory.code(object.live) === 0) {
      this.engine.report('KASAN', 'double-free', object.name, `${object.name} is freed twice`);
      return;
    }
    const { memory } = this.engine;
    memory.setCode(object.live, 0);
    for (let cell = object.firstCell; cell < object.endCell; cell += 1) memory.setCode(cell, 0);
  }

  isLive(object: number): boolean {
    if (object === -1) return true;
    return (
      this.engine.memory.code((this.engine.compiled.layout.objects[object] as HeapObject).live) ===
      1
    );
  }

  /** Called by views that read code 0 in a heap object: freed, or not initialised. */
  unset(cell: number): void {
    const { name, object } = this.engine.compiled.layout.cells[cell] as Cell;
    if (this.isLive(object)) {
      if (this.engine.speculating) return;
      this.engine.report(
        'KASAN',
        'uninitialised',
        name,
        `${name} is read before it was ever stored`,
      );
    } else {
      this.dead(cell, 'read');
    }
  }

  dead(cell: number, access: 'read' | 'written'): void {
    if (this.engine.speculating) return;
    const { name } = this.engine.compiled.layout.cells[cell] as Cell;
    this.engine.report(
      'KASAN',
      'use-after-free',
      name,
      `${name} is ${access} but its object is free`,
    );
  }

  /** Live objects no root reaches, by name. */
  leaked(): string[] {
    const { layout } = this.engine.compiled;
    const live = layout.objects.filter((object) => this.engine.memory.code(object.live) === 1);
    if (live.length === 0) return [];
    const reached = new Set<number>();
    const queue: number[] = [];
    const visit = (cell: Cell): void => {
      for (const target of this.pointees(cell)) {
        if (reached.has(target)) continue;
        reached.add(target);
        queue.push(target);
      }
    };
    for (const cell of this.rootCells) visit(cell);
    for (let at = 0; at < queue.length; at += 1) {
      const object = layout.objects[queue[at] as number] as HeapObject;
      for (let cell = object.firstCell; cell < object.endCell; cell += 1)
        visit(layout.cells[cell] as Cell);
    }
    return live.filter((object) => !reached.has(object.index)).map((object) => object.name);
  }

  /** Whose locals alone lead to an object: a CPU, or `SHARED`, `NOBODY` or `DEAD`. Ghosts lead nowhere. */
  keeper(object: number): number {
    if (!this.isLive(object)) return DEAD;
    const { layout } = this.engine.compiled;
    const queued = [...layout.heads, ...layout.works].some(
      ({ plan, cells }) =>
        plan.object === object && this.engine.memory.code(cells.queued as number) !== 0,
    );
    if (queued) return SHARED;
    let keeper = NOBODY;
    for (const cell of layout.cells) {
      if (cell.object === object || cell.role === 'ghost') continue;
      if (!this.pointees(cell).includes(object)) continue;
      if (cell.role !== 'local') return SHARED;
      const cpu = layout.cpuNames.indexOf(String(cell.path[1]));
      if (keeper !== NOBODY && keeper !== cpu) return SHARED;
      keeper = cpu;
    }
    return keeper;
  }

  /** The same as a set: a bit for each of the first 31 objects. */
  leadsTo(cell: number): number {
    const targets = this.pointees(this.engine.compiled.layout.cells[cell] as Cell);
    return targets.reduce((set, object) => (object < 31 ? set | (1 << object) : set), 0);
  }

  /** The objects that the reference, set or address in a cell leads to. */
  private pointees(cell: Cell): readonly number[] {
    const { codec } = cell;
    if (codec.kind !== 'word' && codec.leadsTo === undefined) return [];
    const code = this.engine.memory.code(cell.index) - cell.bias;
    if (code < 0) return [];
    if (codec.kind === 'word') {
      const word = codec.value(code) as number;
      const owner =
        word < ADDRESS_BASE ? -1 : this.ownerOfCell[(word - ADDRESS_BASE) / ADDRESS_STEP];
      return owner === undefined || owner === -1 ? [] : [owner];
    }
    const names = codec.leadsTo?.(code) ?? [];
    return names.flatMap((name) => this.indexOf.get(name) ?? []);
  }
}
