/**
 * LOCKDEP over all schedules (kernel/locking/lockdep.c, Linux 6.1, in our own words): which lock
 * classes are taken inside which, and in which contexts. Nothing of it is in the state; it is
 * collected over every step and decided at the end, so an order cycle or an unsafe use is found
 * although no schedule has deadlocked yet.
 */
import type { Finding } from '../design/processor.ts';
import type { Fields, RecordType } from '../design/schema.ts';
import type { ViewPlan } from '../machine/layout.ts';
import type { CompiledCpu, Slot } from '../machine/machine.ts';
import type { Move } from '../machine/moves.ts';
import type { PackedEngine } from '../machine/packed.ts';

/** Where something was first seen: the move from a state. */
export interface Occurrence {
  readonly state: number;
  readonly move: Move;
  /** The lock that the moving context holds after it. */
  readonly lock: number;
  /** What was seen, in words. */
  readonly text: string;
}

/** A finding and its halves, each with a schedule of its own. */
export interface LockReport {
  readonly finding: Finding;
  readonly halves: readonly Occurrence[];
}

/** What LOCKDEP has seen, as plain data: each order and use with where it was seen first. */
export interface LockdepNotes {
  readonly edges: readonly (readonly [number, Occurrence])[];
  readonly usages: readonly (readonly [string, Occurrence])[];
}

/** How a class was used: taken in a context, or held where that context could come on top. */
type Usage = 'in softirq' | 'in hardirq' | 'with softirqs on' | 'with interrupts on';

export class Lockdep {
  private readonly engine: PackedEngine;
  /** Class of each lock, by lock; names of the classes. */
  private readonly classOf: readonly number[];
  private readonly classes: readonly string[];
  private readonly edges = new Map<number, Occurrence>();
  private readonly usages = new Map<string, Occurrence>();

  constructor(engine: PackedEngine) {
    this.engine = engine;
    const { layout } = engine.compiled;
    const names = layout.locks.map(lockClassOf);
    this.classes = [...new Set(names)];
    this.classOf = names.map((name) => this.classes.indexOf(name));
  }

  get isOn(): boolean {
    return this.classes.length > 0 && this.engine.isOn('LOCKDEP');
  }

  /** Looks at what a move of `slot` took beyond `before`, and at what it holds now. The memory is what the move left. */
  record(slot: Slot, state: number, before: number): void {
    const now = this.engine.contexts.heldByOwner(slot.cpu * 3 + slot.level);
    if (now === 0) return;
    const taken = now & ~before;
    const { form } = this.engine.step?.node ?? { form: 'step' };
    for (let lock = 0; lock < this.classOf.length; lock += 1) {
      if ((now & (1 << lock)) === 0) continue;
      this.use(slot, lock, state, (taken & (1 << lock)) !== 0);
      // A trylock cannot wait, so it adds no order.
      const waits = form === 'until' || form === 'spin_until';
      if (waits && (taken & (1 << lock)) !== 0) this.order(before, lock, slot, state);
    }
  }

  private order(held: number, taken: number, slot: Slot, state: number): void {
    const to = this.classOf[taken] as number;
    for (let lock = 0; lock < this.classOf.length; lock += 1) {
      const from = this.classOf[lock] as number;
      if ((held & (1 << lock)) === 0) continue;
      const key = from * this.classes.length + to;
      if (isKnown(this.edges, key, state)) continue;
      const text = `${this.name(taken)} is taken with ${this.name(lock)} held`;
      this.edges.set(key, this.occurrence(slot, taken, state, text));
    }
  }

  private use(slot: Slot, lock: number, state: number, taken: boolean): void {
    const { name, kind } = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    const note = (usage: Usage, text: string): void => {
      const key = usageKey(this.classOf[lock] as number, usage);
      if (isKnown(this.usages, key, state)) return;
      this.usages.set(
        key,
        this.occurrence(slot, lock, state, `${this.name(lock)} is ${text} by ${name}`),
      );
    };
    // An offloaded callback runs in a thread with softirqs off, not in softirq.
    if (taken && slot.level === 1 && kind === 'cpu') note('in softirq', 'taken in softirq');
    if (taken && slot.level === 2) note('in hardirq', 'taken in hardirq');
    const masked = this.masked(slot);
    if (!masked.softirq) note('with softirqs on', 'held with softirqs on');
    if (!masked.hardirq) note('with interrupts on', 'held with interrupts on');
  }

  private masked(slot: Slot): { softirq: boolean; hardirq: boolean } {
    const cpu = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    const set = (cell: number): boolean => cell !== -1 && this.engine.memory.isSet(cell);
    const hardirq = slot.level === 2 || set(cpu.irq);
    return { hardirq, softirq: hardirq || slot.level === 1 || set(cpu.bh) };
  }

  private name(lock: number): string {
    const className = this.classes[this.classOf[lock] as number] as string;
    const own = this.engine.compiled.layout.locks[lock]?.name as string;
    return own === className ? own : `${own} (class ${className})`;
  }

  private occurrence(slot: Slot, lock: number, state: number, text: string): Occurrence {
    const choice = this.engine.choices.ordinal;
    return { state, move: { cpu: slot.cpu, level: slot.level, choice }, lock, text };
  }

  notes(): LockdepNotes {
    return { edges: [...this.edges], usages: [...this.usages] };
  }

  /** Adds what was seen elsewhere; what the smaller state shows was seen first. */
  absorb({ edges, usages }: LockdepNotes): void {
    for (const [key, one] of edges)
      if (!isKnown(this.edges, key, one.state)) this.edges.set(key, one);
    for (const [key, one] of usages)
      if (!isKnown(this.usages, key, one.state)) this.usages.set(key, one);
  }

  /** Adds what was seen of other locks: `exchanges` give the image of each lock. A class has one image, for its locks have one type. */
  spread(exchanges: readonly (readonly number[])[]): void {
    const images = exchanges.map((locks) =>
      this.classes.map((_, one) => this.classOf[locks[this.classOf.indexOf(one)] as number]),
    ) as number[][];
    const count = this.classes.length;
    // What is added meanwhile is gone through too.
    for (const [key, one] of this.edges) {
      for (const image of images) {
        const from = image[Math.floor(key / count)] as number;
        const to = from * count + (image[key % count] as number);
        if (!this.edges.has(to)) this.edges.set(to, one);
      }
    }
    for (const [key, one] of this.usages) {
      const [lockClass, usage] = partsOf(key);
      for (const image of images) {
        const to = usageKey(image[lockClass] as number, usage);
        if (!this.usages.has(to)) this.usages.set(to, one);
      }
    }
  }

  /** What lockdep would report, once everything was seen. */
  decide(): LockReport[] {
    const cycle = this.cycle();
    return [
      ...(cycle === undefined ? [] : [cycle]),
      ...this.unsafe('softirq'),
      ...this.unsafe('hardirq'),
    ];
  }

  /** The shortest circle of classes each taken with the one before it held. */
  private cycle(): LockReport | undefined {
    let shortest: number[] | undefined;
    for (let first = 0; first < this.classes.length; first += 1) {
      const path = this.path(first, (one) => this.edges.has(one * this.classes.length + first));
      if (path !== undefined && (shortest === undefined || path.length < shortest.length)) {
        shortest = path;
      }
    }
    if (shortest === undefined) return undefined;
    const circle = [...shortest, shortest[0] as number];
    const halves = circle.slice(1).map((to, at) => this.edge(circle[at] as number, to));
    const names = circle.map((one) => this.classes[one]);
    const message = `possible circular locking dependency: ${names.join(' -> ')}`;
    return { finding: found('lock-order-cycle', names[0] as string, message), halves };
  }

  /** Classes from `first` along edges to one that satisfies `done`, as few as possible. */
  private path(first: number, done: (one: number) => boolean): number[] | undefined {
    const cameFrom = new Map<number, number>([[first, -1]]);
    const queue = [first];
    for (let at = 0; at < queue.length; at += 1) {
      const one = queue[at] as number;
      if (done(one)) return backwards(one, cameFrom);
      for (let to = 0; to < this.classes.length; to += 1) {
        if (cameFrom.has(to) || !this.edges.has(one * this.classes.length + to)) continue;
        cameFrom.set(to, one);
        queue.push(to);
      }
    }
    return undefined;
  }

  private edge(from: number, to: number): Occurrence {
    return this.edges.get(from * this.classes.length + to) as Occurrence;
  }

  /** A class taken in a context that can come where it, or what is taken inside it, is held. */
  private unsafe(context: 'softirq' | 'hardirq'): LockReport[] {
    const open: Usage = context === 'softirq' ? 'with softirqs on' : 'with interrupts on';
    const reports: LockReport[] = [];
    for (const [one, name] of this.classes.entries()) {
      const inside = this.usages.get(usageKey(one, `in ${context}`));
      if (inside === undefined) continue;
      const own = this.usages.get(usageKey(one, open));
      if (own !== undefined) {
        const message = `inconsistent lock state: ${name} is taken in ${context} and held elsewhere ${open}`;
        reports.push({ finding: found(`${context}-unsafe`, name, message), halves: [inside, own] });
      }
      // Said beside the other: a search that a bound ends may see this one first, and what it says must stay true.
      const isOpen = (other: number) => other !== one && this.usages.has(usageKey(other, open));
      const path = this.path(one, isOpen);
      if (path === undefined) continue;
      const last = path.at(-1) as number;
      const edges = path.slice(1).map((to, at) => this.edge(path[at] as number, to));
      const held = this.usages.get(usageKey(last, open)) as Occurrence;
      const way = path.map((at) => this.classes[at]).join(' -> ');
      const message = `${context}-safe -> ${context}-unsafe lock order: ${way}`;
      const kind = `${context}-safe-to-unsafe`;
      reports.push({ finding: found(kind, name, message), halves: [inside, ...edges, held] });
    }
    return reports;
  }
}

/** Whether something was seen in a state or before it. */
function isKnown<Key>(seen: ReadonlyMap<Key, Occurrence>, key: Key, state: number): boolean {
  const known = seen.get(key);
  return known !== undefined && known.state <= state;
}

/** What LOCKDEP calls a lock: its class, or its own name where it has none. */
export function lockClassOf({ type, name }: ViewPlan): string {
  return (type as RecordType<Fields>).lockClass ?? name;
}

function usageKey(lockClass: number, usage: Usage): string {
  return `${lockClass} ${usage}`;
}

function partsOf(key: string): [lockClass: number, usage: Usage] {
  const blank = key.indexOf(' ');
  return [Number(key.slice(0, blank)), key.slice(blank + 1) as Usage];
}

function backwards(last: number, cameFrom: ReadonlyMap<number, number>): number[] {
  const path: number[] = [];
  for (let at = last; at !== -1; at = cameFrom.get(at) as number) path.unshift(at);
  return path;
}

function found(kind: string, object: string, message: string): Finding {
  return { facility: 'LOCKDEP', kind, object, message };
}
