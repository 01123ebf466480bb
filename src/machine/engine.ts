/**
 * How one step runs, on whatever memory it is given: control flow, contexts, masks, locks, and the
 * port that kernel words use. The packed and the frozen engine differ in their memory and their
 * views, in nothing else.
 */
import {
  accesses,
  type Context,
  type Facility,
  type FacilityMode,
  Fault,
  type Finding,
  type Nesting,
  type Processor,
  running,
} from '../design/processor.ts';
import { NONE, type View } from '../design/schema.ts';
import { Choices } from './choices.ts';
import { Contexts } from './contexts.ts';
import { Flow } from './flow.ts';
import { Heap } from './heap.ts';
import type { StepInstruction } from './instructions.ts';
import type { ViewPlan } from './layout.ts';
import type { CompiledCpu, CompiledMachine, Loaded, Slot } from './machine.ts';
import { Obtained } from './obtained.ts';
import { Pointers } from './pointers.ts';
import { Rcu } from './rcu.ts';
import { type AccessorWriter, type AnyView, ViewFactory } from './views.ts';

/** One state vector, read and written by codes. */
export interface Memory {
  code(cell: number): number;
  setCode(cell: number, code: number): void;
  /**
   * The same with narrower questions. Whoever asks no more than it needs lets a move be known in more states: whether a code is
   * not 0; the code where it lies from `low` to `high`, else -1; one bit of a code.
   */
  isSet(cell: number): boolean;
  codeWithin(cell: number, low: number, high: number): number;
  hasBit(cell: number, bit: number): boolean;
  setBit(cell: number, bit: number, on: boolean): void;
}

export type FacilityModes = Readonly<Record<Facility, FacilityMode>>;

/** What no CPU survives, watched or not: there is no state after it. */
const OOPS: ReadonlySet<string> = new Set([
  'null-dereference',
  'poison-dereference',
  'wild-dereference',
  'out-of-bounds',
]);

/** Fatal wherever the facility is on: the CPU never gets past it. */
const ENDS_THE_PATH: ReadonlySet<string> = new Set(['self-deadlock', 'ipi-with-irqs-off']);

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
  KCSAN: 'off',
};

/** How an attempted move ended. `spun`: a failed polling attempt, back in the same state. */
export type Attempt = 'disabled' | 'done' | 'spun' | 'refused';

export class Engine implements Processor {
  readonly compiled: CompiledMachine;
  readonly memory: Memory;
  readonly modes: FacilityModes;
  /** The whole state as a recipe sees it. */
  readonly state: AnyView;
  readonly views = new Map<ViewPlan, AnyView>();
  readonly heap: Heap;
  readonly rcu: Rcu;
  readonly obtained: Obtained;

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
  /** Where kept: calls (1) and returns (-1) of the last attempt in order, and the step itself (0). */
  callNotes: number[] | undefined;
  context!: Context;

  readonly choices = new Choices();
  readonly contexts: Contexts;
  readonly pointers: Pointers;
  private readonly flow: Flow;

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
    this.pointers = new Pointers(this);
    this.contexts = new Contexts(this);
    this.flow = new Flow(this, factory);
    this.heap = new Heap(this);
    this.rcu = new Rcu(this);
    this.obtained = new Obtained(this);
  }

  /** Puts this engine behind the kernel words; call before any attempt or property. */
  attach(): void {
    running.on = this;
  }

  choose(n: number): number {
    return this.choices.choose(n);
  }

  /**
   * Runs the next variant of the move of `slot` (at its counter), or starts a context there where
   * `entering`.
   */
  attempt(slot: Slot, entering: boolean): Attempt {
    this.choices.rewind();
    this.step = undefined;
    this.entered = undefined;
    this.loadedNow = undefined;
    this.picked = -1;
    this.waitsFor = -1;
    // Setting the length of an array costs more than most steps.
    if (this.findings.length > 0) this.findings.length = 0;
    if (this.claimed.length > 0) this.claimed.length = 0;
    if (this.callNotes !== undefined) this.callNotes = [];
    accesses.count = 0;
    this.slot = slot;
    this.context = slot.ctx;
    try {
      if (slot.obtained !== -1) this.obtained.before(slot);
      const outcome = entering ? this.flow.enter(slot) : this.flow.run(slot);
      if (this.rcu.consolidated && outcome === 'done') this.rcu.leave(slot);
      if (slot.obtained !== -1 && outcome !== 'disabled') this.obtained.after(slot);
      return outcome;
    } catch (thrown) {
      if (thrown instanceof Fault) {
        this.findings.push(thrown.finding);
        return 'refused';
      }
      throw thrown;
    }
  }

  /**
   * Runs code that is no step: an initial state, a property. Choices inside it take their first
   * alternative.
   */
  prepare(body: () => void): void {
    const { slot, context } = this;
    const cpu = this.compiled.cpus[0] as CompiledCpu;
    this.slot = (cpu.slots[0] ?? cpu.slots[1] ?? cpu.slots[2]) as Slot;
    this.context = { cpu: 0, context: 'task' };
    this.choices.aside = true;
    try {
      body();
    } finally {
      this.choices.aside = false;
      this.slot = slot;
      this.context = context;
      accesses.count = 0;
    }
  }

  /** Whether the last attempt touched shared memory. */
  touched(): boolean {
    return accesses.count > 0;
  }

  describeContext(owner: number): string {
    return this.contexts.describe(owner);
  }

  nesting(what: Nesting): number {
    return this.contexts.nesting(what);
  }

  nest(what: Nesting, by: 1 | -1): void {
    this.contexts.nest(what, by);
  }

  mayNotSleep(): string | undefined {
    return this.contexts.mayNotSleep();
  }

  /** Brings the task of a CPU to its first step. */
  startTask(slot: Slot): void {
    this.flow.startTask(slot);
  }

  dereferenced(cell: number): void {
    if (!this.choices.aside) this.obtained.got(this.slot, cell);
  }

  beginWait(what: 'readers' | 'callbacks' | 'ipi'): void {
    this.rcu.beginWait(this.slot, what);
  }

  waitOver(what: 'readers' | 'callbacks' | 'ipi'): boolean {
    return this.rcu.waitOver(this.slot, what);
  }

  report(facility: Facility, kind: string, object: string, message: string): boolean {
    const mode = this.modes[facility];
    const finding = { facility, kind, object, message };
    if (OOPS.has(kind)) throw new Fault(finding);
    if (mode === 'off') return false;
    if (mode === 'fatal' || ENDS_THE_PATH.has(kind)) throw new Fault(finding);
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

  /** An element no array has; `NONE` is what an empty reference leads to. Always ends the step. */
  outside(path: string, index: number): never {
    const kind = index === NONE ? 'null-dereference' : 'out-of-bounds';
    const text = `${path}[${index === NONE ? 'NONE' : index}] is accessed`;
    this.report('KASAN', kind, path, text);
    throw new RangeError(text);
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

  address(view: View, field?: string): number {
    return this.pointers.address(view, field);
  }

  viewAt(word: number, name: string): View | undefined {
    return this.pointers.viewAt(word, name);
  }

  containerOf(word: number, container: string, member: string): number {
    return this.pointers.containerOf(word, container, member);
  }

  functionWord(name: string): number {
    return this.pointers.functionWord(name);
  }

  describeWord(word: number): string {
    return this.pointers.describeWord(word);
  }

  wordBits(word: number, mask: number): number {
    return this.pointers.wordBits(word, mask);
  }

  loadWord(word: number): number {
    return this.pointers.loadWord(word);
  }

  storeWord(word: number, value: number): void {
    this.pointers.storeWord(word, value);
  }

  allocate(heap: View, initial: Readonly<Record<string, unknown>> | undefined): number {
    return this.heap.allocate(this.pointers.planOf(heap), heap, initial, this.slot);
  }

  release(heap: View, index: number): void {
    this.heap.release(this.pointers.planOf(heap), index);
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

  callRcu(head: View, functionWord: number, waits: boolean): void {
    this.rcu.callRcu(this.slot, head, functionWord, waits);
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
