/** Every move that a state has: whose context can go on, which callbacks and handlers can start, all their variants. */
import type { Attempt, Engine } from './engine.ts';
import type { Actor, Slot } from './machine.ts';

/** Told of each variant once it has run; the engine and its memory hold what it did. */
export interface MoveVisitor {
  /** Puts the memory back to the state being expanded. */
  restore(): void;
  visit(slot: Slot, entering: boolean, outcome: Attempt): void;
}

/** Tries every move of the state in memory, CPU by CPU; only those of `only` where given. */
export function expand(engine: Engine, visitor: MoveVisitor, only = -1): void {
  for (const actor of engine.compiled.actors) {
    if (only !== -1 && actor.index !== only) continue;
    const active = engine.activeSlot(actor);
    if (active !== undefined) variants(engine, active, false, visitor);
    for (let level = 1; level <= 2; level += 1) {
      const slot = actor.slots[level];
      if (slot !== undefined && canEnter(engine, actor, level))
        variants(engine, slot, true, visitor);
    }
    const idle = actor.slots[0];
    if (
      actor.kind === 'kworker' &&
      active === undefined &&
      idle !== undefined &&
      engine.rcu.mayStart(actor)
    ) {
      variants(engine, idle, true, visitor);
    }
  }
}

function canEnter(engine: Engine, actor: Actor, level: number): boolean {
  if (!engine.mayEnter(actor, level)) return false;
  return level === 1 ? engine.rcu.mayStart(actor) : actor.handlers[2] !== -1;
}

function variants(engine: Engine, slot: Slot, entering: boolean, visitor: MoveVisitor): void {
  engine.beginMoves();
  do {
    const outcome = engine.attempt(slot, entering);
    visitor.visit(slot, entering, outcome);
    visitor.restore();
  } while (engine.nextVariant());
}

/** One move of a state, as schedules name it: whose, in which context (0 task, 1 softirq, 2 hardirq), which variant. */
export interface Move {
  readonly cpu: number;
  readonly level: number;
  readonly choice: number;
}

/** Runs one move on the state in memory; undefined where the state has no such move. The memory is left as the move left it. */
export function perform(engine: Engine, move: Move, restore: () => void): Attempt | undefined {
  const actor = engine.compiled.actors[move.cpu];
  const slot = actor?.slots[move.level];
  if (actor === undefined || slot === undefined) return undefined;
  const active = engine.activeSlot(actor);
  const entering = active !== slot;
  if (entering && !mayBegin(engine, actor, move.level, active)) return undefined;
  engine.beginMoves();
  for (;;) {
    const outcome = engine.attempt(slot, entering);
    if (engine.ordinal === move.choice) return outcome;
    restore();
    if (!engine.nextVariant()) return undefined;
  }
}

function mayBegin(engine: Engine, actor: Actor, level: number, active: Slot | undefined): boolean {
  if (level === 0)
    return actor.kind === 'kworker' && active === undefined && engine.rcu.mayStart(actor);
  return canEnter(engine, actor, level);
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
  for (const actor of engine.compiled.actors) {
    for (const slot of actor.slots) {
      if (slot === undefined) continue;
      const counter = engine.memory.code(slot.counter);
      if (counter !== 0 && !(betweenCounts && slot.level === 0 && standsBetween(slot, counter)))
        return false;
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
