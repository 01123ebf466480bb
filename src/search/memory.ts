/** Shared memory by name and number: taken by one thread, known to all that work on the same states. */
import type { Arena } from './arena.ts';

export interface Piece {
  readonly name: string;
  readonly index: number;
  readonly buffer: SharedArrayBuffer;
  /** Where it begins, in bytes, and how many there are. */
  readonly at: number;
  readonly bytes: number;
  /** Whether it lies in an arena. */
  readonly isInArena: boolean;
}

export function int32s({ buffer, at, bytes }: Piece): Int32Array {
  return new Int32Array(buffer, at, bytes / 4);
}

export function uint32s({ buffer, at, bytes }: Piece): Uint32Array {
  return new Uint32Array(buffer, at, bytes / 4);
}

export function uint8s({ buffer, at, bytes }: Piece): Uint8Array {
  return new Uint8Array(buffer, at, bytes);
}

export function float64s({ buffer, at, bytes }: Piece): Float64Array {
  return new Float64Array(buffer, at, bytes / 8);
}

/** Whether words are those of a piece. */
export function isAt(words: Int32Array | Uint32Array, piece: Piece): boolean {
  if (words.byteLength !== piece.bytes || words.byteOffset !== piece.at) return false;
  // One arena has many buffers, one for each time it grew.
  return piece.isInArena || words.buffer === piece.buffer;
}

export interface Memory {
  /** Takes zeroed memory under a name and number, in place of what was there. Only the thread that leads does. */
  take(name: string, index: number, bytes: number): Piece;
  /** Gives memory that was taken another name, in place of what had that one. Only the thread that leads does. */
  rename(piece: Piece, name: string): void;
  /** Lets memory go: whoever looked at it must not any more. Only the thread that leads does. */
  drop(name: string, index: number): void;
  get(name: string, index: number): Piece | undefined;
}

/** Bytes let go after which they are to be given back. */
const LET_GO_BYTES = 2 ** 23;

/**
 * In an arena where there is one and it has room. Elsewhere, of memory that is shared, nobody's collector feels the weight: what was let
 * go stays where it is for as long as nothing else asks for a collection. `collect` is told when it is worth while.
 */
export class SharedMemory implements Memory {
  readonly arena: Arena | undefined;
  /** Whether something had no room there. */
  hasSpilled = false;
  private readonly collect: () => void;
  private letGo = 0;
  /** What was let go in the arena, and may be looked at until more is taken. */
  private readonly doomed: Piece[] = [];
  private readonly pieces = new Map<string, Piece>();
  private untold = new Map<string, Piece>();

  constructor(collect: () => void = () => undefined, arena?: Arena) {
    this.collect = collect;
    this.arena = arena;
  }

  take(name: string, index: number, bytes: number): Piece {
    this.giveBack();
    const piece = this.inArena(name, index, bytes) ?? outside(name, index, bytes);
    this.hasSpilled ||= !piece.isInArena;
    this.put(piece);
    return piece;
  }

  private inArena(name: string, index: number, bytes: number): Piece | undefined {
    const { arena } = this;
    const at = arena?.take(bytes);
    if (arena === undefined || at === undefined) return undefined;
    return { name, index, buffer: arena.buffer, at, bytes, isInArena: true };
  }

  rename(piece: Piece, name: string): void {
    this.pieces.delete(keyOf(piece));
    this.untold.delete(keyOf(piece));
    this.put({ ...piece, name });
  }

  drop(name: string, index: number): void {
    const piece = this.get(name, index);
    if (piece === undefined) return;
    this.release(piece);
    this.pieces.delete(keyOf(piece));
    this.untold.delete(keyOf(piece));
  }

  get(name: string, index: number): Piece | undefined {
    return this.pieces.get(keyOf({ name, index }));
  }

  /** What other threads do not know of yet. */
  news(): readonly Piece[] {
    const news = [...this.untold.values()];
    this.untold = new Map();
    return news;
  }

  /** All of it, for a thread that is new. */
  all(): readonly Piece[] {
    return [...this.pieces.values()];
  }

  /** Told by the thread that took it. */
  adopt(pieces: readonly Piece[]): void {
    this.giveBack();
    for (const piece of pieces) {
      this.hasSpilled ||= !piece.isInArena;
      const before = this.pieces.get(keyOf(piece));
      // In the arena it is not this thread's to hand out again.
      if (before?.isInArena === false) this.letGo += before.bytes;
      this.pieces.set(keyOf(piece), piece);
    }
  }

  private put(piece: Piece): void {
    const before = this.pieces.get(keyOf(piece));
    if (before !== undefined) this.release(before);
    this.pieces.set(keyOf(piece), piece);
    this.untold.set(keyOf(piece), piece);
  }

  private release(piece: Piece): void {
    if (piece.isInArena) this.doomed.push(piece);
    else this.letGo += piece.bytes;
  }

  /** Called before more is taken: whoever has let go does not look at it any more. */
  private giveBack(): void {
    for (const { at, bytes } of this.doomed) this.arena?.give(at, bytes);
    this.doomed.length = 0;
    if (this.letGo < LET_GO_BYTES) return;
    this.letGo = 0;
    this.collect();
  }
}

function outside(name: string, index: number, bytes: number): Piece {
  return { name, index, buffer: new SharedArrayBuffer(bytes), at: 0, bytes, isInArena: false };
}

function keyOf({ name, index }: Pick<Piece, 'name' | 'index'>): string {
  return `${name} ${index}`;
}
