/**
 * KCSAN (kernel/kcsan, Linux 6.1, in our own words) over all schedules: two CPUs stand before steps that touch one word, at
 * least one of them to write it and at least one of them plainly. Nothing of it is in the state.
 */
import {
  ACCESS_MASK,
  ACCESS_SHIFT,
  accesses,
  CORE,
  type Finding,
  MARKED,
  UNWATCHED,
  WRITE,
} from '../design/processor.ts';
import type { Attempt, Engine } from '../machine/engine.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { Slot } from '../machine/machine.ts';
import { expand } from '../machine/moves.ts';
import { StepNumbers } from './step-numbers.ts';

const EXEMPT = CORE | UNWATCHED;

/** The data races of the state in memory, until `kcsan` is asked again; `tryAll` tries its moves and tells of each. */
export function racesIn(
  kcsan: Kcsan,
  tryAll: (visit: (slot: Slot, entering: boolean, outcome: Attempt) => void) => void,
): readonly Finding[] {
  if (!kcsan.isOn) return [];
  kcsan.begin();
  // The moves are counted where they are made.
  kcsan.engine.heap.uncounted(() =>
    tryAll((slot, _entering, outcome) => kcsan.note(slot, outcome)),
  );
  return kcsan.found;
}

/** The races that end a path in the state in memory: all of them where KCSAN is fatal, else none. */
export function fatalRaces(engine: Engine, kcsan: Kcsan, restore: () => void): readonly Finding[] {
  if (engine.modes.KCSAN !== 'fatal') return [];
  return racesIn(kcsan, (visit) => expand(engine, { restore, visit }));
}

/** Races reported, as plain data: each with the first state that has it. */
export type KcsanNotes = readonly (readonly [race: number, state: number])[];

/** One access that some move of the state would make. */
interface Noted {
  readonly slot: Slot;
  readonly step: StepInstruction;
  readonly kind: number;
  /** What else was noted of the word. */
  readonly earlier: Noted | undefined;
}

export class Kcsan {
  readonly isOn: boolean;
  /** The races of the state at hand. */
  readonly found: Finding[] = [];
  readonly engine: Engine;
  private readonly noted: (Noted | undefined)[];
  private readonly touched: number[] = [];
  /** Races reported before, where each pair of steps is wanted once: word and steps as one number, and the state. */
  private readonly seen: Map<number, number> | undefined;
  private readonly objects: Int32Array;
  private readonly live: boolean[] = [];
  private readonly numbers: StepNumbers;
  private readonly current: (() => number) | undefined;
  private readonly gathered = new Set<string>();
  private readonly meetings = new Map<string, number>();

  /** With `current`, the state at hand, a pair of steps is reported in the first state that has it, and not again. */
  constructor(engine: Engine, current?: () => number) {
    this.engine = engine;
    this.isOn = engine.isOn('KCSAN') && engine.compiled.cpus.length > 1;
    this.noted = engine.compiled.layout.cells.map(() => undefined);
    this.objects = Int32Array.from(engine.compiled.layout.cells, ({ object }) => object);
    this.numbers = new StepNumbers(engine.compiled);
    this.current = current;
    this.seen = current === undefined ? undefined : new Map();
  }

  notes(): KcsanNotes {
    return [...(this.seen ?? [])];
  }

  /** Adds the races that were reported elsewhere. */
  absorb(notes: KcsanNotes): void {
    for (const [race, state] of notes) this.isNew(race, state);
  }

  /** Whether a race was reported in no state up to this one; from now on it was. */
  private isNew(race: number, state: number): boolean {
    if ((this.seen?.get(race) ?? Infinity) <= state) return false;
    this.seen?.set(race, state);
    return true;
  }

  /** Begins with the state in memory. An object that is free in it is one only for a step that allocates it, and nobody else's. */
  begin(): void {
    const { layout } = this.engine.compiled;
    for (const { index } of layout.objects) this.live[index] = this.engine.heap.isLive(index);
    for (const cell of this.touched) this.noted[cell] = undefined;
    this.touched.length = 0;
    this.found.length = 0;
  }

  /**
   * Notes what the move just tried has touched. A step that waits has read what it waits for; a variant of a pick that is not
   * enabled is no move. What the RCU core does is its own business.
   */
  note(
    slot: Slot,
    outcome: Attempt,
    access = (cell: number, kind: number, step: StepInstruction): void =>
      this.access(cell, kind, slot, step),
  ): void {
    const { step } = this.engine;
    const { count, entries } = accesses;
    if (step === undefined || count === 0) return;
    if (outcome === 'disabled' && step.node.form === 'pick') return;
    for (let at = 0; at < count && at <= ACCESS_MASK; at += 1) {
      const entry = entries[at] as number;
      const cell = entry >>> ACCESS_SHIFT;
      const object = this.objects[cell] as number;
      if ((entry & EXEMPT) !== 0 || (object !== -1 && this.live[object] === false)) continue;
      access(cell, entry & (WRITE | MARKED), step);
    }
  }

  /** Adds what the move just tried has touched to what `races` makes a number of. */
  gather(slot: Slot, outcome: Attempt): void {
    this.note(slot, outcome, (cell, kind, step) =>
      this.gathered.add(`${cell} ${kind} ${this.numbers.of(step)}`),
    );
  }

  /** A number for what was gathered since the last time: the same for the same; 0 for nothing. */
  races(): number {
    if (this.gathered.size === 0) return 0;
    const key = [...this.gathered].sort().join();
    this.gathered.clear();
    const known = this.meetings.get(key) ?? this.meetings.size + 1;
    this.meetings.set(key, known);
    return known;
  }

  private access(cell: number, kind: number, slot: Slot, step: StepInstruction): void {
    const earlier = this.noted[cell];
    for (let one = earlier; one !== undefined; one = one.earlier) {
      if (one.slot.cpu === slot.cpu) {
        if (one.step === step && one.kind === kind) return;
      } else if (((one.kind | kind) & WRITE) !== 0 && (one.kind & kind & MARKED) === 0) {
        this.race(cell, one, { slot, step, kind, earlier });
      }
    }
    if (earlier === undefined) this.touched.push(cell);
    this.noted[cell] = { slot, step, kind, earlier };
  }

  private race(cell: number, one: Noted, other: Noted): void {
    const [a, b] = [this.numbers.of(one.step), this.numbers.of(other.step)];
    const pair = (cell * 2 ** 20 + Math.min(a, b)) * 2 ** 20 + Math.max(a, b);
    if (this.current !== undefined && !this.isNew(pair, this.current())) return;
    const [first, second] = (one.kind & WRITE) === 0 ? [other, one] : [one, other];
    const name = this.engine.compiled.layout.cells[cell]?.name ?? '?';
    const functions = `${first.step.stack.at(-1)} / ${second.step.stack.at(-1)}`;
    const message = `data-race in ${functions}: ${this.tell(first, name)}, ${this.tell(second)}`;
    this.found.push({ facility: 'KCSAN', kind: 'data-race', object: name, message });
  }

  private tell({ slot, step, kind }: Noted, name = ''): string {
    const access =
      (kind & WRITE) === 0 ? `read${name && ` of ${name}`}` : `write${name && ` to ${name}`}`;
    const who = this.engine.describeContext(this.engine.contexts.self(slot));
    const how = (kind & MARKED) === 0 ? 'plain' : 'marked';
    return `${how} ${access} by ${who} at '${step.stack.at(-1)}: ${step.label}'`;
  }
}
