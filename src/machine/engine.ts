/**
 * How one step runs, on whatever memory it is given: control flow, contexts, masks, locks, and the port that kernel
 * words use. The packed and the frozen engine differ in their memory and their views, in nothing else.
 */
import { HeddleError } from '../design/errors.ts';
import {
  ADDRESS_BASE,
  ADDRESS_STEP,
  accesses,
  type Context,
  type Facility,
  type FacilityMode,
  Fault,
  type Finding,
  FUNCTION_BASE,
  type Nesting,
  type Processor,
  running,
} from '../design/processor.ts';
import { type Fields, NONE, type RecordType, type View } from '../design/schema.ts';
import type { Instruction, Program, Scope, StepInstruction } from './compile.ts';
import { Heap } from './heap.ts';
import type { ViewPlan } from './layout.ts';
import type { CompiledCpu, CompiledMachine, Loaded, Slot } from './machine.ts';
import { Rcu } from './rcu.ts';
import { type AccessorWriter, type AnyView, ViewFactory } from './views.ts';

/** One state vector, read and written by codes. */
export interface Memory {
  code(cell: number): number;
  setCode(cell: number, code: number): void;
}

export type FacilityModes = Readonly<Record<Facility, FacilityMode>>;

export const DEFAULT_MODES: FacilityModes = {
  KASAN: 'fatal',
  leak: 'soft',
  DEBUG_LIST: 'soft',
  DEBUG_OBJECTS_RCU_HEAD: 'soft',
  LOCKDEP: 'soft',
  RCU: 'soft',
  refcount_t: 'soft',
  BUG_ON: 'fatal',
  WARN_ON: 'soft',
  range: 'fatal',
  deadlock: 'soft',
};

/** How an attempted move ended. `spun`: a failed polling attempt, back in the same state. */
export type Attempt = 'disabled' | 'done' | 'spun' | 'refused';

/** More local code than this between two steps is a loop that never makes one. */
const LOCAL_LIMIT = 10_000;

export class Engine implements Processor {
  readonly compiled: CompiledMachine;
  readonly memory: Memory;
  readonly modes: FacilityModes;
  /** The whole state as a recipe sees it. */
  readonly state: AnyView;
  readonly views = new Map<ViewPlan, AnyView>();
  readonly heap: Heap;
  readonly rcu: Rcu;

  /** Of the last attempt: what it did, for traces, counts and discipline. */
  step: StepInstruction | undefined;
  /** Name of a move that is no step of a program: the start of a callback or handler. */
  entered: string | undefined;
  picked = -1;
  slot!: Slot;
  loadedNow: Loaded | undefined;
  readonly findings: Finding[] = [];
  /** Claims evaluated in the last attempt, by id; false ones are findings. */
  readonly claimed: string[] = [];
  /** The lock owner an `until` found itself waiting for, or -1. */
  waitsFor = -1;
  speculating = false;
  context!: Context;

  private readonly frames: AnyView[][][][] = [];
  private readonly viewsByCell = new Map<number, Map<string, AnyView>>();
  private readonly containers = new Map<string, Map<number, number>>();
  private readonly lockCells: number[];
  /** The choices of the running attempt; see `beginMoves`. */
  private readonly choices: number[] = [];
  private readonly limits: number[] = [];
  private position = 0;
  /** Something else than a step is running: its choices are not explored. */
  private aside = false;
  ordinal = 0;

  constructor(
    compiled: CompiledMachine,
    memory: Memory,
    writer: AccessorWriter,
    modes: FacilityModes,
  ) {
    this.compiled = compiled;
    this.memory = memory;
    this.modes = modes;
    const { layout } = compiled;
    const headCells = new Set(layout.heads.flatMap(({ plan }) => [plan.cell, plan.cell + 1]));
    const liveOffset = (object: number): number =>
      layout.cells[layout.objects[object]?.live ?? 0]?.offset ?? -1;
    const factory = new ViewFactory(writer, layout.cells, headCells, liveOffset);
    this.state = factory.make(layout.root, this.views);
    for (const [plan, view] of this.views) this.index(plan, view);
    for (const cpu of compiled.cpus)
      this.frames.push(cpu.slots.map((slot) => this.makeFrames(slot, factory)));
    this.lockCells = layout.locks.map((plan) => plan.cell);
    this.heap = new Heap(this);
    this.rcu = new Rcu(this);
  }

  private index(plan: ViewPlan, view: AnyView): void {
    if (plan.type.kind !== 'record') return;
    const byName = this.viewsByCell.get(plan.cell) ?? new Map<string, AnyView>();
    byName.set((plan.type as RecordType<Fields>).name, view);
    this.viewsByCell.set(plan.cell, byName);
  }

  private makeFrames(slot: Slot | undefined, factory: ViewFactory): AnyView[][] {
    if (slot === undefined) return [];
    return slot.loaded.map(({ program, cell }) =>
      program.scopes.map((scope) => {
        const fields = scope.fields.map((field) => ({
          name: field.name,
          cell: field.cell,
          offset: field.offset,
          sample: this.compiled.layout.cells[cell + field.cell] as never,
          inHead: false,
        }));
        const Frame = frameClass(program, scope, () => factory.frame(fields), factory);
        return Object.freeze(new Frame(cell, slot.frameOffset));
      }),
    );
  }

  // ---- moves ----

  /** Puts this engine behind the kernel words; call before any attempt or property. */
  attach(): void {
    running.on = this;
  }

  /** The slots of a CPU that can move now: the topmost active context, and those that may start on top of it. */
  activeSlot(cpu: CompiledCpu): Slot | undefined {
    for (let level = 2; level >= 0; level -= 1) {
      const slot = cpu.slots[level];
      if (slot !== undefined && this.memory.code(slot.counter) !== 0) return slot;
    }
    return undefined;
  }

  /** Whether a context of `level` may start on top of what runs on this CPU. */
  mayEnter(cpu: CompiledCpu, level: number): boolean {
    const slot = cpu.slots[level];
    if (level === 0 || slot === undefined) return false;
    if (cpu.irq !== -1 && this.memory.code(cpu.irq) !== 0) return false;
    if (level === 1 && cpu.bh !== -1 && this.memory.code(cpu.bh) !== 0) return false;
    for (let above = level; above <= 2; above += 1) {
      const other = cpu.slots[above];
      if (other !== undefined && this.memory.code(other.counter) !== 0) return false;
    }
    return true;
  }

  /** Starts enumerating the variants of one context's move: `do attempt(...) while (nextVariant())`. */
  beginMoves(): void {
    this.choices.length = 0;
    this.limits.length = 0;
    this.ordinal = 0;
  }

  nextVariant(): boolean {
    this.ordinal += 1;
    while (this.choices.length > 0) {
      const last = this.choices.length - 1;
      if ((this.choices[last] as number) + 1 < (this.limits[last] as number)) {
        this.choices[last] = (this.choices[last] as number) + 1;
        return true;
      }
      this.choices.pop();
      this.limits.pop();
    }
    return false;
  }

  choose(n: number): number {
    if (this.aside) return 0;
    const at = this.position;
    this.position += 1;
    if (at < this.choices.length) return this.choices[at] as number;
    this.choices.push(0);
    this.limits.push(n);
    return 0;
  }

  /** Runs the next variant of the move of `slot` (at its counter), or starts a context there where `entering`. */
  attempt(slot: Slot, entering: boolean): Attempt {
    this.position = 0;
    this.step = undefined;
    this.entered = undefined;
    this.picked = -1;
    this.waitsFor = -1;
    this.findings.length = 0;
    this.claimed.length = 0;
    accesses.count = 0;
    this.slot = slot;
    this.context = slot.ctx;
    try {
      return entering ? this.enter(slot) : this.run(slot);
    } catch (thrown) {
      if (thrown instanceof Fault) {
        this.findings.push(thrown.finding);
        return 'refused';
      }
      throw thrown;
    }
  }

  /** Runs code that is no step: an initial state, a property. Choices inside it take their first alternative. */
  prepare(body: () => void): void {
    const { slot, context } = this;
    const cpu = this.compiled.cpus[0] as CompiledCpu;
    this.slot = (cpu.slots[0] ?? cpu.slots[1] ?? cpu.slots[2]) as Slot;
    this.context = { cpu: 0, context: 'task' };
    this.aside = true;
    try {
      body();
    } finally {
      this.aside = false;
      this.slot = slot;
      this.context = context;
      accesses.count = 0;
    }
  }

  /** Brings the task of a CPU to its first step. */
  startTask(slot: Slot): void {
    this.slot = slot;
    this.context = slot.ctx;
    this.loadedNow = slot.loaded[0] as Loaded;
    this.goOn(slot, this.loadedNow, 0);
  }

  private enter(slot: Slot): Attempt {
    const cpu = this.compiled.cpus[slot.cpu] as CompiledCpu;
    const started =
      slot.level === 2
        ? undefined
        : cpu.kind === 'kworker'
          ? this.rcu.startWork()
          : this.rcu.startCallback(cpu);
    if (started === undefined) {
      // The choice past the last queued head is the CPU's own handler.
      const handler = cpu.handlers[slot.level] as number;
      if (handler === -1) return 'disabled';
      this.begin(slot, handler, undefined);
      return 'done';
    }
    if (started.program === -1) return 'done';
    this.begin(slot, started.program, started.word);
    return 'done';
  }

  private begin(slot: Slot, index: number, parameter: number | undefined): void {
    const loaded = slot.loaded[index] as Loaded;
    this.loadedNow = loaded;
    this.entered ??= `start ${loaded.program.name}`;
    const [first] = Object.keys(loaded.program.root.params);
    if (first !== undefined && parameter !== undefined) {
      this.frame(slot, loaded, loaded.program.rootScope)[first] = parameter;
    }
    this.goOn(slot, loaded, 0);
  }

  private frame(slot: Slot, loaded: Loaded, scope: Scope): AnyView {
    return this.frames[slot.cpu]?.[slot.level]?.[loaded.index]?.[scope.id];
  }

  private run(slot: Slot): Attempt {
    const counter = this.memory.code(slot.counter);
    const loaded = slot.loadedAt[counter] as Loaded;
    this.loadedNow = loaded;
    const { program } = loaded;
    let at = program.points[counter - loaded.base] as number;
    let instruction = program.instructions[at] as Instruction;
    for (let nested = 0; instruction.op === 'choose'; nested += 1) {
      if (nested > LOCAL_LIMIT / 100)
        throw new HeddleError(
          'loop-without-step',
          'an alternative comes round to its own choice without a step',
          instruction.place,
        );
      const { targets } = instruction;
      at = this.local(
        slot,
        loaded,
        targets[targets.length === 1 ? 0 : this.choose(targets.length)] as number,
      );
      instruction = program.instructions[at] as Instruction;
    }
    if (instruction.op === 'end') {
      this.finish(slot);
      return 'done';
    }
    return this.execute(slot, loaded, instruction as StepInstruction);
  }

  private execute(slot: Slot, loaded: Loaded, step: StepInstruction): Attempt {
    this.step = step;
    const { node } = step;
    const l = this.frame(slot, loaded, step.scope);
    switch (node.form) {
      case 'step':
        node.effect?.(this.state, l, slot.ctx);
        break;
      case 'until':
      case 'spin_until': {
        if (node.guard?.(this.state, l, slot.ctx) !== true) {
          return node.form === 'until' ? 'disabled' : 'spun';
        }
        node.effect?.(this.state, l, slot.ctx);
        break;
      }
      case 'test': {
        const holds = node.effect?.(this.state, l, slot.ctx);
        this.goOn(slot, loaded, holds ? step.whenTrue : step.whenFalse);
        return 'done';
      }
      case 'pick': {
        this.picked = this.choose(node.choices ?? 1);
        if (node.effect?.(this.state, l, this.picked, slot.ctx) === false) return 'disabled';
        break;
      }
      case 'stop':
        for (const field of loaded.program.fields) this.memory.setCode(loaded.cell + field.cell, 0);
        this.finish(slot);
        return 'done';
    }
    this.goOn(slot, loaded, step.next);
    return 'done';
  }

  /** Runs local code from an instruction to the next point and stores it in the counter. */
  private goOn(slot: Slot, loaded: Loaded, from: number): void {
    const { program } = loaded;
    const at = this.local(slot, loaded, from);
    const instruction = program.instructions[at] as Instruction;
    if (instruction.op === 'end') {
      this.finish(slot);
      return;
    }
    const point = instruction as { point: number };
    this.memory.setCode(slot.counter, loaded.base + point.point);
    if (instruction.op === 'choose' && instruction.between)
      this.checkLeftBehind(slot, 'an operation');
  }

  private finish(slot: Slot): void {
    this.memory.setCode(slot.counter, 0);
    const { kind } = this.compiled.cpus[slot.cpu] as CompiledCpu;
    const what =
      slot.level === 0 && kind === 'cpu'
        ? 'this CPU'
        : (this.loadedNow?.program.name ?? 'a handler');
    this.checkLeftBehind(slot, what);
    if (slot.level > 0 || kind !== 'cpu') this.rcu.callbackDone(slot);
  }

  private local(slot: Slot, loaded: Loaded, from: number): number {
    const { instructions } = loaded.program;
    const shared = accesses.count;
    let at = from;
    for (let ran = 0; ; ran += 1) {
      const instruction = instructions[at] as Instruction;
      if (instruction.op === 'step' || instruction.op === 'choose' || instruction.op === 'end')
        break;
      if (ran > LOCAL_LIMIT) {
        const place = 'place' in instruction ? instruction.place : undefined;
        throw new HeddleError('loop-without-step', 'a loop came round without a step', place);
      }
      at = this.localInstruction(slot, loaded, instruction, at);
    }
    if (accesses.count !== shared) {
      const place = (instructions[from] as { place?: string }).place;
      throw new HeddleError(
        'shared-access-in-local-code',
        'a condition or argument reads shared memory',
        place,
      );
    }
    return at;
  }

  private localInstruction(
    slot: Slot,
    loaded: Loaded,
    instruction: Instruction,
    at: number,
  ): number {
    switch (instruction.op) {
      case 'jump':
        return instruction.to;
      case 'branch':
        return instruction.condition(this.frame(slot, loaded, instruction.scope), this.state)
          ? instruction.whenTrue
          : instruction.whenFalse;
      case 'local':
        instruction.code(this.frame(slot, loaded, instruction.scope), this.state);
        return at + 1;
      case 'zero':
        for (const field of instruction.fields) this.memory.setCode(loaded.cell + field.cell, 0);
        return at + 1;
      case 'enter': {
        const values = instruction.args?.(this.frame(slot, loaded, instruction.caller), this.state);
        if (values !== undefined)
          Object.assign(this.frame(slot, loaded, instruction.callee), values);
        if (instruction.balance !== undefined) {
          this.memory.setCode(loaded.cell + instruction.balance.cell, this.balance(slot));
        }
        return at + 1;
      }
      case 'exit':
        this.exit(slot, loaded, instruction);
        return at + 1;
      default:
        throw new Error(`no local instruction: ${instruction.op}`);
    }
  }

  private exit(
    slot: Slot,
    loaded: Loaded,
    instruction: Extract<Instruction, { op: 'exit' }>,
  ): void {
    const callee = this.frame(slot, loaded, instruction.callee);
    if (instruction.balance !== undefined) {
      const before = this.memory.code(loaded.cell + instruction.balance.cell);
      if (before !== this.balance(slot)) {
        this.report(
          'LOCKDEP',
          'unbalanced',
          instruction.name,
          `${instruction.name} returns with other locks or readers than it was entered with`,
        );
      }
    }
    instruction.result?.(this.frame(slot, loaded, instruction.caller), callee);
    for (const field of instruction.zero) this.memory.setCode(loaded.cell + field.cell, 0);
  }

  /** Locks and readers held, as one number: equal before and after a balanced function. */
  private balance(slot: Slot): number {
    const cpu = this.compiled.cpus[slot.cpu] as CompiledCpu;
    let sum =
      this.codeOr(cpu.bh) +
      16 * this.codeOr(cpu.irq) +
      256 * this.codeOr(cpu.rcu[slot.level] as number);
    for (const [at, cell] of this.lockCells.entries()) {
      if (this.ownerAt(cell) === this.self(slot)) sum += 4096 * (at + 1);
    }
    return sum % 0x10000;
  }

  // ---- locks ----

  private codeOr(cell: number): number {
    return cell === -1 ? 0 : this.memory.code(cell);
  }

  /** Owner of the lock at a cell: cpu * 3 + level, or -1. */
  private ownerAt(cell: number): number {
    const { bias } = this.compiled.layout.cells[cell] as { bias: number };
    return Math.max(-1, this.memory.code(cell) - bias - 1);
  }

  private self(slot: Slot): number {
    return slot.cpu * 3 + slot.level;
  }

  /** A bit per lock that this CPU holds, in any context. */
  heldMask(cpu: number): number {
    let mask = 0;
    for (let at = 0; at < this.lockCells.length && at < 31; at += 1) {
      const owner = this.ownerAt(this.lockCells[at] as number);
      if (owner >= cpu * 3 && owner < cpu * 3 + 3) mask |= 1 << at;
    }
    return mask;
  }

  /** Whether the last attempt touched shared memory. */
  touched(): boolean {
    return accesses.count > 0;
  }

  locksHeld(): readonly string[] {
    return this.heldBy(this.self(this.slot));
  }

  private heldBy(owner: number): string[] {
    const { locks } = this.compiled.layout;
    return locks.filter((plan) => this.ownerAt(plan.cell) === owner).map((plan) => plan.name);
  }

  /** Whether the slot's context can never go on by itself: waits for a lock its own CPU holds. */
  private checkLeftBehind(slot: Slot, what: string): void {
    const cpu = this.compiled.cpus[slot.cpu] as CompiledCpu;
    for (const lock of this.heldBy(this.self(slot))) {
      this.report('LOCKDEP', 'lock-left-behind', lock, `${what} ends with ${lock} held`);
    }
    if (this.codeOr(cpu.rcu[slot.level] as number) > 0) {
      this.report('RCU', 'reader-left-behind', cpu.name, `${what} ends inside rcu_read_lock`);
    }
    const masks: [string, number][] = [
      ['softirqs off', cpu.bh],
      ['interrupts off', cpu.irq],
      ['preemption off', cpu.preempt[slot.level] as number],
    ];
    for (const [mask, cell] of masks) {
      if (this.codeOr(cell) > 0) {
        this.report('LOCKDEP', 'mask-left-behind', cpu.name, `${what} ends with ${mask}`);
      }
    }
  }

  describeContext(owner: number): string {
    const name = this.compiled.cpus[Math.floor(owner / 3)]?.name ?? 'nobody';
    return `${name}${['', ' softirq', ' hardirq'][owner % 3]}`;
  }

  // ---- masks ----

  private nestingCell(what: Nesting): number {
    const cpu = this.compiled.cpus[this.slot.cpu] as CompiledCpu;
    if (what === 'bh' || what === 'irq') return cpu[what];
    return cpu[what][this.slot.level] as number;
  }

  nesting(what: Nesting): number {
    return this.codeOr(this.nestingCell(what));
  }

  nest(what: Nesting, by: 1 | -1): void {
    const cell = this.nestingCell(what);
    const now = this.codeOr(cell) + by;
    if (now < 0) {
      const facility = what === 'rcu' ? 'RCU' : 'LOCKDEP';
      const word = {
        rcu: 'rcu_read_unlock',
        bh: 'local_bh_enable',
        irq: 'local_irq_restore',
        preempt: 'preempt_enable',
      }[what];
      this.report(
        facility,
        'unbalanced',
        this.describeContext(this.self(this.slot)),
        `${word} without its counterpart`,
      );
      return;
    }
    if (now > 7) this.range(cell, now);
    this.memory.setCode(cell, now);
    if (now === 0) this.rcu.mayHaveLeft(this.slot, what);
  }

  mayNotSleep(): string | undefined {
    const cpu = this.compiled.cpus[this.slot.cpu] as CompiledCpu;
    if (this.slot.level > 0) return `in ${this.slot.context}`;
    const [lock] = this.heldBy(this.self(this.slot));
    if (lock !== undefined) return `holding ${lock}`;
    if (this.codeOr(cpu.irq) > 0) return 'with interrupts off';
    if (this.codeOr(cpu.bh) > 0) return 'with softirqs off';
    if (this.codeOr(cpu.preempt[0] as number) > 0) return 'with preemption off';
    if (this.codeOr(cpu.rcu[0] as number) > 0) return 'inside rcu_read_lock';
    return undefined;
  }

  beginWait(what: 'readers' | 'callbacks' | 'ipi'): void {
    this.rcu.beginWait(this.slot, what);
  }

  waitOver(what: 'readers' | 'callbacks' | 'ipi'): boolean {
    return this.rcu.waitOver(this.slot, what);
  }

  // ---- reports ----

  report(facility: Facility, kind: string, object: string, message: string): boolean {
    const mode = this.modes[facility];
    if (mode === 'off') return false;
    const finding = { facility, kind, object, message };
    if (mode === 'fatal' || kind === 'self-deadlock') throw new Fault(finding);
    this.findings.push(finding);
    return true;
  }

  isOn(facility: Facility): boolean {
    return this.modes[facility] !== 'off';
  }

  claim(id: string, holds: boolean): void {
    this.claimed.push(id);
    if (holds) return;
    this.findings.push({
      facility: 'claim',
      kind: id,
      object: '',
      message: `${id} is claimed here and is false`,
    });
  }

  /** A value no field of this type holds: always fatal. */
  range(cell: number, value: unknown): never {
    const { name, codec } = this.compiled.layout.cells[cell] as {
      name: string;
      codec: { size: number; kind: string };
    };
    const shown =
      typeof value === 'number' && codec.kind === 'word'
        ? this.describeWord(value)
        : describe(value);
    const most = codec.kind === 'int' ? ` (0 to ${codec.size - 1})` : '';
    throw new Fault({
      facility: 'range',
      kind: 'value-out-of-range',
      object: name,
      message: `${name}${most} cannot hold ${shown}`,
    });
  }

  // ---- words ----

  address(view: View, field?: string): number {
    if (field === undefined) return ADDRESS_BASE + view.$cell * ADDRESS_STEP;
    const plan = this.planOf(view);
    const member = plan.members.get(field);
    if (member === undefined) throw new TypeError(`${plan.name} has no field '${field}'`);
    const cell = 'type' in member ? member.cell : plan.cell + member.cell;
    return ADDRESS_BASE + cell * ADDRESS_STEP;
  }

  private planOf(view: View): ViewPlan {
    for (const plan of this.compiled.layout.plansAt.get(view.$cell) ?? []) {
      if (this.views.get(plan) === view) return plan;
    }
    for (const [plan, one] of this.views) if (one === view) return plan;
    throw new TypeError('not a view of this state');
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
    const outer = this.compiled.layout.root.members.get(container);
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
    const index = this.compiled.layout.words.functions.indexOf(name);
    if (index === -1)
      throw new HeddleError('unknown-callback', `'${name}' is no callback of this machine`);
    return FUNCTION_BASE + index;
  }

  describeWord(word: number): string {
    return this.compiled.layout.words.show(word);
  }

  wordBits(word: number, mask: number): number {
    if (word < ADDRESS_BASE) return word & mask;
    const known = word & mask & (ADDRESS_STEP - 1);
    let unknown = mask & ~(ADDRESS_STEP - 1);
    let value = known;
    while (unknown !== 0) {
      const bit = unknown & -unknown;
      if (this.choose(2) === 1) value |= bit;
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
    for (const [plan, view] of this.views) {
      for (const [name, member] of plan.members) {
        if (!('type' in member) && plan.cell + member.cell === cell) return [view, name];
      }
    }
    this.report(
      'KASAN',
      'wild-dereference',
      this.describeWord(word),
      `${this.describeWord(word)} is no address of a word`,
    );
    throw new TypeError(`${this.describeWord(word)} is no address of a word`);
  }

  // ---- objects ----

  allocate(heap: View, initial: Readonly<Record<string, unknown>> | undefined): number {
    return this.heap.allocate(this.planOf(heap), heap, initial);
  }

  release(heap: View, index: number): void {
    this.heap.release(this.planOf(heap), index);
  }

  isLive(view: View): boolean {
    return this.heap.isLive((view as AnyView).$object as number);
  }

  speculate<T>(body: () => T): T {
    this.speculating = true;
    try {
      return body();
    } finally {
      this.speculating = false;
    }
  }

  /** Runs `body` so that what it accesses is not seen as an access of the step. */
  unlogged<T>(body: () => T): T {
    const mark = accesses.count;
    const result = body();
    accesses.count = mark;
    return result;
  }

  blockedOn(owner: number): void {
    this.waitsFor = owner;
  }

  callRcu(head: View, functionWord: number): void {
    this.rcu.callRcu(this.slot, head, functionWord);
  }

  isQueued(head: View): boolean {
    return this.rcu.isQueued(head);
  }

  queueWork(work: View, functionWord: number): boolean {
    return this.rcu.queueWork(work, functionWord);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null)
    return '$path' in value ? `the view ${String(value.$path)}` : 'an object';
  return String(value);
}

const frameClasses = new WeakMap<
  ViewFactory,
  Map<Program, Map<number, new (cell: number, offset: number) => AnyView>>
>();

/** Frames of one scope differ only in place between CPUs, so they share a class. */
function frameClass(
  program: Program,
  scope: Scope,
  make: () => new (cell: number, offset: number) => AnyView,
  factory: ViewFactory,
): new (
  cell: number,
  offset: number,
) => AnyView {
  const programs = frameClasses.get(factory) ?? new Map();
  frameClasses.set(factory, programs);
  const scopes = programs.get(program) ?? new Map();
  programs.set(program, scopes);
  const known = scopes.get(scope.id) ?? make();
  scopes.set(scope.id, known);
  return known;
}
