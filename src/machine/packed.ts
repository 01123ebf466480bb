/**
 * The packed engine: one state in a byte vector, views that read and write it in place. Used by the
 * search.
 */
import { ACCESS_MASK, ACCESS_SHIFT, accesses, WRITE } from '../design/processor.ts';
import { DEFAULT_MODES, Engine, type FacilityModes, type Memory } from './engine.ts';
import { Footprint } from './footprint.ts';
import type { Cell } from './layout.ts';
import type { CompiledMachine } from './machine.ts';
import type { AccessorWriter, FieldShape } from './views.ts';

/** A byte vector, seen also as 32-bit words; its length is a multiple of 4. */
export class PackedMemory implements Memory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** What was looked at and stored; told of every access here and in the views. */
  readonly footprint: Footprint;
  private readonly offsets: Int32Array;
  private readonly widths: Uint8Array;

  constructor(cells: readonly Cell[], bytes: number) {
    const buffer = new ArrayBuffer(Math.max(4, Math.ceil(bytes / 4) * 4));
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.footprint = new Footprint(buffer.byteLength);
    this.offsets = Int32Array.from(cells, (cell) => cell.offset);
    this.widths = Uint8Array.from(cells, (cell) => cell.width);
  }

  code(cell: number): number {
    const { bytes, footprint } = this;
    const at = this.offsets[cell] as number;
    const width = this.widths[cell] as number;
    footprint.read(at);
    if (width === 1) return bytes[at] as number;
    footprint.read(at + 1);
    const low = (bytes[at] as number) + (bytes[at + 1] as number) * 0x100;
    if (width === 2) return low;
    footprint.read(at + 2);
    footprint.read(at + 3);
    return low + (bytes[at + 2] as number) * 0x10000 + (bytes[at + 3] as number) * 0x1000000;
  }

  isSet(cell: number): boolean {
    const { bytes, footprint } = this;
    const at = this.offsets[cell] as number;
    const end = at + (this.widths[cell] as number);
    for (let byte = at; byte < end; byte += 1) {
      const value = bytes[byte] as number;
      footprint.within(byte, value, 0, 0);
      if (value !== 0) return true;
    }
    return false;
  }

  codeWithin(cell: number, low: number, high: number): number {
    const at = this.offsets[cell] as number;
    if (this.widths[cell] === 1) this.footprint.within(at, this.bytes[at] as number, low, high);
    const code = this.widths[cell] === 1 ? (this.bytes[at] as number) : this.code(cell);
    return code >= low && code <= high ? code : -1;
  }

  hasBit(cell: number, bit: number): boolean {
    const at = (this.offsets[cell] as number) + (bit >>> 3);
    const mask = 1 << (bit & 7);
    this.footprint.look(at, mask);
    return ((this.bytes[at] as number) & mask) !== 0;
  }

  setBit(cell: number, bit: number, on: boolean): void {
    const at = (this.offsets[cell] as number) + (bit >>> 3);
    const mask = 1 << (bit & 7);
    this.footprint.write(at, mask);
    const others = (this.bytes[at] as number) & ~mask;
    this.bytes[at] = on ? others | mask : others;
  }

  setCode(cell: number, code: number): void {
    const { bytes, footprint } = this;
    const at = this.offsets[cell] as number;
    const width = this.widths[cell] as number;
    footprint.write(at);
    bytes[at] = code;
    if (width === 1) return;
    footprint.write(at + 1);
    bytes[at + 1] = code >>> 8;
    if (width === 2) return;
    footprint.write(at + 2);
    footprint.write(at + 3);
    bytes[at + 2] = code >>> 16;
    bytes[at + 3] = code >>> 24;
  }
}

/** Compiles a model's state into one byte vector. */
export class PackedEngine extends Engine {
  declare readonly memory: PackedMemory;

  /** `localsRead`, where given, gets a 1 for every cell of a local that is ever read. */
  constructor(
    compiled: CompiledMachine,
    modes: FacilityModes = DEFAULT_MODES,
    localsRead?: Uint8Array,
  ) {
    const { layout } = compiled;
    const memory = new PackedMemory(layout.cells, layout.bytes);
    const faults = new Faults();
    const accessors = new PackedAccessors(memory, faults, layout.words.values, localsRead);
    super(compiled, memory, accessors, modes);
    faults.engine = this;
  }
}

/** The slow paths of generated accessors. */
class Faults {
  engine!: Engine;

  outside(path: string, index: number): never {
    return this.engine.outside(path, index);
  }

  unset(cell: number): void {
    this.engine.heap.unset(cell);
  }

  dead(cell: number): void {
    this.engine.heap.dead(cell, 'written');
  }

  range(cell: number, value: unknown): never {
    return this.engine.range(cell, value);
  }

  head(cell: number): void {
    this.engine.rcu.beforeHeadStore(cell);
  }
}

/**
 * Accessor bodies over bytes: `B` the vector, `N` its footprint, `L` the access log, `F` the slow paths, `W` the
 * values of words, `C` codecs.
 */
class PackedAccessors implements AccessorWriter {
  readonly names: Record<string, unknown>;
  private readonly codecs: unknown[] = [];

  private readonly notesReads: boolean;

  constructor(memory: PackedMemory, faults: Faults, words: Int32Array, localsRead?: Uint8Array) {
    this.names = {
      B: memory.bytes,
      N: memory.footprint,
      L: accesses,
      F: faults,
      W: words,
      C: this.codecs,
      R: localsRead,
    };
    this.notesReads = localsRead !== undefined;
  }

  getter({ sample, cell, offset }: FieldShape): string {
    const seen = noteBytes('read', offset, sample.width);
    const code = readBytes(offset, sample.width);
    if (sample.role === 'local') {
      const note = this.notesReads ? `R[${cell}] = 1;` : '';
      return `${note} ${seen} let c = ${code}; return ${this.decode(sample)};`;
    }
    const log = isLogged(sample)
      ? `L.entries[L.count++ & ${ACCESS_MASK}] = (${cell}) << ${ACCESS_SHIFT};`
      : '';
    const check = sample.bias === 1 ? `if (c === 0) { F.unset(${cell}); c = 1; }` : '';
    return `${log} ${seen} let c = ${code}; ${check} return ${this.decode(sample)};`;
  }

  setter({ sample, cell, offset, inHead }: FieldShape): string {
    const at = cell;
    const parts: string[] = [];
    if (isLogged(sample)) {
      parts.push(
        `L.entries[L.count++ & ${ACCESS_MASK}] = ((${at}) << ${ACCESS_SHIFT}) | ${WRITE};`,
      );
    }
    if (sample.bias === 1)
      parts.push(`N.read(this.$live); if (B[this.$live] === 0) { F.dead(${at}); return; }`);
    if (inHead) parts.push(`F.head(${at});`);
    parts.push(this.encode(sample, at));
    parts.push(noteBytes('write', offset, sample.width));
    parts.push(writeBytes(offset, sample.width));
    return parts.join(' ');
  }

  private decode({ codec, bias }: Cell): string {
    switch (codec.kind) {
      case 'int':
        return bias === 0 ? 'c' : 'c - 1';
      case 'bool':
        return `c === ${1 + bias}`;
      case 'ref':
        return `c - ${1 + bias}`;
      case 'word':
        return bias === 0 ? 'W[c]' : 'W[c - 1]';
      case 'enum':
        return `C[${this.codecs.push(codec) - 1}].value(c - ${bias})`;
    }
  }

  /** Leaves the code in `c`, or reports. The comparison is written so that NaN and undefined fail it. */
  private encode({ codec, bias }: Cell, at: string): string {
    const { size } = codec;
    if (codec.kind === 'int') {
      const wrap = codec.wraps
        ? `if (typeof v === 'number' && v % 1 === 0) v = ((v % ${size}) + ${size}) % ${size};`
        : '';
      return `${wrap} if (!(v >= 0 && v < ${size}) || typeof v !== 'number' || v % 1 !== 0) F.range(${at}, v); const c = v + ${bias};`;
    }
    if (codec.kind === 'ref') {
      return `if (!(v >= -1 && v < ${size - 1}) || typeof v !== 'number' || v % 1 !== 0) F.range(${at}, v); const c = v + ${1 + bias};`;
    }
    return `let c = C[${this.codecs.push(codec) - 1}].code(v); if (c < 0) F.range(${at}, v); c += ${bias};`;
  }
}

/** Ghosts, the client's notes and locals are no shared memory. */
export function isLogged(cell: Cell): boolean {
  return cell.role === 'shared';
}

function noteBytes(how: 'read' | 'write', offset: string, width: number): string {
  return Array.from({ length: width }, (_, at) => `N.${how}(${offset} + ${at});`).join(' ');
}

function readBytes(offset: string, width: number): string {
  const byte = (at: number): string => `B[${offset} + ${at}]`;
  if (width === 1) return byte(0);
  if (width === 2) return `${byte(0)} + ${byte(1)} * 256`;
  return `${byte(0)} + ${byte(1)} * 256 + ${byte(2)} * 65536 + ${byte(3)} * 16777216`;
}

function writeBytes(offset: string, width: number): string {
  const shifts = width === 1 ? [0] : width === 2 ? [0, 8] : [0, 8, 16, 24];
  return shifts.map((shift, at) => `B[${offset} + ${at}] = c >>> ${shift};`).join(' ');
}
