/**
 * The frozen engine: the same recipes over plain objects through Immer. A state is an immutable
 * tree of readable values; each step yields the next tree and the patches between them. Used by
 * replay, reports and tests, never by the search.
 */
import { enablePatches, type Patch, produceWithPatches } from 'immer';
import { ACCESS_MASK, ACCESS_SHIFT, accesses, WRITE } from '../design/processor.ts';
import { type Attempt, DEFAULT_MODES, Engine, type FacilityModes, type Memory } from './engine.ts';
import type { Cell } from './layout.ts';
import type { CompiledMachine, Slot } from './machine.ts';
import { isLogged } from './packed.ts';
import type { AccessorWriter, FieldShape } from './views.ts';

enablePatches();

export type FrozenValue = string | number | boolean | null;
/** A state as people read it: fields by name, references and words by name, `null` for uninitialised. */
export type FrozenState = {
  readonly [key: string]: FrozenValue | FrozenState | readonly FrozenState[];
};
// biome-ignore lint/suspicious/noExplicitAny: a tree whose shape is the schema's.
type Tree = any;

/** What a step did with a local: its cell, in the order of its doing. `ends` is where its scope does. */
export interface Touch {
  readonly cell: number;
  readonly how: 'read' | 'set' | 'ends';
}

/** Cells over a tree. Two cells of one overlaid word are one place in the tree, as in the byte vector. */
export class FrozenMemory implements Memory {
  tree: Tree = {};
  /** Of the last attempt. */
  readonly touches: Touch[] = [];
  readonly cells: readonly Cell[];

  constructor(cells: readonly Cell[]) {
    this.cells = cells;
  }

  code(cell: number): number {
    const { path, codec, bias } = this.cells[cell] as Cell;
    let node = this.tree;
    for (const key of path) {
      node = node[key];
      // Locals exist while their function runs; absent means 0.
      if (node === undefined) return 0;
    }
    return node === null ? 0 : codec.read(node) + bias;
  }

  setCode(cell: number, code: number): void {
    const { path, codec, bias, role } = this.cells[cell] as Cell;
    let node = this.tree;
    for (const [at, key] of path.slice(0, -1).entries()) {
      node[key] ??= typeof path[at + 1] === 'number' ? [] : {};
      node = node[key];
    }
    const last = path.at(-1) as string | number;
    if (role === 'local' && code === 0) {
      delete node[last];
      this.touches.push({ cell, how: 'ends' });
    } else node[last] = code < bias ? null : codec.show(code - bias);
  }

  isSet(cell: number): boolean {
    return this.code(cell) !== 0;
  }

  codeWithin(cell: number, low: number, high: number): number {
    const code = this.code(cell);
    return code >= low && code <= high ? code : -1;
  }

  hasBit(cell: number, bit: number): boolean {
    return Math.floor(this.code(cell) / 2 ** bit) % 2 === 1;
  }

  setBit(cell: number, bit: number, on: boolean): void {
    if (this.hasBit(cell, bit) === on) return;
    this.setCode(cell, this.code(cell) + (on ? 2 ** bit : -(2 ** bit)));
  }
}

export class FrozenEngine extends Engine {
  declare readonly memory: FrozenMemory;

  constructor(compiled: CompiledMachine, modes: FacilityModes = DEFAULT_MODES) {
    const memory = new FrozenMemory(compiled.layout.cells);
    const accessors = new FrozenAccessors(memory);
    super(compiled, memory, accessors, modes);
    accessors.engine = this;
  }

  override attempt(slot: Slot, entering: boolean): Attempt {
    this.memory.touches.length = 0;
    return super.attempt(slot, entering);
  }

  /** A tree of its own, every cell at its first value, to be initialised. */
  blank(): FrozenState {
    this.memory.tree = {};
    for (const { index } of this.memory.cells) this.memory.setCode(index, 0);
    return this.memory.tree;
  }

  /**
   * Runs `move` on a draft of `state`; returns the next state and its patches. A throw leaves
   * `state` as it was.
   */
  advance<T>(
    state: FrozenState,
    move: () => T,
  ): { next: FrozenState; patches: Patch[]; undo: Patch[]; result: T } {
    let result!: T;
    const [next, patches, undo] = produceWithPatches(state, (draft: Tree) => {
      this.memory.tree = draft;
      result = move();
    });
    this.memory.tree = next;
    return { next, patches, undo, result };
  }

  /** Makes the views read `state`; nothing may be stored. */
  show(state: FrozenState): void {
    this.memory.tree = state;
  }
}

/** Accessors that go through codes and codecs, one call each: plain and slow. */
class FrozenAccessors implements AccessorWriter {
  engine!: FrozenEngine;
  readonly names: Record<string, unknown>;
  private readonly memory: FrozenMemory;

  constructor(memory: FrozenMemory) {
    this.memory = memory;
    this.names = { F: this };
  }

  getter({ cell }: FieldShape): string {
    return `return F.get(${cell});`;
  }

  setter({ cell }: FieldShape): string {
    return `F.set(${cell}, v);`;
  }

  get(index: number): unknown {
    const cell = this.memory.cells[index] as Cell;
    this.log(cell, 0);
    if (cell.role === 'local') this.memory.touches.push({ cell: index, how: 'read' });
    const code = this.memory.code(index);
    if (cell.bias === 1 && code === 0) {
      this.engine.heap.unset(index);
      return cell.codec.value(0);
    }
    return cell.codec.value(code - cell.bias);
  }

  set(index: number, value: unknown): void {
    const cell = this.memory.cells[index] as Cell;
    this.log(cell, WRITE);
    if (cell.bias === 1 && !this.engine.heap.isLive(cell.object)) {
      this.engine.heap.dead(index, 'written');
      return;
    }
    if (this.isHeadWord(index)) this.engine.rcu.beforeHeadStore(index);
    const { codec } = cell;
    const wrapped =
      codec.kind === 'int' && codec.wraps && typeof value === 'number' && value % 1 === 0
        ? ((value % codec.size) + codec.size) % codec.size
        : value;
    const code = codec.code(wrapped);
    if (code < 0) this.engine.range(index, value);
    this.memory.setCode(index, code + cell.bias);
    if (cell.role === 'local') this.memory.touches.push({ cell: index, how: 'set' });
  }

  outside(path: string, index: number): never {
    return this.engine.outside(path, index);
  }

  private isHeadWord(index: number): boolean {
    return this.engine.compiled.layout.heads.some(
      ({ plan }) => index === plan.cell || index === plan.cell + 1,
    );
  }

  private log(cell: Cell, flags: number): void {
    if (!isLogged(cell)) return;
    accesses.entries[accesses.count & ACCESS_MASK] = (cell.index << ACCESS_SHIFT) | flags;
    accesses.count += 1;
  }
}
