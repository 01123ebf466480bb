/** Goes over from whole states to compressed ones where memory gets short while a search goes on. */
import type { Limits } from '../limits.ts';
import type { SharedMemory } from '../memory.ts';
import { Store } from '../store.ts';
import type { Visited } from '../visited.ts';
import { isWorthCompressing, Moving } from './moving.ts';
import { TreeStore } from './tree.ts';

/** States compressed between two blocks: a quarter of a second, so that the search can still be stopped, and says how far it is. */
const STATES_AT_A_TIME = 1 << 18;

export class Compression {
  /** States there were when it began, or undefined. */
  from: number | undefined;
  /** Whether nobody has asked for whole states. */
  readonly isAllowed: boolean;
  private readonly memory: SharedMemory;
  private readonly limits: Limits;
  private moving: Moving | undefined;
  /** States there were when it was not worth the while. */
  private asked = 0;

  constructor(isAllowed: boolean, memory: SharedMemory, limits: Limits) {
    this.isAllowed = isAllowed;
    this.memory = memory;
    this.limits = limits;
  }

  /** Whether some states are whole and some are not: then there must be one thread only. */
  get isUnderWay(): boolean {
    return this.moving !== undefined;
  }

  /** Whether there is something to do before the next block. */
  isDue({ store, count }: Visited): boolean {
    if (this.isUnderWay) return true;
    if (!this.isAllowed || this.from !== undefined || !(store instanceof Store)) return false;
    const { isShort, compress } = this.limits;
    if (compress !== undefined) return count >= compress.from;
    if (!isShort || count < 2 * this.asked) return false;
    this.asked = count;
    return isWorthCompressing(store, count);
  }

  /**
   * Compresses some of the states; whether they are all compressed now. By the thread that leads, while there is no other.
   * @throws RangeError where there is no memory for that; all states can still be looked at.
   */
  goOn(visited: Visited): boolean {
    if (this.moving === undefined) {
      this.from = visited.count;
      this.moving = new Moving(visited.store as Store, new TreeStore(visited.width, this.memory));
      visited.store = this.moving;
    }
    const { atATime = STATES_AT_A_TIME } = this.limits.compress ?? {};
    if (!this.moving.move(visited.count, atATime)) return false;
    visited.store = this.moving.tree;
    this.moving = undefined;
    return true;
  }
}
