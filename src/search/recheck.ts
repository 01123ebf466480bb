/**
 * The second execution (semantics.md section 12): every step of every stored state once more, in
 * reverse order, in an engine of its own. Finds steps that depend on anything but the state, steps
 * that write another CPU's locals, and ghosts that steer.
 */
import type { Check } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Attempt, FacilityModes } from '../machine/engine.ts';
import { compileMachine, type Slot } from '../machine/machine.ts';
import { expand, type MoveVisitor } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { initialise } from '../machine/start.ts';
import { Board } from './board.ts';
import { hashOf } from './hash.ts';
import type { Search } from './search.ts';
import { CHECKED_STATES } from './successor-hashes.ts';

/**
 * Executes everything again. `fresh` is the same check from a second load of its module where there
 * is one, so that what a module keeps in variables starts anew. Returns the locals that are written
 * but never read: each splits states for nothing.
 * @throws HeddleError `nondeterministic-step`, `foreign-locals`, `ghost-steers`
 */
export function recheck(search: Search, fresh: Check, modes: FacilityModes): readonly string[] {
  if (search.visited.count > CHECKED_STATES) return [];
  const second = new Recheck(search, fresh, modes);
  second.run();
  return second.localsNeverRead();
}

class Recheck implements MoveVisitor {
  private readonly search: Search;
  private readonly engine: PackedEngine;
  private readonly source: Uint32Array;
  private readonly board: Board;
  private readonly localsRead: Uint8Array;
  /** Bytes of every context's locals, by CPU. */
  private readonly frames: {
    readonly cpu: number;
    readonly from: number;
    readonly to: number;
  }[] = [];
  private readonly ghosts: readonly number[];
  private hash = 0;
  private steps: Seen[] = [];

  constructor(search: Search, fresh: Check, modes: FacilityModes) {
    this.search = search;
    const compiled = compileMachine(fresh.model, search.engine.compiled.obtains);
    this.localsRead = new Uint8Array(compiled.layout.cells.length);
    this.engine = new PackedEngine(compiled, modes, this.localsRead);
    this.source = new Uint32Array(this.engine.memory.words.length);
    this.board = new Board(fresh, this.engine);
    if (this.source.length !== search.source.length) {
      throw new HeddleError(
        'nondeterministic-step',
        'the model declares another state when it is loaded again',
        fresh.place,
      );
    }
    // A search that starts after a schedule has not stored them.
    const initial = search.roots === undefined ? Object.keys(fresh.model.initial) : [];
    for (const name of initial.reverse()) this.checkInitial(name, fresh);
    for (const cpu of compiled.cpus) {
      for (const slot of cpu.slots) {
        const bytes = Math.max(0, ...(slot?.loaded ?? []).map(({ program }) => program.frameBytes));
        if (slot !== undefined)
          this.frames.push({
            cpu: cpu.index,
            from: slot.frameOffset,
            to: slot.frameOffset + bytes,
          });
      }
    }
    this.ghosts = compiled.layout.cells
      .filter(({ role }) => role === 'ghost')
      .map(({ index }) => index);
  }

  /** `function.local`, of every local no execution ever read, though some execution stored something in it. */
  localsNeverRead(): string[] {
    const { cells } = this.engine.compiled.layout;
    const names = new Map<string, boolean>();
    for (const cell of cells) {
      if (cell.role !== 'local' || cell.path.at(-1) === '$held') continue;
      const owner = String(cell.path.at(-2)).replace(/#\d+$/, '');
      const name = `${owner}.${String(cell.path.at(-1))}`;
      names.set(name, (names.get(name) ?? false) || this.localsRead[cell.index] === 1);
    }
    return [...names].filter(([, read]) => !read).map(([name]) => name);
  }

  private checkInitial(name: string, fresh: Check): void {
    this.engine.memory.words.fill(0);
    initialise(this.engine, name);
    this.search.exchange(this.engine.memory.bytes);
    if (this.search.visited.find(this.engine.memory.words) === -1) {
      throw new HeddleError(
        'nondeterministic-step',
        `the initial state '${name}' is another one when it is made again`,
        fresh.model.place,
      );
    }
  }

  run(): void {
    this.engine.attach();
    for (let id = this.search.visited.count - 1; id >= 0; id -= 1) {
      if (!this.search.isExpanded(id) || this.search.cut.has(id)) continue;
      this.search.visited.load(id, this.source);
      const first = this.execute();
      if (this.hash !== this.search.successorHashes.sums[id]) this.nondeterministic();
      if (this.ghosts.length > 0) this.compareWithoutGhosts(first, id);
      this.askOnly(id);
    }
  }

  /** Properties look at a state; none may change it. */
  private askOnly(id: number): void {
    this.search.visited.load(id, this.source);
    this.restore();
    this.board.state(() => undefined, false);
    this.board.askPossible();
    if (this.engine.memory.words.every((word, at) => word === this.source[at])) return;
    throw new HeddleError(
      'property-threw',
      'a property writes the state it is asked about',
      this.search.check.place,
    );
  }

  private execute(): Seen[] {
    this.hash = 0;
    this.steps = [];
    this.restore();
    expand(this.engine, this);
    this.hash >>>= 0;
    return this.steps;
  }

  restore(): void {
    this.engine.memory.words.set(this.source);
  }

  visit(slot: Slot, _entering: boolean, outcome: Attempt): void {
    const { engine } = this;
    const ghostFault = outcome === 'refused' && engine.findings.at(-1)?.facility === 'range';
    const seen: Seen = { outcome, step: engine.step, hash: 0, ghostFault };
    this.steps.push(seen);
    if (outcome === 'disabled' || outcome === 'refused') return;
    if (outcome === 'spun') this.restore();
    this.hash += hashOf(engine.memory.words, 0, this.source.length);
    this.checkFrames(slot);
    if (this.ghosts.length === 0) return;
    this.clearGhosts();
    seen.hash = hashOf(engine.memory.words, 0, this.source.length);
  }

  private clearGhosts(): void {
    for (const cell of this.ghosts) this.engine.memory.setCode(cell, 0);
  }

  /**
   * A ghost set to its first value must change neither which moves are enabled nor what they do to
   * anything real.
   */
  private compareWithoutGhosts(first: readonly Seen[], id: number): void {
    this.restore();
    this.clearGhosts();
    this.source.set(this.engine.memory.words);
    const second = this.execute();
    for (const [at, seen] of first.entries()) {
      const other = second[at];
      if (other === undefined || other.ghostFault || seen.ghostFault) continue;
      if (other.outcome === seen.outcome && other.hash === seen.hash) continue;
      // A step that differs by itself is not the ghosts' fault.
      this.search.visited.load(id, this.source);
      const unstable = this.unstableStep();
      if (unstable !== undefined) this.blame(unstable);
      const where =
        seen.step === undefined ? 'a step' : `'${seen.step.stack.at(-1)}: ${seen.step.label}'`;
      throw new HeddleError(
        'ghost-steers',
        `${where} does something else when ghosts have other values`,
        seen.step?.node.place,
      );
    }
  }

  private checkFrames(slot: Slot): void {
    const { bytes } = this.engine.memory;
    const before = new Uint8Array(this.source.buffer);
    for (const { cpu, from, to } of this.frames) {
      if (cpu === slot.cpu) continue;
      for (let at = from; at < to; at += 1) {
        if (bytes[at] === before[at]) continue;
        const { step, compiled } = this.engine;
        const owner = compiled.cpus[cpu]?.name;
        throw new HeddleError(
          'foreign-locals',
          `'${step?.label}' of ${compiled.cpus[slot.cpu]?.name} writes a local of ${owner}`,
          step?.node.place,
        );
      }
    }
  }

  /**
   * Something differs: the step to blame is one whose result differs between two more executions,
   * or any of this state.
   */
  private nondeterministic(): never {
    const steps = this.steps.filter(({ step }) => step !== undefined);
    const unstable = this.unstableStep();
    if (unstable !== undefined) this.blame(unstable);
    const only = steps.length === 1 ? steps[0]?.step : undefined;
    if (only !== undefined) this.blame(only);
    const names = [...new Set(steps.map(({ step }) => `'${step?.stack.at(-1)}: ${step?.label}'`))];
    throw new HeddleError(
      'nondeterministic-step',
      `one of ${names.join(', ')} gave two different states from one state`,
      steps[0]?.step?.node.place,
    );
  }

  /** A step of the state at hand that does something else when it is executed again. */
  private unstableStep(): Seen['step'] {
    const first = this.detailed();
    for (let round = 0; round < ROUNDS; round += 1) {
      const again = this.detailed();
      const at = again.findIndex(
        (one, index) => one.hash !== first[index]?.hash || one.outcome !== first[index]?.outcome,
      );
      const step = again[at]?.step ?? first[at]?.step;
      if (at !== -1 && step !== undefined) return step;
    }
    return undefined;
  }

  private blame(step: NonNullable<Seen['step']>): never {
    throw new HeddleError(
      'nondeterministic-step',
      `'${step.stack.at(-1)}: ${step.label}' gave two different states from one state`,
      step.node.place,
    );
  }

  private detailed(): Seen[] {
    const seen: Seen[] = [];
    this.restore();
    expand(this.engine, {
      restore: () => this.restore(),
      visit: (_slot, _entering, outcome) => {
        const hash = hashOf(this.engine.memory.words, 0, this.source.length);
        seen.push({ outcome, step: this.engine.step, hash, ghostFault: false });
      },
    });
    return seen;
  }
}

/** Executions tried to find which step differs. */
const ROUNDS = 20;

interface Seen {
  readonly outcome: Attempt;
  readonly step: PackedEngine['step'];
  hash: number;
  readonly ghostFault: boolean;
}
