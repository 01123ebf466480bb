/** What is kept of the states of two levels only, the one being expanded and the next: their profiles, in order of the states. */
import { isAt, type Memory, type Piece, SharedMemory, uint32s } from './memory.ts';

const FIRST_ROOM = 1 << 12;
const NOTHING: Uint32Array = new Uint32Array(0);

export class Frontier {
  /** Profiles of the level being expanded, and of the next. */
  current = NOTHING;
  next = NOTHING;
  private readonly memory: Memory;
  private level = -1;

  /** In shared memory that another thread has taken where that is given. */
  constructor(memory: Memory = new SharedMemory()) {
    this.memory = memory;
  }

  /** Turns to a level, the one after the one before. */
  turnTo(level: number): void {
    this.level = level;
    this.adopt();
  }

  /** Turns to memory that was taken by another thread. */
  adopt(): void {
    this.current = seen(this.current, this.side(this.level));
    this.next = seen(this.next, this.side(this.level + 1));
  }

  private side(level: number): Piece | undefined {
    return this.memory.get('frontier', level & 1);
  }

  /** Makes room for so many words of the next level. */
  reserve(words: number): void {
    if (words <= this.next.length) return;
    const larger = Math.max(this.next.length * 2, words, FIRST_ROOM);
    const next = uint32s(this.memory.take('frontier', (this.level + 1) & 1, larger * 4));
    next.set(this.next);
    this.next = next;
  }

  /** Gives a state of the next level the profile of one of the level being expanded, of `width` words each; both counted from 0. */
  inherit(parent: number, child: number, width: number): void {
    for (let word = 0; word < width; word += 1)
      this.next[child * width + word] = this.current[parent * width + word] as number;
  }
}

/** Memory as words; the same ones as before where it is the same. */
function seen(before: Uint32Array, piece: Piece | undefined): Uint32Array {
  if (piece === undefined) return NOTHING;
  return isAt(before, piece) ? before : uint32s(piece);
}
