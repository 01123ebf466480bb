/** Where each cell stands: of which CPU, of which object. So where a permutation takes it is known. */
import type { ArrayType, HeapType } from '../../design/schema.ts';
import type { HeapObject, Hidden, ViewPlan } from '../../machine/layout.ts';
import type { CompiledMachine, Slot } from '../../machine/machine.ts';
import type { Group } from './groups.ts';

/** Indices of one kind that permutations act on: of all CPUs and kernel threads, or of all elements of a heap or an array. */
export interface Domain {
  readonly name: string;
  readonly size: number;
  /** By index: its number among all things that may be exchanged, or -1. */
  readonly things: Int32Array;
}

/** A thing that may be exchanged: where it is among its like. */
export interface Thing {
  readonly domain: number;
  readonly index: number;
  readonly group: number;
}

type Position = readonly [domain: number, index: number];

/** Cells that differ in nothing but the indices they stand at. */
interface Class {
  readonly domains: readonly number[];
  /** By index in the first domain, then the next: the cell, or -1. */
  readonly cells: Int32Array;
}

export class Places {
  readonly domains: readonly Domain[];
  readonly things: readonly Thing[];
  private readonly compiled: CompiledMachine;
  private readonly classes = new Map<string, Class>();
  /** By cell. */
  private readonly classOf: Class[] = [];
  private readonly positions: (readonly Position[])[] = [];

  constructor(compiled: CompiledMachine, groups: readonly Group[]) {
    this.compiled = compiled;
    const domains = new Map<string, Domain>();
    const things: Thing[] = [];
    for (const [group, { target, members }] of groups.entries()) {
      let domain = domains.get(target);
      if (domain === undefined) {
        const size = target === 'cpu' ? compiled.cpus.length : members.length;
        domain = { name: target, size, things: new Int32Array(size).fill(-1) };
        domains.set(target, domain);
      }
      for (const index of members) {
        domain.things[index] = things.length;
        things.push({ domain: [...domains.keys()].indexOf(target), index, group });
      }
    }
    this.domains = [...domains.values()];
    this.things = things;
    const { root, cells } = compiled.layout;
    this.place(root, 'state', [], true);
    this.placeMachine();
    for (const { index, name } of cells) {
      if (this.classOf[index] === undefined) this.note(index, `alone ${name}`, []);
    }
  }

  /** The domain that references to `target` lead into, or -1: nothing there may be exchanged. */
  domainOf(target: string): number {
    const member = this.compiled.layout.root.members.get(target);
    const isPerCpu = target !== 'cpu' && member !== undefined && 'type' in member;
    const name = isPerCpu && isOnePerCpu(member) ? 'cpu' : target;
    return this.domains.findIndex((domain) => domain.name === name);
  }

  /** The things that a cell belongs to: objects first. */
  ownersOf(cell: number): readonly number[] {
    const owners = new Set<number>();
    for (const [domain, index] of this.positions[cell] as readonly Position[]) {
      const thing = (this.domains[domain] as Domain).things[index] as number;
      if (thing !== -1) owners.add(thing);
    }
    const isCpu = (thing: number): number => (this.domainAt(thing).name === 'cpu' ? 1 : 0);
    return [...owners].sort((one, other) => isCpu(one) - isCpu(other));
  }

  private domainAt(thing: number): Domain {
    return this.domains[(this.things[thing] as Thing).domain] as Domain;
  }

  /** By cell: where a permutation takes it, given as where it takes each index of each domain. */
  imagesOf(maps: readonly Int32Array[]): Int32Array {
    return Int32Array.from(this.classOf, ({ domains, cells }, cell) => {
      const positions = this.positions[cell] as readonly Position[];
      let at = 0;
      for (const [index, domain] of domains.entries()) {
        const [, position] = positions[index] as Position;
        at = at * (this.domains[domain] as Domain).size + (maps[domain]?.[position] as number);
      }
      const image = cells[at] as number;
      if (image === -1) throw new Error(`cell ${cell} has no image`);
      return image;
    });
  }

  private note(cell: number, name: string, positions: readonly Position[]): void {
    // Another name of a word in an overlay.
    if (this.classOf[cell] !== undefined) return;
    const domains = positions.map(([domain]) => domain);
    const key = `${name} ${domains.join()}`;
    let one = this.classes.get(key);
    if (one === undefined) {
      const size = domains.reduce((product, at) => product * (this.domains[at] as Domain).size, 1);
      one = { domains, cells: new Int32Array(size).fill(-1) };
      this.classes.set(key, one);
    }
    const sum = (before: number, [domain, index]: Position): number =>
      before * (this.domains[domain] as Domain).size + index;
    const at = positions.reduce(sum, 0);
    if (one.cells[at] !== -1) throw new Error(`two cells are ${key}`);
    one.cells[at] = cell;
    this.classOf[cell] = one;
    this.positions[cell] = positions;
  }

  /** The cells of a view, and of all that it holds. */
  private place(plan: ViewPlan, key: string, at: readonly Position[], isRoot = false): void {
    const { type } = plan;
    for (const [name, member] of plan.members) {
      // Only what lies at the top has a name that references know.
      const isElement = type.kind === 'array' || type.kind === 'heap';
      const domain = isElement ? this.domainOfElements(plan, at.length === 0 && !isRoot) : -1;
      const inner = domain === -1 ? at : [...at, [domain, Number(name)] as const];
      const innerKey = domain === -1 ? `${key}/${name}` : `${key}/*`;
      if (!('type' in member)) {
        this.note(plan.cell + member.cell, innerKey, inner);
        continue;
      }
      if (type.kind === 'heap') {
        const object = this.compiled.layout.objects[member.object] as HeapObject;
        this.note(object.live, `live ${innerKey}`, inner);
      }
      this.place(member, innerKey, inner);
    }
  }

  private domainOfElements(plan: ViewPlan, isOutermost: boolean): number {
    if (isOnePerCpu(plan)) return this.domainOf('cpu');
    const isAtTop = isOutermost && this.compiled.layout.root.members.get(plan.name) === plan;
    return isAtTop ? this.domainOf(plan.name) : -1;
  }

  /** What the machine keeps for CPUs and beside records. */
  private placeMachine(): void {
    const { cpus, layout } = this.compiled;
    for (const cpu of cpus) {
      const add = (cell: number, name: string): void => {
        if (cell !== -1) this.noteOfCpu(cell, name, cpu.index);
      };
      for (const [level, slot] of cpu.slots.entries()) {
        if (slot !== undefined) this.placeSlot(slot);
        add(cpu.preempt[level] ?? -1, `preempt ${level}`);
        add(cpu.rcu[level] ?? -1, `rcu ${level}`);
      }
      add(cpu.irq, 'irq');
      add(cpu.bh, 'bh');
      add(cpu.readersWait, 'readersWait');
      add(cpu.callbacksWait, 'callbacksWait');
      add(cpu.ipiWait, 'ipiWait');
      add(layout.callbackLists[cpu.index * 2] ?? -1, 'list head');
      add(layout.callbackLists[cpu.index * 2 + 1] ?? -1, 'list tail');
    }
    for (const hidden of [...layout.heads, ...layout.works]) this.placeHidden(hidden);
  }

  private placeSlot(slot: Slot): void {
    const { cpu, level } = slot;
    this.noteOfCpu(slot.counter, `counter ${level}`, cpu);
    if (slot.obtained !== -1) this.noteOfCpu(slot.obtained, `obtained ${level}`, cpu);
    if (slot.stale !== -1) this.noteOfCpu(slot.stale, `stale ${level}`, cpu);
    for (const { program, index, cell } of slot.loaded) {
      for (const field of program.fields)
        this.noteOfCpu(cell + field.cell, `local ${level} ${index} ${field.cell}`, cpu);
    }
  }

  private noteOfCpu(cell: number, name: string, cpu: number): void {
    const domain = this.domainOf('cpu');
    if (domain === -1) this.note(cell, `${name} of ${cpu}`, []);
    else this.note(cell, name, [[domain, cpu]]);
  }

  /** Beside a record, wherever it stands. */
  private placeHidden({ plan, cells }: Hidden): void {
    const positions = this.positions[plan.cell] as readonly Position[];
    const beside = this.classOf[plan.cell] as Class;
    const [key] = [...this.classes].find(([, one]) => one === beside) as [string, Class];
    for (const [name, cell] of Object.entries(cells))
      this.note(cell, `${name} beside ${key}`, positions);
  }
}

function isOnePerCpu({ type }: ViewPlan): boolean {
  return (type as ArrayType<never> | HeapType<never>).length === 'cpus';
}
