/** A model made ready to run: its CPUs and kernel threads, their programs, and where everything lies. */
import { HeddleError } from '../design/errors.ts';
import type { Model } from '../design/model.ts';
import type { Context, ContextName } from '../design/processor.ts';
import type { AnyFn } from '../design/program.ts';
import { intCodec, nameCodec, setCodec } from './codec.ts';
import { compileProgram } from './compile.ts';
import type { Program } from './instructions.ts';
import { Layout } from './layout.ts';
import { MAX_OBTAINED } from './obtained.ts';

/**
 * A program as one context of one CPU runs it. Its points are numbered from `base` + 1 in that
 * context's counter.
 */
export interface Loaded {
  readonly program: Program;
  readonly base: number;
  /** Cell of the program's first local, for this context. */
  readonly cell: number;
  /** Which of the slot's programs, and of all loaded programs. */
  readonly index: number;
  readonly id: number;
}

/** One context of a CPU: 0 in its counter means ended (task) or idle. */
export interface Slot {
  readonly cpu: number;
  readonly context: ContextName;
  readonly ctx: Context;
  /** 0 task, 1 softirq, 2 hardirq. */
  readonly level: number;
  readonly counter: number;
  readonly frameOffset: number;
  /** Cells of the objects it found under RCU, inside of the section and after it; -1 where nothing is found so. */
  readonly obtained: number;
  readonly stale: number;
  readonly loaded: readonly Loaded[];
  /** By counter value: the program it lies in. */
  readonly loadedAt: readonly (Loaded | undefined)[];
}

export interface CompiledCpu {
  readonly index: number;
  readonly name: string;
  readonly kind: 'cpu' | 'rcuo' | 'kworker';
  readonly slots: readonly (Slot | undefined)[];
  /** Handlers that may come at any moment, by level: index into `slots[level].loaded`, or -1. */
  readonly handlers: readonly number[];
  /** Cells of masks and waits; -1 where the model never uses them. `preempt` and `rcu` are per level. */
  readonly irq: number;
  readonly bh: number;
  readonly preempt: readonly number[];
  readonly rcu: readonly number[];
  readonly readersWait: number;
  readonly callbacksWait: number;
  readonly ipiWait: number;
}

export interface CompiledMachine {
  readonly model: Model;
  readonly layout: Layout;
  readonly cpus: readonly CompiledCpu[];
  readonly cpuCount: number;
  /** Whether there are sets of what contexts found under RCU. */
  readonly obtains: boolean;
  readonly uses: ReadonlySet<string>;
  /** All loaded programs' points in one numbering, for counts: `stepBase[loaded.id] + point`. */
  readonly stepBase: readonly number[];
  readonly stepTotal: number;
}

interface Plan {
  readonly name: string;
  readonly kind: CompiledCpu['kind'];
  readonly programs: readonly (readonly Program[])[];
  readonly handlers: readonly number[];
}

const LEVELS: readonly ContextName[] = ['task', 'softirq', 'hardirq'];

/**
 * Compiles a model. `obtains` is false where it is not known to look anything up under RCU: then nothing is kept for that.
 * @throws HeddleError for anything wrong with it that can be seen before a step runs.
 */
export function compileMachine(model: Model, obtains = true): CompiledMachine {
  const cpuNames = namesOf(model);
  const cpuCount = cpuNames.length;
  const schema = JSON.stringify(model.machine.schema);
  const hasHeads = schema.includes('"rcu_head"');
  const hasWork = schema.includes('"work_struct"');
  const hasCallbacks = model.machine.callbacks.length > 0;
  const offloaded = hasHeads && hasCallbacks && model.rcu.callbacks !== 'softirq';
  if (offloaded) cpuNames.push('rcuo');
  if (hasWork && hasCallbacks) cpuNames.push('kworker');
  if (model.rcu.doubleQueue === 'real' && model.rcu.order !== 'fifo') {
    throw new HeddleError(
      'bad-model',
      "rcu: { doubleQueue: 'real' } needs order: 'fifo'",
      model.place,
    );
  }
  const layout = new Layout(
    model.machine.schema,
    model.machine.constants,
    model.machine.callbacks,
    cpuNames,
    hasHeads && model.rcu.order === 'fifo',
  );
  const plans = planCpus(model, layout, cpuNames, hasHeads, offloaded);
  const uses = usesOf(plans);
  const stepBase: number[] = [];
  let stepTotal = 0;
  const cpus = plans.map((plan, index) =>
    placeCpu(plan, index, layout, uses, cpuNames.length, obtains, (program) => {
      stepBase.push(stepTotal);
      stepTotal += program.points.length;
      return stepBase.length - 1;
    }),
  );
  return { model, layout, cpus, cpuCount, obtains, uses, stepBase, stepTotal };
}

function namesOf(model: Model): string[] {
  const names: string[] = [];
  let plain = 0;
  for (const one of model.cpus) {
    for (let copy = 0; copy < one.count; copy += 1) {
      if (one.name === undefined) names.push(`CPU${plain}`);
      else names.push(one.count === 1 ? one.name : `${one.name}${copy}`);
      plain += 1;
    }
  }
  return names;
}

function planCpus(
  model: Model,
  layout: Layout,
  names: readonly string[],
  hasHeads: boolean,
  offloaded: boolean,
): Plan[] {
  const compiled = new Map<AnyFn, Program>();
  const compile = (fn: AnyFn): Program => {
    const program = compiled.get(fn) ?? compileProgram(fn, (type) => layout.codec(type));
    compiled.set(fn, program);
    return program;
  };
  const callbacks = model.machine.callbacks.map((name: string) =>
    compile(model.callbacks[name] as AnyFn),
  );
  const softirqCallbacks = hasHeads && model.rcu.callbacks !== 'offloaded' ? callbacks : [];
  const plans: Plan[] = [];
  for (const one of model.cpus) {
    const softirq = [...softirqCallbacks, ...(one.softirq ? [compile(one.softirq)] : [])];
    const hardirq = one.hardirq ? [compile(one.hardirq)] : [];
    for (let copy = 0; copy < one.count; copy += 1) {
      plans.push({
        name: names[plans.length] as string,
        kind: 'cpu',
        programs: [one.task ? [compile(one.task)] : [], softirq, hardirq],
        handlers: [-1, one.softirq ? softirq.length - 1 : -1, one.hardirq ? 0 : -1],
      });
    }
  }
  if (offloaded)
    plans.push({
      name: 'rcuo',
      kind: 'rcuo',
      programs: [[], callbacks, []],
      handlers: [-1, -1, -1],
    });
  if (names.length > plans.length) {
    plans.push({
      name: 'kworker',
      kind: 'kworker',
      programs: [callbacks, [], []],
      handlers: [-1, -1, -1],
    });
  }
  return plans;
}

function usesOf(plans: readonly Plan[]): Set<string> {
  const uses = new Set<string>();
  for (const plan of plans) {
    for (const program of plan.programs.flat()) for (const use of program.uses) uses.add(use);
  }
  return uses;
}

function placeCpu(
  plan: Plan,
  index: number,
  layout: Layout,
  uses: ReadonlySet<string>,
  cpus: number,
  obtains: boolean,
  number: (program: Program) => number,
): CompiledCpu {
  const control = (use: string, name: string, size: number): number =>
    uses.has(use)
      ? layout.add(
          `${plan.name} ${name}`,
          ['cpus', plan.name, name],
          intCodec(size, false),
          'control',
        )
      : -1;
  const slots = plan.programs.map((programs, level) =>
    programs.length === 0
      ? undefined
      : placeSlot(plan, index, level, programs, layout, obtains, number),
  );
  const perLevel = (use: string, name: string): number[] =>
    slots.map((slot, level) =>
      slot === undefined ? -1 : control(use, `${name} ${LEVELS[level]}`, 8),
    );
  const readers = 2 ** (cpus * 3);
  const callbacks = 2 ** Math.min(32, layout.heads.length + cpus);
  return {
    index,
    name: plan.name,
    kind: plan.kind,
    slots,
    handlers: plan.handlers,
    irq: control('irq', 'interrupts off', 8),
    bh: control('bh', 'softirqs off', 8),
    preempt: perLevel('preempt', 'preemption off'),
    rcu: perLevel('rcu', 'rcu_read_lock'),
    readersWait: control('readers', 'waits for readers', readers),
    callbacksWait: control('callbacks', 'waits for callbacks', callbacks),
    ipiWait: control('ipi', 'waits for IPI', 2 ** cpus),
  };
}

function placeSlot(
  plan: Plan,
  cpu: number,
  level: number,
  programs: readonly Program[],
  layout: Layout,
  obtains: boolean,
  number: (program: Program) => number,
): Slot {
  const context = LEVELS[level] as ContextName;
  const names = [level === 0 ? 'ended' : 'idle'];
  const loadedAt: (Loaded | undefined)[] = [undefined];
  const loaded: Loaded[] = [];
  for (const [at, program] of programs.entries()) {
    const one = { program, base: loadedAt.length - 1, cell: 0, index: at, id: number(program) };
    loaded.push(one);
    for (let point = 1; point < program.points.length; point += 1) {
      names.push(pointName(program, point));
      loadedAt.push(one);
    }
  }
  const path = ['cpus', plan.name, context];
  const counter = layout.add(
    `${plan.name} ${context}`,
    [...path, 'at'],
    nameCodec(names),
    'control',
  );
  const frameOffset = layout.bytes;
  for (const [at, one] of loaded.entries()) {
    loaded[at] = { ...one, cell: layout.cells.length };
    for (const field of one.program.fields) {
      const cellPath = [...path, 'locals', field.owner, field.name];
      layout.addLocal(
        `${plan.name} ${field.owner}.${field.name}`,
        cellPath,
        field.codec,
        frameOffset + field.offset,
      );
    }
  }
  const objects = layout.objects.map(({ name }) => name);
  const set = (name: string): number =>
    obtains && objects.length > 0 && objects.length <= MAX_OBTAINED
      ? layout.add(`${plan.name} ${context} ${name}`, [...path, name], setCodec(objects), 'control')
      : -1;
  return {
    cpu,
    context,
    obtained: set('found under RCU'),
    stale: set('left behind under RCU'),
    ctx: Object.freeze({ cpu: cpu, context }),
    level,
    counter,
    frameOffset,
    loaded,
    loadedAt: loadedAt.map((one) => (one === undefined ? undefined : loaded[one.index])),
  };
}

/** What a counter's value means, for people. */
export function pointName(program: Program, point: number): string {
  const instruction = program.instructions[program.points[point] as number];
  if (instruction?.op === 'step') return `${instruction.stack.at(-1)}: ${instruction.label}`;
  if (instruction?.op === 'choose') return `${instruction.stack.at(-1)}: choose`;
  return program.name;
}
