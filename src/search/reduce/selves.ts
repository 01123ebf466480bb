/** What is a CPU's own in a packed state: its counters and its locals. The same bits are one situation, whatever the rest is. */
import type { Cell } from '../../machine/layout.ts';
import type { CompiledMachine, Slot } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { addCell, emptyMask, type Mask } from '../masks.ts';

/** Words of a situation, by number: of each CPU its own numbering. */
interface Known {
  readonly mask: Mask;
  /** Words that hold anything of the CPU's own. */
  readonly at: readonly number[];
  /** Numbers + 1, where a hash of the words says, or as soon after it as there was room. */
  table: Int32Array;
  readonly words: Uint32Array[];
}

const FIRST_ROOM = 1 << 8;

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
      return { mask, at, table: new Int32Array(FIRST_ROOM), words: [] };
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

  private isSame(
    { at, mask }: Known,
    mine: Uint32Array,
    words: Uint32Array,
    from: number,
  ): boolean {
    for (let index = 0; index < at.length; index += 1) {
      const word = at[index] as number;
      const other = (words[from + word] as number) & (mask[word] as number);
      if (((mine[word] as number) ^ other) !== 0) return false;
    }
    return true;
  }

  private find(known: Known, words: Uint32Array, from: number): number {
    const { table, words: all } = known;
    let place = hashOf(known, words, from) & (table.length - 1);
    for (;;) {
      const number = (table[place] as number) - 1;
      if (number === -1) break;
      if (this.isSame(known, all[number] as Uint32Array, words, from)) return number;
      place = (place + 1) & (table.length - 1);
    }
    const mine = new Uint32Array(this.width);
    for (const word of known.at)
      mine[word] = (words[from + word] as number) & (known.mask[word] as number);
    table[place] = all.push(mine);
    if (all.length * 2 > table.length) grow(known);
    return all.length - 1;
  }
}

function hashOf({ at, mask }: Known, words: Uint32Array, from: number): number {
  let hash = 0;
  for (let index = 0; index < at.length; index += 1) {
    const word = at[index] as number;
    hash = Math.imul(hash ^ ((words[from + word] as number) & (mask[word] as number)), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function grow(known: Known): void {
  known.table = new Int32Array(known.table.length * 2);
  for (const [number, words] of known.words.entries()) {
    let place = hashOf(known, words, 0) & (known.table.length - 1);
    while (known.table[place] !== 0) place = (place + 1) & (known.table.length - 1);
    known.table[place] = number + 1;
  }
}

function cellsOf(slot: Slot | undefined): readonly number[] {
  if (slot === undefined) return [];
  const locals = slot.loaded.flatMap(({ program, cell }) =>
    program.fields.map((field) => cell + field.cell),
  );
  return [slot.counter, ...locals];
}
