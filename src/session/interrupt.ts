/** One flag that every thread of a session sees: stop, and say what was covered. */
export interface Interrupt {
  /** Shared with the workers; they read it with `isRequested`. */
  readonly flag: Int32Array<SharedArrayBuffer>;
}

export function newInterrupt(): Interrupt {
  return { flag: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) };
}

export function request(interrupt: Interrupt): void {
  Atomics.store(interrupt.flag, 0, 1);
}

export function isRequested(interrupt: Interrupt): boolean {
  return Atomics.load(interrupt.flag, 0) === 1;
}
