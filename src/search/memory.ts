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
  get(name: string, index: number): SharedArrayBuffer | undefined;
}

export class SharedMemory implements Memory {
  private readonly pieces = new Map<string, Piece>();
  private untold = new Map<string, Piece>();

  take(name: string, index: number, bytes: number): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(bytes);
    this.give(name, index, buffer);
    return buffer;
  }

  give(name: string, index: number, buffer: SharedArrayBuffer): void {
    const piece = { name, index, buffer };
    this.pieces.set(`${name} ${index}`, piece);
    this.untold.set(`${name} ${index}`, piece);
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
    for (const piece of pieces) this.pieces.set(`${piece.name} ${piece.index}`, piece);
  }
}
