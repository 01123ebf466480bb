/** What is kept of the states of two levels only, the one being expanded and the next: their profiles, in order of the states. */

const FIRST_ROOM = 1 << 10;

export class Frontier {
  /** Profiles of the level being expanded, and of the next. */
  current = new Uint32Array(0);
  next = new Uint32Array(0);
  private count = 0;

  /** The next level becomes the one being expanded. */
  advance(): void {
    const { current } = this;
    this.current = this.next;
    this.next = current;
    this.count = 0;
  }

  /** Adds a state to the next level, with the profile, `width` words, of a state of the level before it; where its own is. */
  add(width: number, parent = -1): number {
    const at = this.count * width;
    if (at + width > this.next.length) this.grow(width);
    this.count += 1;
    if (parent === -1) this.next.fill(0, at, at + width);
    else
      for (let word = 0; word < width; word += 1)
        this.next[at + word] = this.current[parent * width + word] as number;
    return at;
  }

  private grow(width: number): void {
    const next = new Uint32Array(Math.max(this.next.length * 2, FIRST_ROOM * width));
    next.set(this.next);
    this.next = next;
  }
}
