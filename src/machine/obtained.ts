/**
 * Objects found under RCU: what a context got by `rcu_dereference` inside a section and may not touch once it has left it, unless
 * it took a reference, holds a lock, or got there in another way. Kept in the state, as a set for each context, and only as long
 * as a local of the context leads to the object.
 */
import {
  ACCESS_MASK,
  ACCESS_SHIFT,
  ATOMIC,
  accesses,
  CHANGED,
  CORE,
  WRITE,
} from '../design/processor.ts';
import type { Engine } from './engine.ts';
import type { Cell } from './layout.ts';
import type { Slot } from './machine.ts';

/** Objects a set can name; a model with more is not watched. */
export const MAX_OBTAINED = 31;

/** Thrown where a model turns out to need the sets that it was laid out without: the search starts again with them. */
export class NeedsObtained {}

export class Obtained {
  private readonly engine: Engine;
  /** By CPU and level: cells of the locals that can lead to an object. */
  private readonly locals: readonly (readonly Cell[])[];
  /** Objects that were out of bounds before the attempt, though the context's locals led to them and it held no lock. */
  private forbidden = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    const { cpus, layout } = engine.compiled;
    this.locals = cpus.flatMap(({ slots }) =>
      slots.map((slot) =>
        (slot?.loaded ?? []).flatMap(({ program, cell }) =>
          program.fields
            .map((field) => layout.cells[cell + field.cell] as Cell)
            .filter(({ codec }) => codec.kind === 'word' || codec.leadsTo !== undefined),
        ),
      ),
    );
  }

  /** `rcu_dereference` has read the pointer in a cell. */
  got(slot: Slot, cell: number): void {
    const { engine } = this;
    const { objects } = engine.compiled.layout;
    if (!engine.isOn('RCU') || objects.length === 0 || objects.length > MAX_OBTAINED) return;
    const set = engine.heap.leadsTo(cell);
    if (set === 0) return;
    if (!engine.rcu.isReader(slot)) {
      this.forget(slot, set);
      return;
    }
    if (slot.obtained === -1) throw new NeedsObtained();
    const { memory } = engine;
    const old = memory.code(slot.obtained) | memory.code(slot.stale);
    // What a local led to before, and not from here, it has in its own right.
    const fresh = set & ~(this.ledTo(slot) & ~old);
    memory.setCode(slot.obtained, memory.code(slot.obtained) | fresh);
    memory.setCode(slot.stale, memory.code(slot.stale) & ~set);
  }

  /** The context got these objects in a way that has nothing to do with RCU. */
  forget(slot: Slot, set: number): void {
    if (slot.obtained === -1) return;
    const { memory } = this.engine;
    memory.setCode(slot.obtained, memory.code(slot.obtained) & ~set);
    memory.setCode(slot.stale, memory.code(slot.stale) & ~set);
  }

  /** Before an attempt of `slot`: what it must not touch. */
  before(slot: Slot): void {
    const { engine } = this;
    const stale = engine.memory.code(slot.stale);
    this.forbidden = stale === 0 || engine.contexts.holdsLock(slot) ? 0 : stale & this.ledTo(slot);
  }

  /** After an attempt that was enabled: what it touched, took a reference on, or forgot. */
  after(slot: Slot): void {
    const { memory, rcu } = this.engine;
    const tracked = memory.code(slot.obtained) | memory.code(slot.stale);
    if (tracked === 0) return;
    this.look(slot);
    const led = this.ledTo(slot);
    const obtained = memory.code(slot.obtained) & led;
    const stale = memory.code(slot.stale) & led;
    const stays = obtained !== 0 && rcu.isReader(slot);
    memory.setCode(slot.obtained, stays ? obtained : 0);
    memory.setCode(slot.stale, stays ? stale : stale | obtained);
  }

  private look(slot: Slot): void {
    const { engine } = this;
    const { cells } = engine.compiled.layout;
    const otherwise = !engine.rcu.isReader(slot) || engine.contexts.holdsLock(slot);
    for (let at = 0; at < accesses.count && at <= ACCESS_MASK; at += 1) {
      const entry = accesses.entries[at] as number;
      if ((entry & CORE) !== 0) continue;
      const cell = entry >>> ACCESS_SHIFT;
      const object = cells[cell]?.object ?? -1;
      if (object !== -1) {
        this.touched(slot, cell, object);
        // A reference, a claim by cmpxchg: whoever changes the object atomically means to keep it.
        if ((entry & ATOMIC) !== 0 && (entry & CHANGED) !== 0) this.forget(slot, 1 << object);
      }
      // Found again without RCU: it is reached on other grounds.
      if (otherwise && (entry & WRITE) === 0) this.forget(slot, engine.heap.leadsTo(cell));
    }
  }

  private touched(slot: Slot, cell: number, object: number): void {
    const { engine } = this;
    const stale = engine.memory.code(slot.stale);
    if ((this.forbidden & stale & (1 << object)) === 0 || !engine.heap.isLive(object)) return;
    const name = engine.compiled.layout.cells[cell]?.name ?? '?';
    const who = engine.describeContext(engine.contexts.self(slot));
    const text = `${who} touches ${name} after the RCU section that it found it in, without a reference`;
    // Once for a visit of the object.
    this.forbidden &= ~(1 << object);
    engine.report('RCU', 'use-after-unlock', name, text);
  }

  /** The objects that some local of a context leads to. */
  private ledTo(slot: Slot): number {
    let set = 0;
    for (const { index } of this.locals[slot.cpu * 3 + slot.level] ?? [])
      set |= this.engine.heap.leadsTo(index);
    return set;
  }
}
