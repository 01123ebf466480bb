/**
 * Views: one class per record type, generated from its fields, with the place as instance fields. The two engines differ in
 * what an accessor does, so each passes a writer of accessor bodies; no proxy and no closure per instance (semantics.md section 11).
 */
import type { Fields, RecordType, ScalarType } from '../design/schema.ts';
import type { Cell, ViewPlan } from './layout.ts';

/** Writes the body of a getter and of a setter (parameter `v`) for one field of a class. */
export interface AccessorWriter {
  getter(field: FieldShape): string;
  setter(field: FieldShape): string;
  /** What generated code may name, beside `this`. */
  readonly names: Readonly<Record<string, unknown>>;
}

/** A field of a class: relative to the instance's `$cell` and `$o`. */
export interface FieldShape {
  readonly name: string;
  readonly cell: number;
  readonly offset: number;
  /** One of the cells that instances have there: they agree in codec, width, bias and role. */
  readonly sample: Cell;
  /** The word belongs to an rcu_head: stores ask whether it is queued. */
  readonly inHead: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: views are made of what the schema says.
export type AnyView = any;

interface ClassShape {
  readonly fields: readonly FieldShape[];
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
    const shape = { fields, children: [], flags: undefined, length: undefined, elements: false };
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
      fields.push({ name, ...member, sample, inHead: this.headCells.has(cell) });
    }
    const { kind } = plan.type;
    const flags =
      kind === 'record'
        ? ((plan.type as RecordType<Fields>).fields.flags as ScalarType<number> | undefined)?.values
        : undefined;
    const elements = kind === 'array' || kind === 'heap';
    return { fields, children, flags, length: elements ? plan.members.size : undefined, elements };
  }

  private generate(shape: ClassShape): AnyView {
    const accessors = shape.fields.map((field) => {
      const key = JSON.stringify(field.name);
      return `get [${key}]() { ${this.writer.getter(field)} }\n  set [${key}](v) { ${this.writer.setter(field)} }`;
    });
    const assigned = shape.children.map(
      (name, at) => `this[${JSON.stringify(name)}] = children[${at}];`,
    );
    const source = `'use strict'; return class View {
  constructor($cell, $o, $live, $object, $path, children) {
    this.$cell = $cell; this.$o = $o; this.$live = $live; this.$object = $object; this.$path = $path;
    ${assigned.join(' ')}
    ${shape.length === undefined ? '' : `this.length = ${shape.length};`}
    if (new.target === View) Object.freeze(this);
  }
  ${accessors.join('\n  ')}
  ${shape.elements ? '*[Symbol.iterator]() { for (let i = 0; i < this.length; i += 1) yield this[i]; }' : ''}
  get $flags() { return ${JSON.stringify(shape.flags ?? null)} ?? undefined; }
};`;
    const names = Object.keys(this.writer.names);
    const values = Object.values(this.writer.names);
    const View = new Function(...names, source)(...values);
    if (shape.elements) Object.setPrototypeOf(View.prototype, outside(this.writer.names));
    return View;
  }
}

/** What `array[NONE]` meets: a report, where C would read before the array. */
function outside(names: Readonly<Record<string, unknown>>): object {
  const fault = names.F as { none(path: string): never };
  return Object.defineProperty({}, '-1', {
    get(this: AnyView) {
      return fault.none(this.$path);
    },
    set(this: AnyView) {
      fault.none(this.$path);
    },
  });
}
