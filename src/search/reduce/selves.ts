/** What is a CPU's own in a packed state: its counters and its locals. The same bits are one situation, whatever the rest is. */
import type { Cell } from '../../machine/layout.ts';
import type { CompiledMachine, Slot } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { addCell, emptyMask, type Mask } from './masks.ts';

/** Words of a situation, by number: of each CPU its own numbering. */
interface Known {
  readonly mask: Mask;
  /** Words that hold anything of the CPU's own. */
  readonly at: readonly number[];
  /** By the first of these words, by the next; at the end the number. */
  readonly tree: Node;
  readonly words: Uint32Array[];
}

type Node = Map<number, Node | number>;

export class Selves {
  private readonly known: readonly Known[];
  private readonly width: number;
  /** By CPU: the situation met last, which most often is the one to be met next. */
  private readonly last: number[];

  constructor(compiled: CompiledMachine, packing: Packing) {
    this.width = packing.width;
    this.known = compiled.cpus.map(({ slots }) => {
      const mask = emptyMask(packing);
      for (const cell of slots.flatMap((slot) => cellsOf(slot)))
        addCell(mask, packing, compiled.layout.cells[cell] as Cell);
      const at = [...mask.keys()].filter((word) => mask[word] !== 0);
      return { mask, at, tree: new Map(), words: [] };
    });
    this.last = this.known.map(() => -1);
  }

  /** Bits of a packed state that are a CPU's own. */
  maskOf(cpu: number): Mask {
    return (this.known[cpu] as Known).mask;
  }

  /** Situations met so far, of all CPUs. */
  get count(): number {
    return this.known.reduce((sum, { words }) => sum + words.length, 0);
  }

  /** The number of a CPU's situation in the packed state at `from`. */
  of(cpu: number, words: Uint32Array, from: number): number {
    const known = this.known[cpu] as Known;
    const last = this.last[cpu] as number;
    if (last !== -1 && this.isSame(known, known.words[last] as Uint32Array, words, from))
      return last;
    const found = this.find(known, words, from);
    this.last[cpu] = found;
    return found;
  }

  /** A packed state that holds nothing but a situation of a CPU. */
  words(cpu: number, situation: number): Uint32Array {
    return (this.known[cpu] as Known).words[situation] as Uint32Array;
  }

  private isSame(known: Known, mine: Uint32Array, words: Uint32Array, from: number): boolean {
    for (const at of known.at)
      if (((words[from + at] as number) & (known.mask[at] as number)) >>> 0 !== mine[at])
        return false;
    return true;
  }

  private find({ mask, at, tree, words: all }: Known, words: Uint32Array, from: number): number {
    let node = tree;
    for (const [depth, word] of at.entries()) {
      const value = ((words[from + word] as number) & (mask[word] as number)) >>> 0;
      let next = node.get(value);
      if (next === undefined) {
        next = depth === at.length - 1 ? all.length : new Map<number, Node | number>();
        node.set(value, next);
      }
      if (typeof next !== 'number') {
        node = next;
        continue;
      }
      if (next === all.length) {
        const mine = new Uint32Array(this.width);
        for (const one of at) mine[one] = (words[from + one] as number) & (mask[one] as number);
        all.push(mine);
      }
      return next;
    }
    return 0;
  }
}

function cellsOf(slot: Slot | undefined): readonly number[] {
  if (slot === undefined) return [];
  const locals = slot.loaded.flatMap(({ program, cell }) =>
    program.fields.map((field) => cell + field.cell),
  );
  return [slot.counter, ...locals];
}
