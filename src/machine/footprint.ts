/**
 * What a computation on a state has looked at, in order, and what it has stored: enough to know its outcome in every other state
 * that agrees in what was looked at. Kept by the packed memory and its views.
 */

/** One look: a byte, which bits of it, and the values told apart: those from `low` to `high`, all others being one. */
export interface Look {
  readonly offset: number;
  readonly mask: number;
  readonly low: number;
  readonly high: number;
}

const ALL = 0xff;

export class Footprint {
  /** Looks since `begin`, each as offset, mask, low and high in one number; see `lookAt`. */
  readonly looks: number[] = [];
  /** Bytes stored since `beginAttempt`, each once; and which bits of each. */
  readonly stored: number[] = [];
  readonly storedBits: Uint8Array;
  /** Bits that looks have settled. While nothing is noted, all of them. */
  private readonly known: Uint8Array;
  /** Per byte: the last range asked of it, so that asking again is no look. */
  private readonly asked: Int32Array;

  constructor(bytes: number) {
    this.known = new Uint8Array(bytes).fill(ALL);
    this.storedBits = new Uint8Array(bytes);
    this.asked = new Int32Array(bytes).fill(-1);
  }

  /** Notes from here on, for a state about which nothing is known yet. */
  begin(): void {
    this.looks.length = 0;
    this.known.fill(0);
    this.asked.fill(-1);
    this.beginAttempt();
  }

  /** Forgets what was stored: the state is the one it was at `begin`. */
  beginAttempt(): void {
    for (const offset of this.stored) this.storedBits[offset] = 0;
    this.stored.length = 0;
  }

  /** Looks at the state as it was at `begin`, to which the caller has put the bytes back meanwhile: what was stored is no answer. */
  beforeStores<T>(ask: () => T): T {
    const bits = this.stored.map((offset) => this.storedBits[offset] as number);
    for (const offset of this.stored) this.storedBits[offset] = 0;
    const answer = ask();
    for (const [at, offset] of this.stored.entries()) this.storedBits[offset] = bits[at] as number;
    return answer;
  }

  /** Notes nothing more. */
  end(): void {
    this.known.fill(ALL);
  }

  /** Called before a byte is read. What was stored before is no news of the state. */
  read(offset: number): void {
    if (((this.known[offset] as number) | (this.storedBits[offset] as number)) !== ALL)
      this.look(offset, ALL);
  }

  /** Called before some bits of a byte are read. */
  look(offset: number, bits: number): void {
    const settled = (this.known[offset] as number) | (this.storedBits[offset] as number);
    const mask = bits & ~settled;
    if (mask === 0) return;
    this.known[offset] = (this.known[offset] as number) | mask;
    this.looks.push(asNumber(offset, mask, 0, ALL));
  }

  /** Called where it only matters whether a byte, now `value`, lies from `low` to `high`, and where there. */
  within(offset: number, value: number, low: number, high: number): void {
    if (this.storedBits[offset] !== 0 || this.known[offset] !== 0) {
      this.read(offset);
      return;
    }
    const range = low * 256 + high;
    if (this.asked[offset] === range) return;
    this.asked[offset] = range;
    this.looks.push(asNumber(offset, ALL, low, high));
    if (value >= low && value <= high) this.known[offset] = ALL;
  }

  /** Called before some bits of a byte are stored; all of them where not said otherwise. */
  write(offset: number, bits = ALL): void {
    const before = this.storedBits[offset] as number;
    if (before === 0) this.stored.push(offset);
    this.storedBits[offset] = before | bits;
  }
}

function asNumber(offset: number, mask: number, low: number, high: number): number {
  return ((offset * 256 + mask) * 256 + low) * 256 + high;
}

export function lookAt(one: number): Look {
  const high = one % 256;
  const low = Math.floor(one / 2 ** 8) % 256;
  const mask = Math.floor(one / 2 ** 16) % 256;
  return { offset: Math.floor(one / 2 ** 24), mask, low, high };
}
