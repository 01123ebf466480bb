/** One move under way: the state it changes, who moves, what it has found, and the choices it asks for. */

import type { Test, Type, Value } from './program.ts';
import { compare, compute, NONE } from './program.ts';
import { type Code, type ContextName, type Frame, heldBy, type Node, type State } from './state.ts';

/** Thrown where a move turns out not to be enabled. */
export class Disabled extends Error {}
/** Thrown at a fatal finding. */
export class Cut extends Error {}

const fatalFacilities = ['KASAN', 'BUG_ON', 'range'];
const fatalKinds = ['self-deadlock', 'ipi-with-irqs-off'];

export class Run {
  cpu = 0;
  context: ContextName = 'task';
  /** `facility kind`, or `claim id`, of everything that went wrong. */
  readonly findings: string[] = [];
  /** The variant of the pick under way. */
  variant = 0;
  /** The step that the move is; undefined where a callback or handler starts, or a task ends. */
  did: Node | undefined;
  /** The code that runs on the CPU moves, and no callback or handler starts on top of it. */
  goesOn = false;
  /** A lock was taken by waiting for it, and not by trylock. */
  waited = false;
  /** The CPU that holds the lock which the move waits for. */
  waitsFor: number | undefined;

  constructor(
    readonly code: Code,
    readonly state: State,
    readonly choose: (choices: number) => number,
    /** What has happened in any move so far; for statistics. */
    readonly seen: Set<string> = new Set(),
  ) {}

  report(facility: string, kind: string): void {
    this.findings.push(`${facility} ${kind}`);
    if (fatalFacilities.includes(facility) || fatalKinds.includes(kind)) throw new Cut();
  }

  /** Who moves, as lock owners and readers are called. */
  get self(): string {
    return `${this.cpu}.${this.context}`;
  }

  /** What the moving context holds. */
  get held(): string {
    return heldBy(this.state, this.cpu, this.context);
  }

  get frames(): Frame[] {
    return this.state.cpus[this.cpu][this.context];
  }

  set frames(frames: Frame[]) {
    this.state.cpus[this.cpu][this.context] = frames;
  }

  /** The locals that a name means here, and their types: those of the function under way and its open scopes. */
  private owner(name: string): { locals: Record<string, number>; type: Type } {
    const frames = this.frames;
    for (let index = frames.length - 1; index >= 0; index -= 1) {
      const frame = frames[index];
      if (!('locals' in frame)) continue;
      const inFunction = 'function' in frame;
      const one = inFunction ? this.code.program.functions[frame.function] : undefined;
      const types = one
        ? {
            ...one.params,
            ...one.locals,
            ...(one.callback === 'rcu' ? { head: { type: 'ref' as const } } : {}),
          }
        : (this.code.scopes.get((frame as { scope: number }).scope) ?? {});
      if (name in types) return { locals: frame.locals, type: types[name] };
      if (inFunction) break;
    }
    throw new Error(`the program has no local '${name}' here`);
  }

  local(name: string): number {
    return this.owner(name).locals[name];
  }

  setLocal(name: string, value: number): void {
    const { locals, type } = this.owner(name);
    locals[name] = this.fit(type, value);
  }

  /** What a variable of a type holds after a store. */
  fit(type: Type, value: number): number {
    if (type.type === 'bool') return value === 0 ? 0 : 1;
    if (type.type === 'ref') {
      if (value < NONE || value >= this.code.program.objects)
        this.report('range', 'value-out-of-range');
      return value;
    }
    if (type.wraps) return ((value % (type.max + 1)) + type.max + 1) % (type.max + 1);
    if (value < 0 || value > type.max) this.report('range', 'value-out-of-range');
    return value;
  }

  value(value: Value): number {
    return compute(value, (name) => this.local(name), this.variant);
  }

  test(test: Test): boolean {
    return compare(this.value(test.left), test.is, this.value(test.right));
  }
}
