/**
 * What a computation on a state has looked at, and which things that involves. Two permutations that do the same with those things make
 * the same of the computation, so only their choices are tried.
 */
import { Footprint, type Look, lookAt } from '../../machine/footprint.ts';
import { type Field, FRAME, type Frame, NOTHING } from './fields.ts';
import { type Kind, PLAIN } from './kinds.ts';
import type { Permutation } from './permutation.ts';
import type { Symmetry } from './symmetry.ts';

const ALL = 0xff;

/** Bytes stored by one move: where, and which bits. */
export type Stores = readonly (readonly [offset: number, bits: number])[];

export class Support {
  /** By thing: whether it is involved. */
  readonly involved: Uint8Array;
  private readonly symmetry: Symmetry;
  private readonly footprint: Footprint;
  private words: Uint32Array = new Uint32Array(0);
  private from = 0;
  /** By byte that names nothing: the things it belongs to. */
  private readonly owners: (readonly number[])[] = [];
  private readonly settled: Uint8Array;
  /** Ranges that were asked for. */
  private readonly asked = new Set<number>();

  constructor(symmetry: Symmetry, bytes: number) {
    this.symmetry = symmetry;
    this.footprint = new Footprint(bytes);
    this.settled = new Uint8Array(bytes);
    const { places, plain } = symmetry.of;
    this.involved = new Uint8Array(places.things.length);
    for (const { offset, cell } of plain) this.owners[offset] = places.ownersOf(cell);
  }

  /** Everything looked at so far, in an order that depends on nothing else. */
  get looks(): readonly number[] {
    return this.footprint.looks;
  }

  /** Turns to the packed state at `from`, of which nothing is known yet. */
  begin(words: Uint32Array, from: number): void {
    this.words = words;
    this.from = from;
    this.involved.fill(0);
    this.asked.clear();
    this.footprint.begin();
  }

  /** Adds looks at this state. */
  add(looks: readonly number[]): void {
    for (const look of looks) this.look(lookAt(look));
  }

  /** Adds looks at its image, whose inverse is `back`, as looks at this state. */
  addBack(looks: readonly number[], back: Permutation): void {
    for (const look of looks) this.lookBackAt(lookAt(look), back);
  }

  /** Adds looks at what stores have replaced. */
  addStores(stores: Stores): void {
    for (const [offset, mask] of stores) this.look({ offset, mask, low: 0, high: ALL });
  }

  /** The same for stores to an image, whose inverse is `back`. */
  addStoresBack(stores: Stores, back: Permutation): void {
    for (const [offset, mask] of stores) this.lookBackAt({ offset, mask, low: 0, high: ALL }, back);
  }

  private lookBackAt(look: Look, back: Permutation): void {
    const offset = back.bytes[look.offset] as number;
    const field = this.fieldAt(this.words, this.from, offset, true);
    if (field === undefined || field.kind === PLAIN) this.look({ ...look, offset });
    else this.lookBack(field, { ...look, offset }, back);
  }

  private look({ offset, mask, low, high }: Look): void {
    if (low === 0 && high === ALL) {
      this.footprint.look(offset, mask);
      return;
    }
    const range = (offset * 256 + low) * 256 + high;
    if (this.asked.has(range)) return;
    this.asked.add(range);
    this.footprint.within(
      offset,
      this.symmetry.packing.byteAt(this.words, this.from, offset),
      low,
      high,
    );
  }

  /** `look` says what was asked of the image: which bits, or which codes. */
  private lookBack(field: Field, look: Look, back: Permutation): void {
    const codes = back.codes[field.kind] as Int32Array;
    const isWhole = look.low === 0 && look.high === ALL;
    if (this.kindOf(field).form === 'set') {
      if (isWhole && look.mask !== ALL && field.bias === 0) {
        for (const bit of bitsOf(field, look)) {
          const source = codes[bit] ?? bit;
          this.footprint.look(field.offset + (source >>> 3), 1 << (source & 7));
        }
      } else if (isEmptiness(field, look)) this.look(look);
      else this.readAll(field);
      return;
    }
    const range = isWhole || field.width > 1 ? undefined : rangeUnder(field, look, codes);
    if (range === undefined) this.readAll(field);
    else this.look({ ...look, ...range });
  }

  private readAll({ offset, width }: Field): void {
    for (let byte = 0; byte < width; byte += 1) this.footprint.read(offset + byte);
  }

  /** Notes which things the looks so far involve. */
  involve(): void {
    const { footprint, settled } = this;
    // What would have to be taken apart is looked at as a whole.
    for (let at = 0; at < footprint.looks.length; at += 1) {
      const look = lookAt(footprint.looks[at] as number);
      const field = this.fieldAt(this.words, this.from, look.offset, true);
      if (field !== undefined && field.kind !== PLAIN && !this.isSimple(field, look))
        this.readAll(field);
    }
    settled.fill(0);
    for (const one of footprint.looks) {
      const { offset, mask, low, high } = lookAt(one);
      if (low === 0 && high === ALL) settled[offset] = (settled[offset] as number) | mask;
    }
    for (const one of footprint.looks) {
      const look = lookAt(one);
      const field = this.fieldAt(this.words, this.from, look.offset, false);
      this.mark(field?.owners ?? this.owners[look.offset]);
      if (field !== undefined && field.kind !== PLAIN) this.involveLook(field, look);
    }
  }

  private isSimple(field: Field, look: Look): boolean {
    const isWhole = look.low === 0 && look.high === ALL;
    if (this.kindOf(field).form === 'set')
      return (isWhole && field.bias === 0) || isEmptiness(field, look);
    return field.width === 1 && look.mask === ALL;
  }

  private involveLook(field: Field, look: Look): void {
    const kind = this.kindOf(field);
    let known = ALL;
    for (let byte = 0; byte < field.width; byte += 1)
      known &= this.settled[field.offset + byte] as number;
    if (known === ALL) {
      this.involveCode(field, kind, this.words, this.from, -1);
    } else if (kind.form === 'set') {
      if (isEmptiness(field, look)) return;
      for (const bit of bitsOf(field, look)) this.mark(kind.names[bit]);
    } else {
      for (let raw = look.low; raw <= look.high; raw += 1) this.mark(kind.names[raw - field.bias]);
    }
  }

  /** Notes which things the stores of a move involve, that has led to the packed state `after`. */
  involveStores(after: Uint32Array, stores: Stores): void {
    for (const [offset, bits] of stores) {
      const field = this.fieldAt(after, 0, offset, false);
      this.mark(field?.owners ?? this.owners[offset]);
      if (field === undefined || field.kind === PLAIN) continue;
      const shift = (offset - field.offset) * 8;
      const stored = field.bias === 0 ? bits << shift : -1;
      this.involveCode(field, this.kindOf(field), after, 0, stored);
    }
  }

  /** Of a set, only the bits in `bits`. */
  private involveCode(
    field: Field,
    kind: Kind,
    words: Uint32Array,
    from: number,
    bits: number,
  ): void {
    const raw = this.symmetry.named.raw(words, from, field);
    if (raw === 0) return;
    const code = raw - field.bias;
    if (kind.form !== 'set') this.mark(kind.names[code]);
    else {
      for (let rest = code & bits; rest !== 0; rest &= rest - 1)
        this.mark(kind.names[31 - Math.clz32(rest & -rest)]);
    }
  }

  private mark(things: readonly number[] | undefined): void {
    for (const thing of things ?? []) this.involved[thing] = 1;
  }

  private kindOf({ kind }: Field): Kind {
    return this.symmetry.of.kinds.kinds[kind] as Kind;
  }

  /** The field at a byte that names something or is a frame's; what a frame holds its counter says, which is looked at for that. */
  private fieldAt(
    words: Uint32Array,
    from: number,
    offset: number,
    looks: boolean,
  ): Field | undefined {
    const { of, named } = this.symmetry;
    const mark = of.at[offset] as number;
    if (mark === NOTHING) return undefined;
    if (mark >= 0) return of.fields[mark];
    const { counter, fields } = of.frames[FRAME - mark] as Frame;
    if (looks) this.readAll(counter);
    for (const index of fields[named.raw(words, from, counter)] as readonly number[]) {
      const field = of.fields[index] as Field;
      if (field.offset <= offset && offset < field.offset + field.width) return field;
    }
    return undefined;
  }
}

/** Bits of a set that a look at one of its bytes asks for. */
function bitsOf({ offset }: Field, look: Look): number[] {
  const first = (look.offset - offset) * 8;
  return [0, 1, 2, 3, 4, 5, 6, 7]
    .filter((bit) => (look.mask & (1 << bit)) !== 0)
    .map((bit) => first + bit);
}

/** Whether it was only asked if anything is in a set of one byte. */
function isEmptiness({ width, bias }: Field, { low, high }: Look): boolean {
  return width === 1 && low === 0 && high === 0 && bias === 0;
}

/** Where a permutation takes a range of what a field holds; undefined where that is no range. */
function rangeUnder(
  { bias }: Field,
  { low, high }: Look,
  codes: Int32Array,
): { low: number; high: number } | undefined {
  const images: number[] = [];
  for (let raw = low; raw <= high; raw += 1)
    images.push(raw < bias ? raw : (codes[raw - bias] ?? raw - bias) + bias);
  const [first, last] = [Math.min(...images), Math.max(...images)];
  return last - first === high - low ? { low: first, high: last } : undefined;
}
