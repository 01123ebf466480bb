/**
 * Bits of shared words that may say who has what: whoever sets one holds it until it clears it. Objects that a CPU has allocated and
 * not published yet are told the same way. Sets of both are bigints, a bit each: first tokens, then objects.
 */
import { ADDRESS_BASE, ADDRESS_STEP } from '../../design/processor.ts';
import type { Cell, HeapObject } from '../../machine/layout.ts';
import type { CompiledMachine } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { addCell, emptyMask, type Mask, meets } from '../masks.ts';

export type TokenSet = bigint;

/** What a move does to tokens. */
export interface Change {
  /** Tokens that it sets, and objects that it allocates. */
  readonly gains: TokenSet;
  /** Tokens that it clears, objects that it publishes, or frees. */
  readonly losses: TokenSet;
  /** Objects that it frees. */
  readonly frees: TokenSet;
}

/** A word with tokens: the first of them, and by code which of its tokens are set, as bits from the first on. */
interface TokenCell {
  readonly cell: Cell;
  readonly first: number;
  readonly count: number;
  readonly setBy: readonly number[];
}

/** Tokens at most; where there were more, there are none. */
const MOST_TOKENS = 1024;
/** Values of an enumeration told apart. */
const MOST_NAMES = 16;

export class Tokens {
  readonly cells: readonly TokenCell[];
  /** Tokens and objects. */
  readonly count: number;
  readonly objects: readonly HeapObject[];
  /** Objects only. */
  readonly allObjects: TokenSet;
  /** Bits of all words with tokens. */
  readonly mask: Mask;
  private readonly tokens: number;
  private readonly packing: Packing;
  private readonly byCell = new Map<number, TokenCell>();
  private readonly live: readonly Cell[];
  private readonly liveMask: Mask;
  private readonly pointerMask: Mask;
  private readonly pointers: readonly { readonly cell: Cell; readonly mask: Mask }[];
  private readonly leads: (code: number, cell: Cell) => TokenSet;

  constructor(compiled: CompiledMachine, packing: Packing) {
    const { layout } = compiled;
    this.packing = packing;
    this.objects = layout.objects;
    this.mask = emptyMask(packing);
    const locks = new Set(layout.locks.map(({ cell }) => cell));
    const cells: TokenCell[] = [];
    let tokens = 0;
    for (const cell of layout.cells) {
      const isShared = cell.role === 'shared' || cell.role === 'client';
      const setBy = isShared && !locks.has(cell.index) ? tokensBy(cell) : [];
      const count = setBy.reduce((most, set) => Math.max(most, 32 - Math.clz32(set)), 0);
      if (count === 0) continue;
      cells.push({ cell, first: tokens, count, setBy });
      tokens += count;
    }
    this.cells = tokens > MOST_TOKENS ? [] : cells;
    this.tokens = tokens > MOST_TOKENS ? 0 : tokens;
    this.count = this.tokens + this.objects.length;
    this.allObjects = ((1n << BigInt(this.objects.length)) - 1n) << BigInt(this.tokens);
    for (const one of this.cells) {
      this.byCell.set(one.cell.index, one);
      addCell(this.mask, packing, one.cell);
    }
    this.live = this.objects.map(({ live }) => layout.cells[live] as Cell);
    this.liveMask = emptyMask(packing);
    for (const cell of this.live) addCell(this.liveMask, packing, cell);
    this.pointerMask = emptyMask(packing);
    this.pointers = layout.cells
      .filter(({ role, codec }) => role !== 'local' && isPointer(codec))
      .map((cell) => {
        const mask = emptyMask(packing);
        addCell(mask, packing, cell);
        addCell(this.pointerMask, packing, cell);
        return { cell, mask };
      });
    this.leads = leadsOf(compiled, this.objects, (object) => this.object(object));
  }

  object(object: number): TokenSet {
    return 1n << BigInt(this.tokens + object);
  }

  /** Tokens of a cell. */
  ofCell(cell: number): TokenSet {
    const known = this.byCell.get(cell);
    return known === undefined ? 0n : ((1n << BigInt(known.count)) - 1n) << BigInt(known.first);
  }

  /** Where tokens and objects go, given where cells do. */
  imagesOf(cells: Int32Array): readonly number[] {
    const images: number[] = [];
    for (const { cell, count } of this.cells) {
      const { first } = this.byCell.get(cells[cell.index] as number) as TokenCell;
      for (let token = 0; token < count; token += 1) images.push(first + token);
    }
    const byLive = new Map(this.objects.map(({ live, index }) => [live, index]));
    for (const { live } of this.objects)
      images.push(this.tokens + (byLive.get(cells[live] as number) as number));
    return images;
  }

  /** What a move has done that leads from one packed state to the other and stores `writes`. */
  change(before: Uint32Array, from: number, after: Uint32Array, to: number, writes: Mask): Change {
    const { packing } = this;
    let gains = 0n;
    let losses = 0n;
    let frees = 0n;
    const isStored = (mask: Mask): boolean => meets(mask, writes);
    if (isStored(this.mask))
      for (const { cell, first, setBy } of this.cells) {
        const old = packing.codeAt(before, from, cell);
        const now = packing.codeAt(after, to, cell);
        if (old === now) continue;
        const was = setBy[old] as number;
        const is = setBy[now] as number;
        gains |= BigInt(is & ~was) << BigInt(first);
        losses |= BigInt(was & ~is) << BigInt(first);
      }
    if (isStored(this.liveMask))
      for (const [object, cell] of this.live.entries()) {
        const old = packing.codeAt(before, from, cell);
        const now = packing.codeAt(after, to, cell);
        if (old === now) continue;
        if (now === 1) gains |= this.object(object);
        else frees |= this.object(object);
      }
    if (isStored(this.pointerMask))
      for (const { cell, mask } of this.pointers)
        if (isStored(mask)) losses |= this.leads(packing.codeAt(after, to, cell), cell);
    return { gains, losses: losses | frees, frees };
  }

  /** For people: `bit 2 of page[0].refcount`. */
  namesOf(tokens: TokenSet): readonly string[] {
    return this.cells.flatMap(({ cell, first, count }) =>
      Array.from({ length: count }, (_, token) => token)
        .filter((token) => (tokens & (1n << BigInt(first + token))) !== 0n)
        .map((token) => nameOf(cell, token)),
    );
  }
}

function nameOf({ name, codec }: Cell, token: number): string {
  if (codec.kind === 'enum') return `${name} ${codec.show(token + 1)}`;
  return codec.size === 2 ? name : `bit ${token} of ${name}`;
}

/** By code, with its bias: a bit for each token that is set; nothing where a cell has none. */
function tokensBy({ codec, bias, width }: Cell): readonly number[] {
  if (width !== 1 || codec.target !== undefined) return [];
  const isNames = codec.kind === 'enum';
  if (codec.kind !== 'int' && codec.kind !== 'bool' && !(isNames && codec.size <= MOST_NAMES))
    return [];
  return Array.from({ length: 256 }, (_, raw) => {
    const code = raw - bias;
    if (code <= 0 || code >= codec.size) return 0;
    return isNames ? 1 << (code - 1) : code;
  });
}

function isPointer({ kind, leadsTo }: Cell['codec']): boolean {
  return kind === 'word' || leadsTo !== undefined;
}

/** The objects that a cell with some code (and bias) leads to. */
function leadsOf(
  { layout }: CompiledMachine,
  objects: readonly HeapObject[],
  tokenOf: (object: number) => TokenSet,
): (raw: number, cell: Cell) => TokenSet {
  const byName = new Map(objects.map(({ name, index }) => [name, index]));
  return (raw, { codec, bias, object }) => {
    const code = raw - bias;
    if (code < 0) return 0n;
    const found: number[] = [];
    if (codec.kind === 'word') {
      const word = codec.value(code) as number;
      const owner =
        word < ADDRESS_BASE
          ? undefined
          : layout.cells[(word - ADDRESS_BASE) / ADDRESS_STEP]?.object;
      if (owner !== undefined && owner !== -1) found.push(owner);
    } else {
      for (const name of codec.leadsTo?.(code) ?? []) {
        const index = byName.get(name);
        if (index !== undefined) found.push(index);
      }
    }
    // What leads an object to itself publishes nothing.
    return found.reduce((set, one) => (one === object ? set : set | tokenOf(one)), 0n);
  };
}
