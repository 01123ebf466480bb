/** The words by which the threads of a team agree what to do next, and the barrier between two of its tasks. */

/** What all do next, in shares. */
export const TASKS = ['expand', 'store', 'refill', 'report', 'quit'] as const;
export type Task = (typeof TASKS)[number];

/** Where each word is. `TURN` counts tasks; the rest says what the one at hand is about. */
export const TURN = 0;
const TASK = 1;
/** Followers that are done with it, that have come at all, and whether one has gone. */
const ARRIVED = 2;
export const PRESENT = 3;
const LOST = 4;
/** Whether somebody's share could not be done: the one who leads does all of it again. */
export const FAILED = 5;
/** The next chunk that nobody has taken. */
export const CHUNK = 6;
/** States to expand: the first, the end, and how many chunks of them. */
export const FROM = 7;
export const TO = 8;
export const CHUNKS = 9;
/** States stored when the block began. */
export const BASE = 10;
export const LEVEL = 11;
export const LEVEL_START = 12;
export const NEXT_START = 13;
/** The first state whose properties have no answer, or the greatest number. */
export const UNANSWERED = 14;
/** States of a chunk, and places that each member may take for new ones. */
export const CHUNK_SIZE = 15;
export const PLACES = 16;
const WORDS = 17;

/** States of a chunk where nothing else is wanted, and chunks of a block at most. */
export const CHUNK_STATES = 256;
export const MOST_CHUNKS = 256;

/** Looks at a word that may change at once, before going to sleep over it. */
const SPINS = 2_000;
const SLEEP_MS = 100;

/** A thread of the team has ended before its work was done. */
export class ThreadLost extends Error {}

export class Control {
  readonly words: Int32Array<SharedArrayBuffer>;
  private readonly followers: number;
  private turn: number;

  constructor(followers: number, words?: Int32Array<SharedArrayBuffer>) {
    this.followers = followers;
    this.words = words ?? new Int32Array(new SharedArrayBuffer(WORDS * 4));
    this.turn = 0;
  }

  get(word: number): number {
    return Atomics.load(this.words, word);
  }

  set(word: number, value: number): void {
    Atomics.store(this.words, word, value);
  }

  /** Takes the next of what is counted in a word. */
  next(word: number): number {
    return Atomics.add(this.words, word, 1);
  }

  /** Makes a word the smaller of itself and a value. */
  lower(word: number, value: number): void {
    for (let old = this.get(word); value < old; ) {
      const seen = Atomics.compareExchange(this.words, word, old, value);
      if (seen === old) return;
      old = seen;
    }
  }

  get areAllPresent(): boolean {
    return this.get(PRESENT) === this.followers;
  }

  /** For the one who leads: lets all followers begin with a task. */
  begin(task: Task): void {
    this.set(TASK, TASKS.indexOf(task));
    this.set(ARRIVED, 0);
    Atomics.add(this.words, TURN, 1);
    Atomics.notify(this.words, TURN);
  }

  /**
   * Waits until all followers are done with it.
   * @throws ThreadLost
   */
  end(): void {
    for (;;) {
      const arrived = this.await(ARRIVED, (now) => now === this.followers);
      if (this.get(LOST) !== 0) throw new ThreadLost();
      if (arrived === this.followers) return;
    }
  }

  /** For a follower: says that it is there. */
  come(): void {
    Atomics.add(this.words, PRESENT, 1);
  }

  /** Waits for the next task. */
  nextTask(): Task {
    const { turn } = this;
    while (this.turn === turn) {
      if (this.get(LOST) !== 0) return 'quit';
      // Whoever comes late to a turn that nobody waits for goes on with the next.
      this.turn = this.await(TURN, (now) => now !== turn);
    }
    return TASKS[this.get(TASK)] as Task;
  }

  /** Says that its share is done. */
  arrive(): void {
    Atomics.add(this.words, ARRIVED, 1);
    Atomics.notify(this.words, ARRIVED);
  }

  /** Looks at a word until it is as wanted or for a while; what it is then. */
  private await(word: number, isWanted: (now: number) => boolean): number {
    for (let spin = 0; spin < SPINS; spin += 1) {
      const now = this.get(word);
      if (isWanted(now)) return now;
    }
    const now = this.get(word);
    if (isWanted(now)) return now;
    Atomics.wait(this.words, word, now, SLEEP_MS);
    return this.get(word);
  }
}

/** For whoever watches the threads: one of them has ended. */
export function sayLost(words: Int32Array<SharedArrayBuffer>): void {
  Atomics.store(words, LOST, 1);
  Atomics.notify(words, ARRIVED);
  Atomics.notify(words, TURN);
}
