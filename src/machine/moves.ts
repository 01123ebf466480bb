/**
 * Every move that a state has: whose context can go on, which callbacks and handlers can start, all
 * their variants.
 */
import type { Attempt, Engine } from './engine.ts';
import type { CompiledCpu, Slot } from './machine.ts';

/** Told of each variant once it has run; the engine and its memory hold what it did. */
export interface MoveVisitor {
  /** Puts the memory back to the state being expanded. */
  restore(): void;
  visit(slot: Slot, entering: boolean, outcome: Attempt): void;
}

/** Tries every move of the state in memory, CPU by CPU; only those of `only` where given. */
export function expand(engine: Engine, visitor: MoveVisitor, only = -1): void {
  for (const cpu of engine.compiled.cpus) {
    if (only !== -1 && cpu.index !== only) continue;
    const active = engine.contexts.activeSlot(cpu);
    if (active !== undefined) variants(engine, active, false, visitor);
    for (let level = 1; level <= 2; level += 1) {
      const slot = cpu.slots[level];
      if (slot !== undefined && canEnter(engine, cpu, level)) variants(engine, slot, true, visitor);
    }
    const idle = cpu.slots[0];
    if (
      cpu.kind === 'kworker' &&
      active === undefined &&
      idle !== undefined &&
      engine.rcu.mayStart(cpu)
    ) {
      variants(engine, idle, true, visitor);
    }
  }
}

function canEnter(engine: Engine, cpu: CompiledCpu, level: number): boolean {
  if (!engine.contexts.mayEnter(cpu, level)) return false;
  return level === 1 ? engine.rcu.mayStart(cpu) : cpu.handlers[2] !== -1;
}

function variants(engine: Engine, slot: Slot, entering: boolean, visitor: MoveVisitor): void {
  engine.choices.begin();
  do {
    const outcome = engine.attempt(slot, entering);
    visitor.visit(slot, entering, outcome);
    visitor.restore();
  } while (engine.choices.advance());
}

/**
 * One move of a state, as schedules name it: whose, in which context (0 task, 1 softirq, 2
 * hardirq), which variant.
 */
export interface Move {
  readonly cpu: number;
  readonly level: number;
  readonly choice: number;
}

/**
 * Runs one move on the state in memory; undefined where the state has no such move. The memory is
 * left as the move left it.
 */
export function perform(engine: Engine, move: Move, restore: () => void): Attempt | undefined {
  const cpu = engine.compiled.cpus[move.cpu];
  const slot = cpu?.slots[move.level];
  if (cpu === undefined || slot === undefined) return undefined;
  const active = engine.contexts.activeSlot(cpu);
  const entering = active !== slot;
  if (entering && !mayStart(engine, cpu, move.level, active)) return undefined;
  engine.choices.begin();
  for (;;) {
    const outcome = engine.attempt(slot, entering);
    if (engine.choices.ordinal === move.choice) return outcome;
    restore();
    if (!engine.choices.advance()) return undefined;
  }
}

/** Whether a context of `level` may start on a CPU whose topmost one is `active`. */
export function mayStart(
  engine: Engine,
  cpu: CompiledCpu,
  level: number,
  active: Slot | undefined,
): boolean {
  if (level === 0)
    return cpu.kind === 'kworker' && active === undefined && engine.rcu.mayStart(cpu);
  return canEnter(engine, cpu, level);
}

/** Whether every CPU has ended, or stands between operations, and nothing is pending anywhere. */
export function isAtRest(engine: Engine): boolean {
  return standsStill(engine, true) && engine.rcu.isIdle();
}

/** Whether every CPU has ended and no handler runs. */
export function allEnded(engine: Engine): boolean {
  return standsStill(engine, false);
}

function standsStill(engine: Engine, betweenCounts: boolean): boolean {
  for (const cpu of engine.compiled.cpus) {
    for (const slot of cpu.slots) {
      if (slot === undefined) continue;
      if (!engine.memory.isSet(slot.counter)) continue;
      if (!betweenCounts || slot.level !== 0) return false;
      if (!standsBetween(slot, engine.memory.code(slot.counter))) return false;
    }
  }
  return true;
}

function standsBetween(slot: Slot, counter: number): boolean {
  const loaded = slot.loadedAt[counter];
  if (loaded === undefined) return false;
  const { program, base } = loaded;
  const instruction = program.instructions[program.points[counter - base] as number];
  return instruction?.op === 'choose' && instruction.between;
}
