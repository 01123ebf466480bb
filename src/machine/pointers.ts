/** Machine words as addresses: what lies where, and which view stands there. */
import { HeddleError } from '../design/errors.ts';
import { ADDRESS_BASE, ADDRESS_STEP, FUNCTION_BASE } from '../design/processor.ts';
import { type Fields, NONE, type RecordType, type View } from '../design/schema.ts';
import type { Engine } from './engine.ts';
import type { ViewPlan } from './layout.ts';
import { ALIGNED, notePlaces, type Place } from './places.ts';
import type { AnyView } from './views.ts';

export class Pointers {
  private readonly engine: Engine;
  private readonly viewsByCell = new Map<number, Map<string, AnyView>>();
  private readonly plans = new Map<View, ViewPlan>();
  /** What is known of an address beyond its alignment, by cell. */
  private readonly places = new Map<number, Place>();
  private readonly containers = new Map<string, Map<number, number>>();

  constructor(engine: Engine) {
    this.engine = engine;
    for (const [plan, view] of engine.views) {
      this.plans.set(view, plan);
      this.index(plan, view);
      notePlaces(plan, this.places);
    }
  }

  address(view: View, field?: string): number {
    if (field === undefined) return ADDRESS_BASE + view.$cell * ADDRESS_STEP;
    const plan = this.planOf(view);
    const member = plan.members.get(field);
    if (member === undefined) throw new TypeError(`${plan.name} has no field '${field}'`);
    const cell = 'type' in member ? member.cell : plan.cell + member.cell;
    return ADDRESS_BASE + cell * ADDRESS_STEP;
  }

  planOf(view: View): ViewPlan {
    const plan = this.plans.get(view);
    if (plan === undefined) throw new TypeError('not a view of this state');
    return plan;
  }

  viewAt(word: number, name: string): View | undefined {
    return this.viewsByCell.get((word - ADDRESS_BASE) / ADDRESS_STEP)?.get(name);
  }

  containerOf(word: number, container: string, member: string): number {
    const key = `${container}.${member}`;
    let index = this.containers.get(key);
    if (index === undefined) {
      index = this.indexContainers(container, member);
      this.containers.set(key, index);
    }
    return index.get(word) ?? NONE;
  }

  private indexContainers(container: string, member: string): Map<number, number> {
    const found = new Map<number, number>();
    const outer = this.engine.compiled.layout.root.members.get(container);
    if (outer === undefined || !('type' in outer))
      throw new TypeError(`the schema has no heap or array '${container}'`);
    const elements = outer.type.kind === 'record' ? [outer] : [...outer.members.values()];
    for (const [at, element] of elements.entries()) {
      let plan: ViewPlan | { cell: number; offset: number } = element;
      let cell = outer.cell;
      for (const part of member.split('.')) {
        const next: ViewPlan | { cell: number; offset: number } | undefined =
          'type' in plan ? plan.members.get(part) : undefined;
        if (next === undefined) throw new TypeError(`${container} has no member '${member}'`);
        cell = 'type' in next ? next.cell : (plan as ViewPlan).cell + next.cell;
        plan = next;
      }
      found.set(ADDRESS_BASE + cell * ADDRESS_STEP, at);
    }
    return found;
  }

  functionWord(name: string): number {
    const index = this.engine.compiled.layout.words.functions.indexOf(name);
    if (index === -1)
      throw new HeddleError('unknown-callback', `'${name}' is no callback of this machine`);
    return FUNCTION_BASE + index;
  }

  describeWord(word: number): string {
    return this.engine.compiled.layout.words.show(word);
  }

  wordBits(word: number, mask: number): number {
    if (word < ADDRESS_BASE) return word & mask;
    const place = this.places.get((word - ADDRESS_BASE) / ADDRESS_STEP) ?? ALIGNED;
    let unknown = mask & ~place.mask;
    let value = mask & place.value;
    while (unknown !== 0) {
      const bit = unknown & -unknown;
      if (this.engine.choose(2) === 1) value |= bit;
      unknown &= ~bit;
    }
    return value >>> 0;
  }

  loadWord(word: number): number {
    const [view, field] = this.wordAt(word);
    return view[field];
  }

  storeWord(word: number, value: number): void {
    const [view, field] = this.wordAt(word);
    view[field] = value;
  }

  private wordAt(word: number): [AnyView, string] {
    const cell = (word - ADDRESS_BASE) / ADDRESS_STEP;
    for (const [plan, view] of this.engine.views) {
      for (const [name, member] of plan.members) {
        if (!('type' in member) && plan.cell + member.cell === cell) return [view, name];
      }
    }
    this.engine.report(
      'KASAN',
      'wild-dereference',
      this.describeWord(word),
      `${this.describeWord(word)} is no address of a word`,
    );
    throw new TypeError(`${this.describeWord(word)} is no address of a word`);
  }

  private index(plan: ViewPlan, view: AnyView): void {
    if (plan.type.kind !== 'record') return;
    const byName = this.viewsByCell.get(plan.cell) ?? new Map<string, AnyView>();
    byName.set((plan.type as RecordType<Fields>).name, view);
    this.viewsByCell.set(plan.cell, byName);
  }
}
