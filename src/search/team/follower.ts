/** A thread that follows the one that leads a search: it does its share of whatever is to be done next. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Check } from '../../design/check.ts';
import { compileMachine } from '../../machine/machine.ts';
import { modesOf } from '../../replay/cursor.ts';
import { Arena } from '../arena.ts';
import { Expander } from '../expander.ts';
import type { LinearMemory } from '../inner/webassembly.ts';
import { type Piece, SharedMemory } from '../memory.ts';
import { takeNotes } from '../notes.ts';
import type { StoreChoice } from '../stores/choice.ts';
import { Control, type Task } from './control.ts';
import { Member } from './member.ts';
import type { Port } from './team.ts';

/** What a follower needs besides the check. */
export interface FollowerJob {
  /** Its number, from 1, and that of all members. */
  readonly index: number;
  readonly members: number;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly pieces: readonly Piece[];
  /** The memory of the arena that they lie in, for the inner loop; absent where that does not work. */
  readonly linear: LinearMemory | undefined;
  /** How states are kept. */
  readonly store: StoreChoice;
  /** Whether the machine is laid out with what RCU sections obtain. */
  readonly obtains: boolean;
}

/** Works until it is let go; `collect` as in a search. */
export function follow(check: Check, job: FollowerJob, port: Port, collect?: () => void): void {
  const follower = new Follower(check, job, port as MessagePort, collect);
  follower.run();
  port.close();
}

class Follower {
  private readonly control: Control;
  private readonly memory: SharedMemory;
  private readonly member: Member;
  private readonly port: MessagePort;

  constructor(check: Check, job: FollowerJob, port: MessagePort, collect?: () => void) {
    this.port = port;
    const { linear } = job;
    this.memory = new SharedMemory(collect, linear && new Arena(linear));
    this.memory.adopt(job.pieces);
    this.control = new Control(job.members - 1, job.control);
    const compiled = compileMachine(check.model, job.obtains);
    const expander = new Expander(check, compiled, modesOf(check), this.memory, job.store);
    if (linear !== undefined) expander.quicken(this.memory);
    this.member = new Member(expander, this.memory, this.control, job.index, job.members);
    this.control.come();
  }

  run(): void {
    for (;;) {
      const task = this.control.nextTask();
      if (task === 'quit') return;
      this.hear();
      this.perform(task);
      this.control.arrive();
    }
  }

  /** Turns to memory that was taken meanwhile. */
  private hear(): void {
    const { visited, frontier } = this.member.expander;
    let message = receiveMessageOnPort(this.port);
    if (message === undefined) return;
    for (; message !== undefined; message = receiveMessageOnPort(this.port))
      this.memory.adopt(message.message as readonly Piece[]);
    visited.adopt();
    frontier.adopt();
  }

  private perform(task: Exclude<Task, 'quit'>): void {
    const { member } = this;
    switch (task) {
      case 'refill':
        member.refill();
        return;
      case 'expand':
        member.turnToLevel();
        member.expand();
        return;
      case 'store':
        member.store();
        return;
      case 'report':
        // These the one who leads has counted already.
        member.expander.generated = 0;
        member.expander.expanded = 0;
        this.port.postMessage(takeNotes(member.expander));
    }
  }
}
