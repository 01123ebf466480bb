/** Shared memory by name and number: taken by one thread, known to all that work on the same states. */

export interface Piece {
  readonly name: string;
  readonly index: number;
  readonly buffer: SharedArrayBuffer;
}

export interface Memory {
  /** Takes zeroed memory under a name and number, in place of what was there. Only the thread that leads does. */
  take(name: string, index: number, bytes: number): SharedArrayBuffer;
  /** Gives memory that was taken a further name. Only the thread that leads does. */
  give(name: string, index: number, buffer: SharedArrayBuffer): void;
  /** Lets memory go: whoever looked at it must not any more. Only the thread that leads does. */
  drop(name: string, index: number): void;
  get(name: string, index: number): SharedArrayBuffer | undefined;
}

/** Bytes let go after which they are to be given back. */
const LET_GO_BYTES = 2 ** 23;

/**
 * Of memory that is shared, nobody's collector feels the weight: what was let go stays where it is for as long as nothing else asks for
 * a collection. `collect` is told when it is worth while.
 */
export class SharedMemory implements Memory {
  private readonly collect: () => void;
  private letGo = 0;
  private readonly pieces = new Map<string, Piece>();
  private untold = new Map<string, Piece>();

  constructor(collect: () => void = () => undefined) {
    this.collect = collect;
  }

  take(name: string, index: number, bytes: number): SharedArrayBuffer {
    this.giveBack();
    const buffer = new SharedArrayBuffer(bytes);
    this.give(name, index, buffer);
    return buffer;
  }

  give(name: string, index: number, buffer: SharedArrayBuffer): void {
    const piece = { name, index, buffer };
    this.replace(name, index);
    this.pieces.set(`${name} ${index}`, piece);
    this.untold.set(`${name} ${index}`, piece);
  }

  drop(name: string, index: number): void {
    this.replace(name, index);
    this.pieces.delete(`${name} ${index}`);
    this.untold.delete(`${name} ${index}`);
  }

  get(name: string, index: number): SharedArrayBuffer | undefined {
    return this.pieces.get(`${name} ${index}`)?.buffer;
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
      this.replace(piece.name, piece.index);
      this.pieces.set(`${piece.name} ${piece.index}`, piece);
    }
  }

  private replace(name: string, index: number): void {
    this.letGo += this.get(name, index)?.byteLength ?? 0;
  }

  /** Called before more is taken: whoever has let go does not look at it any more. */
  private giveBack(): void {
    if (this.letGo < LET_GO_BYTES) return;
    this.letGo = 0;
    this.collect();
  }
}
