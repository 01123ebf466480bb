/**
 * Views: one class per record type, generated from its fields, with the place as instance fields.
 * The two engines differ in what an accessor does, so each passes a writer of accessor bodies; no
 * proxy and no closure per instance (semantics.md section 11).
 */
import { type Fields, NONE, type RecordType, type ScalarType } from '../design/schema.ts';
import type { Cell, ViewPlan } from './layout.ts';

/** Writes the body of a getter and of a setter (parameter `v`) for one field of a class. */
export interface AccessorWriter {
  getter(field: FieldShape): string;
  setter(field: FieldShape): string;
  /** What generated code may name, beside `this`. */
  readonly names: Readonly<Record<string, unknown>>;
}

/** A field of a class, as generated code finds it from the instance's `$cell` and `$o`. */
export interface FieldShape {
  readonly name: string;
  /** Expressions for its cell and its first byte: `this.$cell + 3`, `this.$o + 5`. */
  readonly cell: string;
  readonly offset: string;
  /** One of the cells that instances have there: they agree in codec, width, bias and role. */
  readonly sample: Cell;
  /** The word belongs to an rcu_head: stores ask whether it is queued. */
  readonly inHead: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: views are made of what the schema says.
export type AnyView = any;

/** A field at a fixed place of its record or frame. */
export function fieldAt(
  name: string,
  at: { readonly cell: number; readonly offset: number },
  sample: Cell,
  inHead: boolean,
): FieldShape {
  return {
    name,
    cell: `this.$cell + ${at.cell}`,
    offset: `this.$o + ${at.offset}`,
    sample,
    inHead,
  };
}

interface ClassShape {
  readonly fields: readonly FieldShape[];
  /** The element of a scalar array, by its index `i`: what `get` and `set` read and write. */
  readonly element: FieldShape | undefined;
  readonly children: readonly string[];
  readonly flags: readonly string[] | undefined;
  readonly length: number | undefined;
  /** Accessors for index -1 and beyond are made for heaps and arrays, to report instead of crash. */
  readonly elements: boolean;
}

/** Makes the views of one engine. */
export class ViewFactory {
  private readonly classes = new Map<unknown, Map<string, AnyView>>();
  private readonly writer: AccessorWriter;
  private readonly cells: readonly Cell[];
  private readonly headCells: ReadonlySet<number>;
  private readonly liveOffset: (object: number) => number;

  constructor(
    writer: AccessorWriter,
    cells: readonly Cell[],
    headCells: ReadonlySet<number>,
    liveOffset: (object: number) => number,
  ) {
    this.writer = writer;
    this.cells = cells;
    this.headCells = headCells;
    this.liveOffset = liveOffset;
  }

  /** The view of a plan and all below it; `made` collects each by plan. */
  make(plan: ViewPlan, made: Map<ViewPlan, AnyView>): AnyView {
    const children: AnyView[] = [];
    for (const member of plan.members.values()) {
      if ('type' in member) children.push(this.make(member, made));
    }
    const View = this.classOf(plan);
    const live = plan.object === -1 ? -1 : this.liveOffset(plan.object);
    const view = new View(plan.cell, plan.offset, live, plan.object, plan.name, children);
    made.set(plan, view);
    return view;
  }

  /** A view over the locals of one scope. */
  frame(fields: readonly FieldShape[]): new (cell: number, offset: number) => AnyView {
    const shape: ClassShape = {
      fields,
      element: undefined,
      children: [],
      flags: undefined,
      length: undefined,
      elements: false,
    };
    const View = this.generate(shape);
    return class extends View {
      constructor(cell: number, offset: number) {
        super(cell, offset, -1, -1, 'locals', []);
      }
    } as never;
  }

  private classOf(plan: ViewPlan): AnyView {
    const kinds = this.classes.get(plan.type) ?? new Map<string, AnyView>();
    this.classes.set(plan.type, kinds);
    const kind = `${plan.role} ${plan.object === -1 ? 'static' : 'heap'}`;
    const View = kinds.get(kind) ?? this.generate(this.shapeOf(plan));
    kinds.set(kind, View);
    return View;
  }

  private shapeOf(plan: ViewPlan): ClassShape {
    const fields: FieldShape[] = [];
    const children: string[] = [];
    for (const [name, member] of plan.members) {
      if ('type' in member) {
        children.push(name);
        continue;
      }
      const cell = plan.cell + member.cell;
      const sample = this.cells[cell] as Cell;
      fields.push(fieldAt(name, member, sample, this.headCells.has(cell)));
    }
    const { kind } = plan.type;
    const flags =
      kind === 'record'
        ? ((plan.type as RecordType<Fields>).fields.flags as ScalarType<number> | undefined)?.values
        : undefined;
    const elements = kind === 'array' || kind === 'heap';
    return {
      fields: elements ? [] : fields,
      element: elements ? elementOf(fields[0]) : undefined,
      children,
      flags,
      length: elements ? plan.members.size : undefined,
      elements,
    };
  }

  /**
   * `get(i)` and `set(i, v)`, and `array[i]` on top of them: an engine reaches an indexed accessor
   * fifty times slower than a method.
   */
  private indexed(element: FieldShape, length: number): string {
    const outside = `if (!(i >= 0 && i < ${length})) F.outside(this.$path, i);`;
    const methods = `get(i) { ${outside} ${this.writer.getter(element)} }
  set(i, v) { ${outside} ${this.writer.setter(element)} }`;
    const indices = Array.from(
      { length },
      (_, i) => `get ${i}() { return this.get(${i}); } set ${i}(v) { this.set(${i}, v); }`,
    );
    return `${methods}\n  ${indices.join('\n  ')}`;
  }

  private generate(shape: ClassShape): AnyView {
    const accessors = shape.fields.map((field) => {
      const key = JSON.stringify(field.name);
      return `get [${key}]() { ${this.writer.getter(field)} }\n  set [${key}](v) { ${this.writer.setter(field)} }`;
    });
    const indexed =
      shape.element === undefined ? '' : this.indexed(shape.element, shape.length ?? 0);
    const assigned = shape.children.map(
      (name, at) => `this[${JSON.stringify(name)}] = children[${at}];`,
    );
    const element = shape.element === undefined ? 'this[i]' : 'this.get(i)';
    const iterator = shape.elements
      ? `*[Symbol.iterator]() { for (let i = 0; i < this.length; i += 1) yield ${element}; }`
      : '';
    const source = `'use strict'; return class View {
  constructor($cell, $o, $live, $object, $path, children) {
    this.$cell = $cell; this.$o = $o; this.$live = $live; this.$object = $object; this.$path = $path;
    ${assigned.join(' ')}
    ${shape.length === undefined ? '' : `this.length = ${shape.length};`}
    if (new.target === View) Object.freeze(this);
  }
  ${accessors.join('\n  ')}
  ${indexed}
${iterator}
  get $flags() { return ${JSON.stringify(shape.flags ?? null)} ?? undefined; }
};`;
    const names = Object.keys(this.writer.names);
    const values = Object.values(this.writer.names);
    const View = factoryOf(names, source)(...values);
    if (shape.elements) {
      Object.setPrototypeOf(View.prototype, outside(this.writer.names, shape.length ?? 0));
    }
    return View;
  }
}

/** Classes made last, by their source: engines of one model have the same, and parsing it takes longest. */
const factories = new Map<string, (...values: unknown[]) => AnyView>();
const MOST_FACTORIES = 1000;

function factoryOf(names: readonly string[], source: string): (...values: unknown[]) => AnyView {
  const key = `${names.join()};${source}`;
  const known = factories.get(key);
  if (known !== undefined) return known;
  if (factories.size >= MOST_FACTORIES) factories.clear();
  const made = new Function(...names, source) as (...values: unknown[]) => AnyView;
  factories.set(key, made);
  return made;
}

function elementOf(first: FieldShape | undefined): FieldShape | undefined {
  if (first === undefined) return undefined;
  const { width } = first.sample;
  return { ...first, cell: 'this.$cell + i', offset: `this.$o + i * ${width}` };
}

/** Indices past the end that are watched; `get` and `set` watch all. */
const WATCHED_PAST_END = 16;

/** What an index outside an array or heap meets, `NONE` above all: a report, where C would read another object. */
function outside(names: Readonly<Record<string, unknown>>, length: number): object {
  const fault = names.F as { outside(path: string, index: number): never };
  const watched: Record<string, PropertyDescriptor> = {};
  const past = Array.from({ length: WATCHED_PAST_END }, (_, at) => length + at);
  for (const index of [NONE, ...past]) {
    watched[index] = {
      get(this: AnyView) {
        return fault.outside(this.$path, index);
      },
      set(this: AnyView) {
        fault.outside(this.$path, index);
      },
    };
  }
  return Object.defineProperties({}, watched);
}
