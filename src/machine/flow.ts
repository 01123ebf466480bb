/** Control flow: from a counter through local code to a step, and on to the next counter. */
import { type Declared, HeddleError } from '../design/errors.ts';
import { accesses } from '../design/processor.ts';
import type { Attempt, Engine } from './engine.ts';
import type { Instruction, Program, Scope, StepInstruction } from './instructions.ts';
import type { Cell } from './layout.ts';
import type { CompiledCpu, Loaded, Slot } from './machine.ts';
import { type AnyView, fieldAt, type ViewFactory } from './views.ts';

/** More local code than this between two steps is a loop that never makes one. */
const LOCAL_LIMIT = 10_000;

export class Flow {
  private readonly engine: Engine;
  /** Views of locals, by CPU, level, program of the slot and scope. */
  private readonly frames: AnyView[][][][];

  constructor(engine: Engine, factory: ViewFactory) {
    this.engine = engine;
    this.frames = engine.compiled.cpus.map((cpu) =>
      cpu.slots.map((slot) => this.makeFrames(slot, factory)),
    );
  }

  enter(slot: Slot): Attempt {
    const cpu = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    const started =
      slot.level === 2
        ? undefined
        : cpu.kind === 'kworker'
          ? this.engine.rcu.startWork()
          : this.engine.rcu.startCallback(cpu);
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
    this.engine.loadedNow = loaded;
    this.engine.entered = `start ${loaded.program.name}`;
    const [first] = Object.keys(loaded.program.root.params);
    if (first !== undefined && parameter !== undefined) {
      this.frame(slot, loaded, loaded.program.rootScope)[first] = parameter;
    }
    this.goOn(slot, loaded, 0);
  }

  run(slot: Slot): Attempt {
    const counter = this.engine.memory.code(slot.counter);
    const loaded = slot.loadedAt[counter] as Loaded;
    this.engine.loadedNow = loaded;
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
        targets[targets.length === 1 ? 0 : this.engine.choose(targets.length)] as number,
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
    this.engine.step = step;
    this.engine.callNotes?.push(0);
    const { node } = step;
    const l = this.frame(slot, loaded, step.scope);
    switch (node.form) {
      case 'step':
        node.effect?.(this.engine.state, l, slot.ctx);
        break;
      case 'until':
      case 'spin_until': {
        if (node.guard?.(this.engine.state, l, slot.ctx) !== true) {
          return node.form === 'until' ? 'disabled' : 'spun';
        }
        node.effect?.(this.engine.state, l, slot.ctx);
        break;
      }
      case 'test': {
        const holds = node.effect?.(this.engine.state, l, slot.ctx);
        this.goOn(slot, loaded, holds ? step.whenTrue : step.whenFalse);
        return 'done';
      }
      case 'pick': {
        this.engine.picked = this.engine.choose(node.choices ?? 1);
        if (node.effect?.(this.engine.state, l, this.engine.picked, slot.ctx) === false)
          return 'disabled';
        break;
      }
      case 'stop':
        for (const field of loaded.program.fields)
          this.engine.memory.setCode(loaded.cell + field.cell, 0);
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
    this.engine.memory.setCode(slot.counter, loaded.base + point.point);
    if (instruction.op === 'choose' && instruction.between)
      this.engine.contexts.checkLeftBehind(slot, 'an operation');
  }

  private finish(slot: Slot): void {
    this.engine.memory.setCode(slot.counter, 0);
    const { kind } = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    const what =
      slot.level === 0 && kind === 'cpu'
        ? 'this CPU'
        : (this.engine.loadedNow?.program.name ?? 'a handler');
    this.engine.contexts.checkLeftBehind(slot, what);
    if (slot.level > 0 || kind !== 'cpu') this.engine.rcu.callbackDone(slot);
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
      const place = (instructions[from] as { place?: Declared }).place;
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
        return instruction.condition(this.frame(slot, loaded, instruction.scope), this.engine.state)
          ? instruction.whenTrue
          : instruction.whenFalse;
      case 'local':
        instruction.code(this.frame(slot, loaded, instruction.scope), this.engine.state);
        return at + 1;
      case 'zero':
        for (const field of instruction.fields)
          this.engine.memory.setCode(loaded.cell + field.cell, 0);
        return at + 1;
      case 'enter': {
        const values = instruction.args?.(
          this.frame(slot, loaded, instruction.caller),
          this.engine.state,
        );
        if (values !== undefined)
          Object.assign(this.frame(slot, loaded, instruction.callee), values);
        if (instruction.balance !== undefined) {
          this.engine.memory.setCode(
            loaded.cell + instruction.balance.cell,
            this.engine.contexts.balance(slot),
          );
        }
        this.engine.callNotes?.push(1);
        return at + 1;
      }
      case 'exit':
        this.engine.callNotes?.push(-1);
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
      const before = this.engine.memory.code(loaded.cell + instruction.balance.cell);
      if (before !== this.engine.contexts.balance(slot)) {
        this.engine.report(
          'LOCKDEP',
          'unbalanced',
          instruction.name,
          `${instruction.name} returns with other locks or readers than it was entered with`,
        );
      }
    }
    instruction.result?.(this.frame(slot, loaded, instruction.caller), callee);
    for (const field of instruction.zero) this.engine.memory.setCode(loaded.cell + field.cell, 0);
  }

  /** Brings the task of a CPU to its first step. */
  startTask(slot: Slot): void {
    this.engine.slot = slot;
    this.engine.context = slot.ctx;
    this.engine.loadedNow = slot.loaded[0] as Loaded;
    this.goOn(slot, this.engine.loadedNow, 0);
  }

  private frame(slot: Slot, loaded: Loaded, scope: Scope): AnyView {
    return this.frames[slot.cpu]?.[slot.level]?.[loaded.index]?.[scope.id];
  }

  private makeFrames(slot: Slot | undefined, factory: ViewFactory): AnyView[][] {
    if (slot === undefined) return [];
    return slot.loaded.map(({ program, cell }) =>
      program.scopes.map((scope) => {
        const fields = scope.fields.map((field) => {
          const sample = this.engine.compiled.layout.cells[cell + field.cell] as Cell;
          return fieldAt(field.name, field, sample, false);
        });
        const Frame = frameClass(program, scope, () => factory.frame(fields), factory);
        return Object.freeze(new Frame(cell, slot.frameOffset));
      }),
    );
  }
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
