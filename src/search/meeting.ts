/** Whether the halves of what LOCKDEP reports can meet: a schedule that deadlocks over the locks it names, or that there is none. */
import type { Check } from '../design/check.ts';
import type { Finding } from '../design/processor.ts';
import type { Attempt } from '../machine/engine.ts';
import type { Cell } from '../machine/layout.ts';
import type { CompiledMachine, Slot } from '../machine/machine.ts';
import { expand, type Move } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { initialise } from '../machine/start.ts';
import { modesOf } from '../replay/cursor.ts';
import { Waits } from '../replay/waits.ts';
import { fatalRaces, Kcsan } from './kcsan.ts';
import { lockClassOf } from './lockdep.ts';
import { Region } from './region.ts';

export type Meeting =
  | { readonly kind: 'meets'; readonly initial: string; readonly moves: readonly Move[] }
  /** In none of so many states, which are all; `isCut` where a fatal violation ends some schedules before. */
  | { readonly kind: 'never'; readonly states: number; readonly isCut: boolean }
  /** More states than may be looked at. */
  | { readonly kind: 'unknown' };

/** Looks at `most` states at most, from every initial state. */
export function meetingOf(
  check: Check,
  compiled: CompiledMachine,
  finding: Finding,
  most: number,
): Meeting {
  return new Search(check, compiled, classesIn(finding)).run(most);
}

/** The lock classes that a report of LOCKDEP names. */
export function classesIn({ kind, object, message }: Finding): string[] {
  if (!/cycle|safe-to-unsafe/.test(kind)) return [object];
  const [, names = ''] = /: (.*)$/.exec(message) ?? [];
  return [...new Set(names.split(' -> '))];
}

class Search {
  private readonly engine: PackedEngine;
  private readonly region: Region;
  private readonly kcsan: Kcsan;
  private readonly waits: Waits;
  private readonly initials: readonly string[];
  /** Lock classes, and by name of a lock its class. */
  private readonly classes: readonly string[];
  private readonly classOf: ReadonlyMap<string, string>;
  private found: Move[] | undefined;
  private isCut = false;

  constructor(check: Check, compiled: CompiledMachine, classes: readonly string[]) {
    this.engine = new PackedEngine(compiled, modesOf(check));
    this.region = new Region(this.engine);
    this.kcsan = new Kcsan(this.engine);
    this.waits = new Waits(compiled.cpus.length);
    this.initials = Object.keys(check.model.initial);
    this.classes = classes;
    this.classOf = new Map(compiled.layout.locks.map((lock) => [lock.name, lockClassOf(lock)]));
  }

  run(most: number): Meeting {
    const { engine, region } = this;
    engine.attach();
    for (const initial of this.initials) {
      engine.memory.words.fill(0);
      initialise(engine, initial);
      const first = region.count;
      region.add();
      for (let state = first; state < region.count; state += 1) {
        if (region.count > most) return { kind: 'unknown' };
        this.look(state);
        if (this.found !== undefined) return { kind: 'meets', initial, moves: this.found };
      }
    }
    return { kind: 'never', states: region.count, isCut: this.isCut };
  }

  private look(state: number): void {
    const { engine, region, waits } = this;
    const restore = (): void => region.restore();
    region.load(state);
    if (fatalRaces(engine, this.kcsan, restore).length > 0) {
      this.isCut = true;
      return;
    }
    waits.begin();
    const next: Move[] = [];
    expand(engine, { restore, visit: (...move) => this.visit(state, next, ...move) });
    const circle = waits.cycle(engine.compiled);
    if (circle !== undefined && this.allHeld()) this.found ??= region.wayTo(state);
    else if (next[0] !== undefined) this.found ??= [...region.wayTo(state), next[0]];
  }

  private visit(
    state: number,
    stuck: Move[],
    slot: Slot,
    entering: boolean,
    outcome: Attempt,
  ): void {
    const { engine } = this;
    this.waits.note(slot, entering, outcome, engine.waitsFor);
    const move = { cpu: slot.cpu, level: slot.level, choice: engine.choices.ordinal };
    const isStuck = engine.findings.some(
      ({ kind, object }) =>
        kind === 'self-deadlock' && this.classes.includes(this.classOf.get(object) ?? object),
    );
    if (isStuck) stuck.push(move);
    else if (outcome === 'refused') this.isCut = true;
    else if (outcome === 'done') this.region.add(state, move);
  }

  /** Whether a lock of each class is held. */
  private allHeld(): boolean {
    const { memory, compiled } = this.engine;
    const { locks, cells } = compiled.layout;
    const held = locks.filter(({ cell }) => memory.code(cell) > (cells[cell] as Cell).bias);
    const classes = new Set(held.map(lockClassOf));
    return this.classes.every((one) => classes.has(one));
  }
}
