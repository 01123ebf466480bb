/** Where the packed words of a state name something that may be exchanged: which fields, at which counters, of which kind. */
import type { Cell } from '../../machine/layout.ts';
import type { CompiledMachine, Slot } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { liveFieldsOf } from './frames.ts';
import type { Group } from './groups.ts';
import { Kinds, PLAIN } from './kinds.ts';
import { Places } from './places.ts';

/** A run of bytes that holds one code: a cell, or a single byte of a frame. */
export interface Field {
  readonly offset: number;
  readonly width: number;
  readonly kind: number;
  readonly bias: number;
  readonly owners: readonly number[];
}

/** A context with locals of which some name things, at some of its counters. */
export interface Frame {
  readonly counter: Field;
  /** By counter: the fields that its bytes hold. */
  readonly fields: readonly (readonly number[])[];
}

export class FieldsOf {
  readonly places: Places;
  readonly kinds: Kinds;
  /** Cells first, by their number; then the bytes of frames that name things at some counters, for where they do not. */
  readonly fields: readonly Field[];
  /** Fields outside of frames that name things. */
  readonly fixed: readonly number[];
  readonly frames: readonly Frame[];
  /** Bytes that name nothing anywhere, with a cell that holds each. */
  readonly plain: readonly PlainByte[];
  /** By byte: the fixed field that names something there; `NOTHING`, or `FRAME` less the index of the frame. */
  readonly at: Int32Array;
  private readonly compiled: CompiledMachine;
  /** By byte of a frame where things are named: its field for where it is as it is. */
  private readonly loose = new Map<number, number>();

  constructor(compiled: CompiledMachine, groups: readonly Group[]) {
    this.compiled = compiled;
    this.places = new Places(compiled, groups);
    this.kinds = new Kinds(compiled, this.places);
    const { cells, bytes } = compiled.layout;
    const fields = cells.map((cell) => this.fieldOf(cell));
    this.at = new Int32Array(bytes).fill(NOTHING);
    this.fixed = cells
      .filter((cell) => this.names(cell.index) && cell.role !== 'local')
      .map(indexOf);
    for (const index of this.fixed) this.cover(fields[index] as Field, index);
    const frames: Frame[] = [];
    for (const slot of compiled.cpus.flatMap(({ slots }) => slots)) {
      if (slot === undefined) continue;
      const named = this.localsOf(slot).filter((cell) => this.names(cell));
      if (named.length === 0) continue;
      for (const cell of named) this.cover(fields[cell] as Field, FRAME - frames.length);
      frames.push(this.frameOf(slot, fields, FRAME - frames.length));
    }
    this.frames = frames;
    this.fields = fields;
    this.plain = this.plainBytes();
  }

  /** Fields of locals of their own, at whatever counter: what they are now is in `frames`. */
  private frameOf(slot: Slot, fields: Field[], mark: number): Frame {
    const bytes = [...this.at.keys()].filter((offset) => this.at[offset] === mark);
    const { owners } = fields[slot.counter] as Field;
    for (const offset of bytes) {
      const field = { offset, width: 1, kind: PLAIN, bias: 0, owners };
      this.loose.set(offset, fields.push(field) - 1);
    }
    const byCounter: (readonly number[])[] = [[...this.looseIn(bytes)]];
    for (const { program, base, cell } of slot.loaded) {
      for (const [point, live] of liveFieldsOf(program).entries()) {
        if (point === 0) continue;
        const named = live.map((field) => cell + field.cell).filter((one) => this.names(one));
        const taken = new Set(named.flatMap((one) => bytesOf(fields[one] as Field)));
        const rest = bytes.filter((offset) => !taken.has(offset));
        byCounter[base + point] = [...named, ...this.looseIn(rest)];
      }
    }
    return { counter: fields[slot.counter] as Field, fields: byCounter };
  }

  private looseIn(bytes: readonly number[]): readonly number[] {
    return bytes.map((offset) => this.loose.get(offset) as number);
  }

  private fieldOf({ index, offset, width, bias }: Cell): Field {
    const owners = this.places.ownersOf(index);
    return { offset, width, kind: this.kinds.of[index] as number, bias, owners };
  }

  private names(cell: number): boolean {
    return this.kinds.of[cell] !== PLAIN;
  }

  private cover(field: Field, mark: number): void {
    for (const offset of bytesOf(field)) this.at[offset] = mark;
  }

  private localsOf({ loaded }: Slot): number[] {
    return loaded.flatMap(({ program, cell }) => program.fields.map((field) => cell + field.cell));
  }

  private plainBytes(): PlainByte[] {
    const found = new Map<number, PlainByte>();
    for (const cell of this.compiled.layout.cells) {
      for (let byte = 0; byte < cell.width; byte += 1) {
        const offset = cell.offset + byte;
        if (this.at[offset] === NOTHING && !found.has(offset))
          found.set(offset, { offset, cell: cell.index });
      }
    }
    return [...found.values()];
  }

  /**
   * By field: where a permutation takes it, given its maps by domain and by cell.
   * @throws Error where cells of one kind are not packed alike.
   */
  imagesOf(cells: Int32Array, packing: Packing): Int32Array {
    const count = cells.length;
    const images = new Int32Array(this.fields.length);
    images.set(cells);
    // A byte of a frame goes where the cells that lie over it go.
    const bytes = this.bytesUnder(cells);
    for (const [offset, field] of this.loose)
      images[field] = this.loose.get(bytes[offset] as number) as number;
    for (let field = 0; field < count; field += 1) {
      const { offset, width } = this.fields[field] as Field;
      const to = (this.fields[images[field] as number] as Field).offset;
      for (let byte = 0; byte < width; byte += 1) {
        if (packing.mask[offset + byte] !== packing.mask[to + byte])
          throw new Error(`bytes ${offset + byte} and ${to + byte} are not packed alike`);
      }
    }
    return images;
  }

  /** By byte: where a permutation takes it. */
  bytesUnder(cells: Int32Array): Int32Array {
    const bytes = new Int32Array(this.at.length);
    for (const [cell, image] of cells.entries()) {
      const { offset, width } = this.fields[cell] as Field;
      const to = (this.fields[image] as Field).offset;
      for (let byte = 0; byte < width; byte += 1) bytes[offset + byte] = to + byte;
    }
    return bytes;
  }
}

/** A byte that moves as it is. */
export interface PlainByte {
  readonly offset: number;
  readonly cell: number;
}

export const NOTHING = -1;
export const FRAME = -2;

function bytesOf({ offset, width }: Field): number[] {
  return Array.from({ length: width }, (_, byte) => offset + byte);
}

function indexOf({ index }: Cell): number {
  return index;
}
