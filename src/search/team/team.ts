/**
 * A search by several threads: the one that leads goes through the levels, block by block, and all of them work on each block at once.
 * What is found, counted and stored is what one thread alone would have, in the same order.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { SharedMemory } from '../memory.ts';
import { absorb, type Notes } from '../notes.ts';
import type { Search } from '../search.ts';
import {
  BASE,
  CHUNK,
  CHUNK_SIZE,
  CHUNK_STATES,
  CHUNKS,
  Control,
  FAILED,
  FROM,
  LEVEL,
  LEVEL_START,
  MOST_CHUNKS,
  NEXT_START,
  PLACES,
  type Task,
  ThreadLost,
  TO,
  UNANSWERED,
} from './control.ts';
import type { FollowerJob } from './follower.ts';
import { Member, STATE_PLACES } from './member.ts';
import { OUTBOX_PLACES, takeOutbox } from './outbox.ts';

/** Starts threads that run `follow` for the same check; the port of each. Whoever starts them watches them: see `sayLost`. */
export type StartFollowers = (jobs: readonly FollowerJob[]) => readonly Port[];

/** How many threads may work on a search, the one that leads among them, and what starts the others. */
export interface Threads {
  readonly count: number;
  readonly start: StartFollowers;
  /** States from which on more threads than one are worth their start; default 30,000. */
  readonly fromStates?: number;
  /** States that a thread takes at a time, 1 to 256; default 256. */
  readonly chunkStates?: number;
}

/** A MessagePort of Node, by what is used of it: whoever only types `explore` needs no types of Node. */
export interface Port {
  postMessage(message: unknown): void;
  close(): void;
}

/** Chunks of a block that are worth the while of several threads. */
const FEWEST_CHUNKS = 4;
const NOBODY = 0x7fffffff;

export class Team {
  private readonly search: Search;
  private readonly memory: SharedMemory;
  private readonly control: Control;
  private readonly member: Member;
  private readonly members: number;
  private readonly ports: readonly Port[];
  private readonly chunkSize: number;
  private isReady = false;
  private isOver = false;

  /** Asks for followers; until they have come, there is nobody to work with. */
  constructor(search: Search, memory: SharedMemory, threads: Threads) {
    const { count: members, start } = threads;
    this.search = search;
    this.memory = memory;
    this.members = members;
    this.chunkSize = threads.chunkStates ?? CHUNK_STATES;
    this.control = new Control(members - 1);
    takeOutbox(memory, members, MOST_CHUNKS, search.visited.width);
    memory.take('generated', 0, members * 8);
    this.member = new Member(search, memory, this.control, 0, members);
    const pieces = memory.all();
    memory.news();
    const { compiled } = search.engine;
    const control = this.control.words;
    const jobs = Array.from({ length: members - 1 }, (_, at) => ({
      ...{
        index: at + 1,
        members,
        control,
        pieces,
        linear: search.inner?.isUsable === true ? memory.arena?.memory : undefined,
        store: search.store,
        obtains: compiled.obtains,
      },
    }));
    this.ports = start(jobs);
  }

  /**
   * Expands states from `from` on, before `to`, as many as a block has, so that no more than `room` are added. Where the next begin;
   * `from` where one thread does better.
   */
  expand(from: number, to: number, room: number): number {
    this.isReady ||= this.control.areAllPresent;
    const { control, search, member, chunkSize } = this;
    const placesEach = Math.min(OUTBOX_PLACES, Math.floor(room / this.members));
    const isWorthIt = to - from >= FEWEST_CHUNKS * chunkSize;
    if (!this.isReady || !isWorthIt || placesEach < chunkSize * STATE_PLACES) return from;
    const { visited } = search;
    const expandedBefore = search.expanded;
    const end = Math.min(to, from + chunkSize * MOST_CHUNKS);
    const places = this.members * OUTBOX_PLACES;
    if (visited.widen(Math.min(places, (end - from) * 16), visited.count + 2 * places)) {
      this.all('refill', () => member.refill());
      visited.takeWider();
    }
    control.set(FROM, from);
    control.set(TO, end);
    control.set(CHUNKS, Math.ceil((end - from) / chunkSize));
    control.set(BASE, visited.count);
    control.set(LEVEL, search.level);
    control.set(LEVEL_START, search.levelStart);
    control.set(NEXT_START, search.nextStart);
    control.set(CHUNK_SIZE, chunkSize);
    control.set(PLACES, placesEach);
    control.set(FAILED, 0);
    control.set(UNANSWERED, NOBODY);
    control.set(CHUNK, 0);
    member.outbox.clear();
    this.all('expand', () => member.expand());
    if (control.get(FAILED) !== 0) this.meetAgain(from, end);
    const { expanded, found } = member;
    this.reserve(visited.count + found);
    control.set(CHUNKS, expanded);
    control.set(CHUNK, 0);
    this.all('store', () => member.store());
    visited.count += found;
    const unanswered = control.get(UNANSWERED);
    if (unanswered !== NOBODY) this.askAgain(unanswered);
    for (const [index, generated] of member.generated.entries()) {
      if (index > 0) search.generated += generated;
      member.generated[index] = 0;
    }
    const next = Math.min(from + expanded * chunkSize, end);
    // By all of them; each has counted its own.
    search.expanded = expandedBefore + next - from;
    return next;
  }

  /**
   * Makes room for so many states.
   * @throws RangeError where there is no memory for them; then it is as if the block had not found any.
   */
  private reserve(count: number): void {
    const { visited, answers, frontier, nextStart } = this.search;
    try {
      visited.reserve(count);
      frontier.reserve((count - nextStart) * answers.profiles.width);
    } catch (thrown) {
      visited.unclaim(visited.count);
      throw thrown;
    }
  }

  /** Has every thread do its share of a task. */
  private all(task: Task, share: () => void): void {
    const news = this.memory.news();
    if (news.length > 0) for (const port of this.ports) port.postMessage(news);
    this.control.begin(task);
    share();
    this.control.end();
  }

  /**
   * Something was thrown: the first time that it is in order is what counts.
   * @throws what it was; ThreadLost where it does not come again.
   */
  private meetAgain(from: number, to: number): never {
    this.search.visited.unclaim(this.search.visited.count);
    for (let id = from; id < to; ) id = this.search.expandBlock(id, to);
    throw new ThreadLost();
  }

  private askAgain(id: number): never {
    const { search } = this;
    search.current = search.visited.parent(id);
    search.askAgain(id, () => undefined);
    throw new ThreadLost();
  }

  /** Learns what the followers have noted. */
  gather(): void {
    if (!this.isReady || this.isOver) return;
    this.all('report', () => undefined);
    for (const port of this.ports) {
      const message = receiveMessageOnPort(port as MessagePort);
      if (message === undefined) throw new ThreadLost();
      absorb(this.search, message.message as Notes);
    }
  }

  /** Lets the followers go. */
  dismiss(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.control.begin('quit');
    for (const port of this.ports) port.close();
  }
}
