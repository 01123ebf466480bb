/** Grace periods, callback lists, work queues and IPIs, as semantics.md sections 5 and 6 define them. */
import {
  ACCESS_MASK,
  ACCESS_SHIFT,
  ADDRESS_BASE,
  ADDRESS_STEP,
  accesses,
  CORE,
  FUNCTION_BASE,
  MARKED,
  type Nesting,
  NULL,
  WRITE,
} from '../design/processor.ts';
import type { View } from '../design/schema.ts';
import type { Engine } from './engine.ts';
import { type Hidden, LEAK_CALLBACK } from './layout.ts';
import type { CompiledCpu, Slot } from './machine.ts';
import type { AnyView } from './views.ts';

/**
 * A started callback: which program of the slot (-1 for none, the leaked one) and the word it is
 * called with.
 */
export interface Started {
  readonly program: number;
  readonly word: number;
}

export class Rcu {
  private readonly engine: Engine;
  private readonly heads: readonly Hidden[];
  private readonly works: readonly Hidden[];
  private readonly headAt = new Map<number, Hidden>();
  private readonly leak: number;
  private readonly fifo: boolean;
  /** Whether callbacks run on the CPUs that queued them, and not on the offloaded thread alone. */
  private readonly inSoftirq: boolean;
  private readonly waiting: boolean;
  /** Regions with softirqs off or a lock held are readers too: any step may end one. */
  readonly consolidated: boolean;
  private starting = false;

  constructor(engine: Engine) {
    this.engine = engine;
    const { layout, model, uses } = engine.compiled;
    this.heads = layout.heads;
    this.works = layout.works;
    for (const head of this.heads) this.headAt.set(head.plan.cell, head);
    this.leak = FUNCTION_BASE + layout.words.functions.indexOf(LEAK_CALLBACK);
    this.inSoftirq = model.rcu.callbacks !== 'offloaded';
    this.fifo = model.rcu.order === 'fifo' && this.heads.length > 0;
    this.waiting = this.heads.length > 0 || uses.has('readers');
    this.consolidated = model.rcu.consolidated;
  }

  // ---- readers ----

  private code(cell: number): number {
    return cell === -1 ? 0 : this.engine.memory.code(cell);
  }

  private isSet(cell: number): boolean {
    return cell !== -1 && this.engine.memory.isSet(cell);
  }

  private bit(slot: Slot): number {
    return slot.cpu * 3 + slot.level;
  }

  isReader(slot: Slot): boolean {
    const cpu = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    if (this.isSet(cpu.rcu[slot.level] as number)) return true;
    if (this.isSet(cpu.preempt[slot.level] as number)) return true;
    // A handler runs with interrupts off.
    if (slot.level === 2 && this.isSet(slot.counter)) return true;
    // While interrupts are off nothing starts on top, so they belong to the topmost context.
    if (this.isSet(cpu.irq) && (this.engine.contexts.activeSlot(cpu) ?? cpu.slots[0]) === slot)
      return true;
    return this.consolidated && this.isAtomic(cpu, slot);
  }

  /** Whether a context is a reader of consolidated RCU: on top of a task, with softirqs off, or with a lock held. */
  private isAtomic(cpu: CompiledCpu, slot: Slot): boolean {
    if (slot.level > 0) return this.isSet(slot.counter);
    const softirq = cpu.slots[1];
    // While a softirq runs, it is the one that has softirqs off: it could not have started otherwise.
    const masked = softirq === undefined || !this.isSet(softirq.counter);
    if (masked && this.isSet(cpu.bh)) return true;
    const { contexts } = this.engine;
    return contexts.heldBy(contexts.self(slot)).length > 0;
  }

  private readers(): number {
    let set = 0;
    for (const cpu of this.engine.compiled.cpus) {
      for (const slot of cpu.slots)
        if (slot !== undefined && this.isReader(slot)) set += 2 ** this.bit(slot);
    }
    return set;
  }

  /** A nesting count of this context came to 0: it may have left its section, and taken a pending IPI. */
  mayHaveLeft(slot: Slot, what: Nesting): void {
    // In a hardirq they stay off until it ends.
    if (what === 'irq' && slot.level < 2) this.takeIpi(slot.cpu);
    this.leave(slot);
  }

  /** Removes a context that is no reader (any more) from everything that waits for it. */
  leave(slot: Slot): void {
    if (!this.waiting || this.isReader(slot)) return;
    const bit = this.bit(slot);
    for (const { cells } of this.heads) this.clear(cells.waiting as number, bit);
    for (const cpu of this.engine.compiled.cpus) this.clear(cpu.readersWait, bit);
  }

  private clear(cell: number, bit: number): void {
    if (cell !== -1) this.engine.memory.setBit(cell, bit, false);
  }

  // ---- waits ----

  private waitCell(slot: Slot, what: 'readers' | 'callbacks' | 'ipi'): number {
    const cpu = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    return cpu[`${what}Wait`];
  }

  beginWait(slot: Slot, what: 'readers' | 'callbacks' | 'ipi'): void {
    const set =
      what === 'readers'
        ? this.readers()
        : what === 'callbacks'
          ? this.pendingCallbacks()
          : this.irqsOff(slot.cpu);
    this.engine.memory.setCode(this.waitCell(slot, what), set);
  }

  waitOver(slot: Slot, what: 'readers' | 'callbacks' | 'ipi'): boolean {
    return !this.engine.memory.isSet(this.waitCell(slot, what));
  }

  private irqsOff(self: number): number {
    let set = 0;
    for (const cpu of this.engine.compiled.cpus) {
      const hardirq = cpu.slots[2];
      const off = this.isSet(cpu.irq) || (hardirq !== undefined && this.isSet(hardirq.counter));
      if (cpu.index !== self && off) set += 2 ** cpu.index;
    }
    return set;
  }

  private takeIpi(cpu: number): void {
    for (const other of this.engine.compiled.cpus) this.clear(other.ipiWait, cpu);
  }

  /** Bits for rcu_barrier: queued heads by index, then running callbacks by CPU. */
  private pendingCallbacks(): number {
    let set = 0;
    for (const [index, head] of this.heads.entries()) {
      if (this.isSet(head.cells.queued as number)) set += 2 ** index;
    }
    for (const cpu of this.engine.compiled.cpus) {
      const slot = cpu.slots[1];
      const runs = slot?.loadedAt[this.code(slot.counter)];
      // The CPU's own handler is no callback.
      if (runs !== undefined && runs.index !== cpu.handlers[1])
        set += 2 ** (this.heads.length + cpu.index);
    }
    return set;
  }

  // ---- call_rcu ----

  isQueued(head: View): boolean {
    const hidden = this.headAt.get(head.$cell);
    return hidden !== undefined && this.isSet(hidden.cells.queued as number);
  }

  /** Called by views before a store to a word of an rcu_head. */
  beforeHeadStore(cell: number): void {
    if (this.starting) return;
    const head = this.headAt.get(cell) ?? this.headAt.get(cell - 1);
    if (head === undefined || !this.isSet(head.cells.queued as number)) return;
    const { name } = head.plan;
    this.engine.report(
      'DEBUG_OBJECTS_RCU_HEAD',
      'store-to-queued-head',
      name,
      `${this.engine.compiled.layout.cells[cell]?.name} is stored while ${name} is queued`,
    );
  }

  callRcu(slot: Slot, view: View, functionWord: number, waits: boolean): void {
    const head = this.headAt.get(view.$cell) as Hidden;
    const { memory } = this.engine;
    const queued = head.cells.queued as number;
    const real = this.engine.compiled.model.rcu.doubleQueue === 'real';
    if (memory.isSet(queued)) {
      const by = this.engine.compiled.cpus[memory.code(queued) - 1]?.name;
      const text = `call_rcu(${head.plan.name}) while it is still queued (by ${by})`;
      this.engine.report('DEBUG_OBJECTS_RCU_HEAD', 'double-call_rcu', head.plan.name, text);
      if (!real) {
        this.store(view, 'func', this.leak);
        return;
      }
    }
    this.store(view, 'func', functionWord);
    this.store(view, 'next', NULL);
    if (this.fifo) this.append(slot.cpu, view, head);
    memory.setCode(queued, slot.cpu + 1);
    memory.setCode(head.cells.waiting as number, waits ? this.readers() : 0);
  }

  /**
   * Loads and stores of the RCU core itself: checked like any access, exempt from granularity and
   * from P6.
   */
  private store(view: View, field: 'next' | 'func', value: number): void {
    this.core(view, field, WRITE, () => {
      (view as AnyView)[field] = value;
    });
  }

  private load(view: View, field: 'next' | 'func'): number {
    return this.core(view, field, 0, () => (view as AnyView)[field] as number);
  }

  private core<T>(view: View, field: 'next' | 'func', flags: number, access: () => T): T {
    const mark = accesses.count;
    this.starting = true;
    try {
      return access();
    } finally {
      this.starting = false;
      const cell = view.$cell + (field === 'next' ? 0 : 1);
      accesses.entries[mark & ACCESS_MASK] = (cell << ACCESS_SHIFT) | flags | MARKED | CORE;
      accesses.count = mark + 1;
    }
  }

  // ---- the real list ----

  private listCells(cpu: number): [head: number, tail: number] {
    const { callbackLists } = this.engine.compiled.layout;
    return [callbackLists[cpu * 2] as number, callbackLists[cpu * 2 + 1] as number];
  }

  private append(cpu: number, view: View, head: Hidden): void {
    const [listHead, listTail] = this.listCells(cpu);
    const address = ADDRESS_BASE + view.$cell * ADDRESS_STEP;
    const tail = this.wordIn(listTail);
    if (tail === NULL) this.setWord(listHead, address);
    else this.storeThrough(tail, address);
    this.setWord(listTail, ADDRESS_BASE + head.plan.cell * ADDRESS_STEP);
  }

  /** *tail = value, where tail is the address of some head's next. */
  private storeThrough(tail: number, value: number): void {
    const view = this.engine.viewAt(tail, 'rcu_head');
    if (view !== undefined) this.store(view, 'next', value);
  }

  private wordIn(cell: number): number {
    return this.engine.compiled.layout.words.values[this.engine.memory.code(cell)] as number;
  }

  private setWord(cell: number, word: number): void {
    this.engine.memory.setCode(cell, this.engine.compiled.layout.words.code(word));
  }

  private firstOfList(cpu: number): Hidden | undefined {
    const [listHead, listTail] = this.listCells(cpu);
    const first = this.wordIn(listHead);
    if (first === NULL) return undefined;
    const view = this.engine.viewAt(first, 'rcu_head');
    const head = view === undefined ? undefined : this.headAt.get(view.$cell);
    if (view === undefined || head === undefined) {
      const name = this.engine.describeWord(first);
      this.engine.report(
        'KASAN',
        'wild-dereference',
        name,
        `the callback list leads to ${name}, which is no rcu_head`,
      );
      return undefined;
    }
    const next = this.load(view, 'next');
    this.setWord(listHead, next);
    if (next === NULL) this.setWord(listTail, NULL);
    return head;
  }

  // ---- running callbacks ----

  /**
   * Whether anything could start in this CPU's softirq (or on an offloaded thread): a quick look
   * before an attempt.
   */
  mayStart(cpu: CompiledCpu): boolean {
    const { memory } = this.engine;
    if (cpu.kind === 'kworker')
      return this.works.some(({ cells }) => memory.isSet(cells.queued as number));
    if (cpu.handlers[1] !== -1) return true;
    for (const { cells } of this.heads)
      if (this.isQueuedFor(cpu, cells.queued as number)) return true;
    return (
      this.fifo &&
      (cpu.kind === 'rcuo' ? this.lists() : [cpu.index]).some(
        (cpu) => this.wordIn(this.listCells(cpu)[0]) !== NULL,
      )
    );
  }

  /** Whether a head is queued where this CPU would run it. */
  private isQueuedFor(cpu: CompiledCpu, queued: number): boolean {
    if (cpu.kind === 'rcuo') return this.isSet(queued);
    return this.engine.memory.codeWithin(queued, cpu.index + 1, cpu.index + 1) !== -1;
  }

  private lists(): number[] {
    return this.engine.compiled.cpus.map(({ index }) => index);
  }

  /** Takes one runnable head; undefined where the chosen alternative is the CPU's own handler or nothing. */
  startCallback(cpu: CompiledCpu): Started | undefined {
    const handler = cpu.handlers[1] === -1 ? 0 : 1;
    const head = this.fifo ? this.fromLists(cpu, handler) : this.fromHeads(cpu, handler);
    if (head === undefined) return undefined;
    const view = this.engine.views.get(head.plan) as View;
    const { memory } = this.engine;
    this.engine.entered = `start the callback of ${head.plan.name}`;
    const func = this.load(view, 'func');
    this.store(view, 'func', NULL);
    memory.setCode(head.cells.queued as number, 0);
    memory.setCode(head.cells.waiting as number, 0);
    const index = this.heads.indexOf(head);
    this.passOn(index, func === this.leak ? -1 : this.heads.length + cpu.index);
    return this.call(func, head.plan.name, ADDRESS_BASE + view.$cell * ADDRESS_STEP);
  }

  private fromHeads(cpu: CompiledCpu, handler: number): Hidden | undefined {
    const ready = this.heads.filter(({ cells }) => {
      const runsHere = cpu.kind === 'rcuo' || this.inSoftirq;
      const mine = runsHere && this.isQueuedFor(cpu, cells.queued as number);
      return mine && !this.isSet(cells.waiting as number);
    });
    const options = ready.length + handler;
    return options === 0 ? undefined : ready[options === 1 ? 0 : this.engine.choose(options)];
  }

  private fromLists(cpu: CompiledCpu, handler: number): Hidden | undefined {
    const lists = cpu.kind === 'rcuo' ? this.lists() : this.inSoftirq ? [cpu.index] : [];
    const ready = lists.filter((cpu) => this.isReady(this.wordIn(this.listCells(cpu)[0])));
    const options = ready.length + handler;
    if (options === 0) return undefined;
    const chosen = ready[options === 1 ? 0 : this.engine.choose(options)];
    return chosen === undefined ? undefined : this.firstOfList(chosen);
  }

  /** Whether the first of a list may run: it waits for nobody, or is no head at all, which running it finds out. */
  private isReady(first: number): boolean {
    if (first === NULL) return false;
    const view = this.engine.viewAt(first, 'rcu_head');
    const head = view === undefined ? undefined : this.headAt.get(view.$cell);
    return head === undefined || !this.isSet(head.cells.waiting as number);
  }

  private call(func: number, head: string, word: number): Started {
    const { layout } = this.engine.compiled;
    if (func === this.leak) {
      this.engine.entered = `start ${LEAK_CALLBACK}`;
      return { program: -1, word };
    }
    const index = func - FUNCTION_BASE;
    if (!(index >= 0 && index < layout.words.functions.length - 1)) {
      const name = layout.words.show(func);
      this.engine.entered = `start ${name}`;
      this.engine.report(
        'KASAN',
        func === NULL ? 'null-call' : 'wild-call',
        head,
        `the callback of ${head} is ${name}, which is no function`,
      );
      return { program: -1, word };
    }
    return { program: index, word };
  }

  /** A callback moves from queued to running (or is done): rcu_barrier waits for it in its new place. */
  private passOn(from: number, to: number): void {
    const { memory } = this.engine;
    for (const { callbacksWait } of this.engine.compiled.cpus) {
      if (callbacksWait === -1 || !memory.hasBit(callbacksWait, from)) continue;
      memory.setBit(callbacksWait, from, false);
      if (to !== -1) memory.setBit(callbacksWait, to, true);
    }
  }

  callbackDone(slot: Slot): void {
    if (slot.level === 2) {
      this.takeIpi(slot.cpu);
      this.leave(slot);
    }
    if (slot.level === 1) this.passOn(this.heads.length + slot.cpu, -1);
  }

  // ---- work ----

  queueWork(work: View, functionWord: number): boolean {
    const hidden = this.works.find(({ plan }) => plan.cell === work.$cell) as Hidden;
    const queued = hidden.cells.queued as number;
    if (this.engine.memory.isSet(queued)) return false;
    // Whoever queues it owns it by now: no access of the step.
    this.engine.unlogged(() => {
      (work as AnyView).func = functionWord;
    });
    // Who queued it makes no difference any more.
    this.engine.memory.setCode(queued, 1);
    return true;
  }

  startWork(): Started | undefined {
    const { memory } = this.engine;
    const ready = this.works.filter(({ cells }) => memory.isSet(cells.queued as number));
    if (ready.length === 0) return undefined;
    const work = ready[ready.length === 1 ? 0 : this.engine.choose(ready.length)] as Hidden;
    const view = this.engine.views.get(work.plan) as AnyView;
    memory.setCode(work.cells.queued as number, 0);
    this.engine.entered = `start the work of ${work.plan.name}`;
    return this.call(view.func, work.plan.name, ADDRESS_BASE + work.plan.cell * ADDRESS_STEP);
  }

  /** Nothing queued anywhere: part of being at rest. */
  isIdle(): boolean {
    const { memory } = this.engine;
    if (this.fifo) {
      // What double queueing has cut off a list is lost, and not pending.
      if (this.lists().some((cpu) => this.wordIn(this.listCells(cpu)[0]) !== NULL)) return false;
    } else if (this.heads.some(({ cells }) => memory.isSet(cells.queued as number))) {
      return false;
    }
    for (const { cells } of this.works) if (memory.isSet(cells.queued as number)) return false;
    return true;
  }
}
