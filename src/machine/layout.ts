/** Where everything lies: cells, their bytes and names, and the views that stand on them. */
import { HeddleError } from '../design/errors.ts';
import {
  type AnyType,
  type Fields,
  type RecordType,
  type Role,
  type ScalarType,
  UNION,
} from '../design/schema.ts';
import { type Codec, codecOf, intCodec, type Lengths, Words } from './codec.ts';
import { mustBeWords } from './places.ts';

/** `hidden` is what the machine keeps beside a record, `control` what it keeps for a CPU, `local` a frame. */
export type CellRole = Role | 'hidden' | 'control' | 'local';

export interface Cell {
  readonly index: number;
  /** Path as people read it, and as the frozen state nests it. */
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly codec: Codec;
  /** 1 in a heap object, where code 0 means uninitialised; else 0. */
  readonly bias: 0 | 1;
  readonly role: CellRole;
  /** Heap object it belongs to, or -1. */
  readonly object: number;
  readonly offset: number;
  readonly width: 1 | 2 | 4;
  /** Other names of the same word in an overlay. */
  readonly aliases: string[];
}

export interface HeapObject {
  readonly index: number;
  readonly heap: string;
  readonly name: string;
  readonly live: number;
  readonly firstCell: number;
  readonly endCell: number;
}

/** One view to be: a record, array or heap at its place. Plans of one `type` and `inHeap` share a class. */
export interface ViewPlan {
  readonly type: AnyType;
  readonly name: string;
  readonly cell: number;
  readonly offset: number;
  /** The heap object, or -1. */
  readonly object: number;
  readonly role: Role;
  /**
   * By field name or element index: a child view, or a cell relative to `cell` with its byte
   * relative to `offset`.
   */
  readonly members: ReadonlyMap<
    string,
    ViewPlan | { readonly cell: number; readonly offset: number }
  >;
}

const SCALARS: ReadonlySet<string> = new Set(['int', 'bool', 'enum', 'ref', 'cpu', 'word', 'set']);

/** Cells the machine keeps for one rcu_head or work_struct. */
export interface Hidden {
  readonly plan: ViewPlan;
  readonly cells: Readonly<Record<string, number>>;
}

export function widthOf(codes: number): 1 | 2 | 4 {
  return codes <= 0x100 ? 1 : codes <= 0x10000 ? 2 : 4;
}

/** Collects cells; `align` ends a group so that equal groups are laid out equally. */
export class Layout {
  readonly cells: Cell[] = [];
  readonly objects: HeapObject[] = [];
  readonly heads: Hidden[] = [];
  readonly works: Hidden[] = [];
  readonly locks: ViewPlan[] = [];
  /** Record plans that start at or cover a cell, by the cell they start at. */
  readonly plansAt = new Map<number, ViewPlan[]>();
  /** For `order: 'fifo'`: head and tail cell of CPU c's callback list at 2c and 2c + 1. */
  readonly callbackLists: number[] = [];
  readonly words: Words;
  readonly cpuNames: readonly string[];
  bytes = 0;
  root!: ViewPlan;
  sharedCells = 0;
  private readonly lengths: Lengths;
  private readonly schema: Fields;

  constructor(
    schema: Fields,
    constants: Readonly<Record<string, number>>,
    functions: readonly string[],
    cpuNames: readonly string[],
    private readonly fifo: boolean,
  ) {
    this.schema = schema;
    this.cpuNames = cpuNames;
    this.lengths = (target) => this.lengthOf(target);
    const paths = new AddressCounter(cpuNames.length).paths(schema);
    const lists = fifo
      ? cpuNames.flatMap((_, cpu) => [`rcu[${cpu}].head`, `rcu[${cpu}].tail`])
      : [];
    this.words = new Words(constants, [...functions, LEAK_CALLBACK], [...paths, ...lists]);
    this.placeState();
    if (this.sharedCells !== paths.length) throw new Error('address count differs from the layout');
  }

  private placeState(): void {
    const root: RecordType<Fields> = { kind: 'record', name: 'state', fields: this.schema };
    this.root = this.place(root, '', [], -1, 'shared') as ViewPlan;
    this.sharedCells = this.cells.length;
    if (this.fifo) this.placeCallbackLists();
    for (const plan of [...this.plansAt.values()].flat()) this.placeHidden(plan);
  }

  /**
   * The list of each CPU's callbacks and its tail, the address of a word; addressable, so right
   * after the schema.
   */
  private placeCallbackLists(): void {
    const codec = this.codec({ kind: 'word' });
    for (const cpu of this.cpuNames.keys()) {
      for (const end of ['head', 'tail']) {
        const cell = this.add(`rcu[${cpu}].${end}`, ['rcu', cpu, end], codec, 'hidden');
        this.callbackLists.push(cell);
      }
    }
  }

  /** Adds a cell that no model declares. */
  add(name: string, path: readonly (string | number)[], codec: Codec, role: CellRole): number {
    return this.cell(name, path, codec, 0, role, -1);
  }

  /** Adds a local: its byte may be shared with the locals of other calls. */
  addLocal(name: string, path: readonly (string | number)[], codec: Codec, offset: number): number {
    const end = this.bytes;
    this.bytes = offset;
    const index = this.cell(name, path, codec, 0, 'local', -1);
    this.bytes = Math.max(end, this.bytes);
    return index;
  }

  codec(type: ScalarType<unknown>): Codec {
    return codecOf(type, this.words, this.lengths);
  }

  private cell(
    name: string,
    path: readonly (string | number)[],
    codec: Codec,
    bias: 0 | 1,
    role: CellRole,
    object: number,
  ): number {
    const width = widthOf(codec.size + bias);
    if (codec.size + bias > 2 ** 32) {
      throw new HeddleError('bad-schema', `${name} leaves no value for 'uninitialised'`);
    }
    const index = this.cells.length;
    const offset = this.bytes;
    this.cells.push({ index, name, path, codec, bias, role, object, offset, width, aliases: [] });
    this.bytes += width;
    return index;
  }

  private lengthOf(target: string): { length: number; name(index: number): string } {
    if (target === 'cpu') {
      return { length: this.cpuNames.length, name: (index) => this.cpuNames[index] as string };
    }
    if (target === 'context') {
      const contexts = ['', ' softirq', ' hardirq'];
      return {
        length: this.cpuNames.length * 3,
        name: (index) => `${this.cpuNames[Math.floor(index / 3)]}${contexts[index % 3]}`,
      };
    }
    const type = this.schema[target];
    if (type === undefined || (type.kind !== 'heap' && type.kind !== 'array')) {
      throw new HeddleError(
        'bad-schema',
        `ref('${target}'): the schema has no heap or array of this name`,
      );
    }
    const length = type.length === 'cpus' ? this.cpuNames.length : type.length;
    return { length, name: (index) => `${target}[${index}]` };
  }

  private place(
    type: AnyType,
    name: string,
    path: readonly (string | number)[],
    object: number,
    outer: Role,
  ): ViewPlan | undefined {
    const role = type.role ?? outer;
    switch (type.kind) {
      case 'record':
        return this.placeRecord(type, name, path, object, role);
      case 'array': {
        const length = type.length === 'cpus' ? this.cpuNames.length : type.length;
        return this.placeElements(type, type.element, length, name, path, object, role);
      }
      case 'heap':
        return this.placeElements(type, type.element, type.length, name, path, object, role);
      default:
        this.placeScalar(type, name, path, object, role);
        return undefined;
    }
  }

  private placeScalar(
    type: ScalarType<unknown>,
    name: string,
    path: readonly (string | number)[],
    object: number,
    role: Role,
  ): void {
    if (!SCALARS.has(type.kind)) {
      const hint = 'an overlay is spread into its record: ...overlay({ ... })';
      throw new HeddleError('bad-schema', `${name} is no type (${hint})`);
    }
    this.cell(name, path, this.codec(type), object === -1 ? 0 : 1, role, object);
  }

  private placeRecord(
    type: RecordType<Fields>,
    name: string,
    path: readonly (string | number)[],
    object: number,
    role: Role,
  ): ViewPlan {
    const members = new Map<string, ViewPlan | { cell: number; offset: number }>();
    const start = { cell: this.cells.length, offset: this.bytes };
    const unions = new Map<number, Union>();
    for (const [field, member] of Object.entries(type.fields)) {
      const union = (member as { [UNION]?: number })[UNION];
      const fieldName = name === '' ? field : `${name}.${field}`;
      const open = union === undefined ? undefined : unions.get(union);
      if (open !== undefined) {
        members.set(
          field,
          this.overlay(open, member, fieldName, [...path, field], object, role, start),
        );
        continue;
      }
      const at = { cell: this.cells.length, offset: this.bytes };
      const child = this.place(member, fieldName, [...path, field], object, role);
      members.set(field, child ?? { cell: at.cell - start.cell, offset: at.offset - start.offset });
      if (union !== undefined) unions.set(union, { ...at, endCell: this.cells.length });
    }
    const plan: ViewPlan = { type, name, ...start, object, role, members };
    this.register(plan);
    return plan;
  }

  private register(plan: ViewPlan): void {
    const plans = this.plansAt.get(plan.cell) ?? [];
    plans.push(plan);
    this.plansAt.set(plan.cell, plans);
    if ((plan.type as RecordType<Fields>).name === 'spinlock') this.locks.push(plan);
  }

  /** Places a further member of an anonymous union over the words of the first. */
  private overlay(
    union: Union,
    type: AnyType,
    name: string,
    path: readonly (string | number)[],
    object: number,
    role: Role,
    record: { cell: number; offset: number },
  ): ViewPlan | { cell: number; offset: number } {
    const end = { cells: this.cells.length, bytes: this.bytes };
    const firstObject = this.objects.length;
    // Lay the member out after everything else to learn its shape, then fold it onto the union.
    const child = this.place(type, name, path, object, role);
    const shape = this.cells.splice(end.cells);
    this.bytes = end.bytes;
    if (this.objects.length > firstObject) {
      throw new HeddleError('bad-schema', `${name}: a heap cannot lie in an overlay`);
    }
    if (shape.length > union.endCell - union.cell) {
      throw new HeddleError(
        'bad-schema',
        `${name} is longer than the first member of its overlay: put the longest first`,
      );
    }
    shape.forEach((cell, index) => {
      const under = this.cells[union.cell + index] as Cell;
      if (cell.codec.kind !== 'word' || under.codec.kind !== 'word') {
        throw new HeddleError(
          'bad-schema',
          `${cell.name}: members of an overlay are made of words`,
        );
      }
      under.aliases.push(cell.name);
    });
    if (child === undefined)
      return { cell: union.cell - record.cell, offset: union.offset - record.offset };
    return this.shift(child, union.cell - end.cells, union.offset - end.bytes);
  }

  private shift(plan: ViewPlan, cells: number, bytes: number): ViewPlan {
    const members = new Map(
      [...plan.members].map(([key, member]) => [
        key,
        'type' in member ? this.shift(member, cells, bytes) : member,
      ]),
    );
    const moved = { ...plan, cell: plan.cell + cells, offset: plan.offset + bytes, members };
    const stale = this.plansAt.get(plan.cell)?.filter((one) => one !== plan) ?? [];
    if (stale.length === 0) this.plansAt.delete(plan.cell);
    else this.plansAt.set(plan.cell, stale);
    const lock = this.locks.indexOf(plan);
    if (lock !== -1) this.locks.splice(lock, 1);
    if (plan.type.kind === 'record') this.register(moved);
    return moved;
  }

  private placeElements(
    type: AnyType,
    element: AnyType,
    length: number,
    name: string,
    path: readonly (string | number)[],
    object: number,
    role: Role,
  ): ViewPlan {
    const start = { cell: this.cells.length, offset: this.bytes };
    const members = new Map<string, ViewPlan | { cell: number; offset: number }>();
    for (let index = 0; index < length; index += 1) {
      const elementName = `${name}[${index}]`;
      const elementPath = [...path, index];
      let owner = object;
      if (type.kind === 'heap') {
        if (object !== -1)
          throw new HeddleError('bad-schema', `${name}: a heap lies inside a heap`);
        owner = this.openObject(name, elementName, elementPath);
      }
      const at = { cell: this.cells.length, offset: this.bytes };
      const child = this.place(element, elementName, elementPath, owner, role);
      members.set(
        String(index),
        child ?? { cell: at.cell - start.cell, offset: at.offset - start.offset },
      );
      if (type.kind === 'array' && type.placed !== undefined) {
        mustBeWords(this.cells.slice(at.cell), type.placed.bytes, elementName);
      }
      if (type.kind === 'heap') {
        const opened = this.objects[owner] as { -readonly [K in keyof HeapObject]: HeapObject[K] };
        opened.endCell = this.cells.length;
      }
    }
    return { type, name, ...start, object, role, members };
  }

  private openObject(heap: string, name: string, path: readonly (string | number)[]): number {
    const index = this.objects.length;
    const live = this.cell(
      `${name} is live`,
      [...path, 'live'],
      intCodec(2, false),
      0,
      'hidden',
      -1,
    );
    const firstCell = this.cells.length;
    this.objects.push({ index, heap, name, live, firstCell, endCell: firstCell });
    return index;
  }

  private placeHidden(plan: ViewPlan): void {
    const type = plan.type as RecordType<Fields>;
    if (type.hidden === undefined) return;
    const cells: Record<string, number> = {};
    const queued = this.add(
      `${plan.name} queued`,
      ['queues', plan.name, 'queued'],
      intCodec(this.cpuNames.length + 1, false),
      'hidden',
    );
    cells.queued = queued;
    if (type.name === 'rcu_head') {
      const readers = intCodec(2 ** (this.cpuNames.length * 3), false);
      cells.waiting = this.add(
        `${plan.name} waits for`,
        ['queues', plan.name, 'waiting'],
        readers,
        'hidden',
      );
      this.heads.push({ plan, cells });
    } else {
      this.works.push({ plan, cells });
    }
  }
}

/** What DEBUG_OBJECTS_RCU_HEAD puts in place of the callbacks of a head that was queued twice. */
export const LEAK_CALLBACK = 'rcu_leak_callback';

interface Union {
  readonly cell: number;
  readonly offset: number;
  readonly endCell: number;
}

/** Names every addressable cell before words can be numbered; mirrors the order of `Layout.place`. */
class AddressCounter {
  constructor(private readonly cpuCount: number) {}

  paths(schema: Fields): string[] {
    return this.of({ kind: 'record', name: 'state', fields: schema }, '');
  }

  private of(type: AnyType, name: string): string[] {
    if (type.kind === 'record') return this.ofRecord(type, name);
    if (type.kind !== 'array' && type.kind !== 'heap') return [name];
    const length = type.length === 'cpus' ? this.cpuCount : type.length;
    const all: string[] = [];
    for (let index = 0; index < length; index += 1) {
      if (type.kind === 'heap') all.push(`${name}[${index}] is live`);
      all.push(...this.of(type.element, `${name}[${index}]`));
    }
    return all;
  }

  private ofRecord(type: RecordType<Fields>, name: string): string[] {
    const seen = new Set<number>();
    const all: string[] = [];
    for (const [field, member] of Object.entries(type.fields)) {
      const union = (member as { [UNION]?: number })[UNION];
      if (union !== undefined && seen.has(union)) continue;
      if (union !== undefined) seen.add(union);
      all.push(...this.of(member as AnyType, name === '' ? field : `${name}.${field}`));
    }
    // A struct is called by its own name where its first word is meant.
    if (type.name === 'list_head' || type.name === 'rcu_head') all[0] = name;
    return all;
  }
}
