/** How a tree folds states, written down for the inner loop; see assembly/tree.ts. */
import type { Heap } from '../heap.ts';
import type { Component } from '../stores/component.ts';
import type { TreeStore } from '../stores/tree.ts';
import { append } from './tables.ts';

/** Words of a plan before those of its components, and of each of those. */
const OWN = 8;
const EACH = 9;
/** Where they are. */
const SLOTS = 2;
const SLOT_COUNT = 3;
const NONE = -1;
/** Segments that a component has room for. */
const MOST_SEGMENTS = 1 << 12;

export class TreePlan {
  private readonly tree: TreeStore;
  private readonly plan: Int32Array;
  private readonly rows: readonly Int32Array[];
  private readonly counts: number[];

  /** `roots` is the table of segments of roots. */
  constructor(tree: TreeStore, heap: Heap, roots: Int32Array) {
    const { components, parts, starts, left, right, middle, width } = tree;
    this.tree = tree;
    this.rows = components.map(() => heap.int32s(MOST_SEGMENTS));
    this.counts = components.map(() => 0);
    const values = heap.int32s(width + components.length);
    const copied = (numbers: readonly number[]): number => {
      const table = heap.int32s(Math.max(1, numbers.length));
      table.set(numbers);
      return table.byteOffset;
    };
    this.plan = heap.int32s(OWN + EACH * components.length);
    const own = [components.length, left, right, middle, values.byteOffset];
    this.plan.set([...own, copied(parts), copied(starts), roots.byteOffset]);
    for (const [index, one] of components.entries()) {
      const { width: row, kept, slots, given } = one;
      const table = this.rows[index] as Int32Array;
      const last = heap.int32s(row + 1);
      this.plan.set(
        [row, kept, slots.byteOffset, slots.length, table.byteOffset, given.byteOffset].concat([
          last.byteOffset,
          NONE,
          NONE,
        ]),
        OWN + EACH * index,
      );
    }
  }

  /** Where it is, with what has grown since. */
  enter(): number {
    const { components } = this.tree;
    for (let index = 0; index < components.length; index += 1) {
      const { slots, segments } = components[index] as Component;
      const at = OWN + EACH * index;
      this.plan[at + SLOTS] = slots.byteOffset;
      this.plan[at + SLOT_COUNT] = slots.length;
      const known = this.counts[index] as number;
      this.counts[index] = append(segments, this.rows[index] as Int32Array, known);
    }
    return this.plan.byteOffset;
  }

  /** Whether there is room for all segments. */
  get fits(): boolean {
    return this.tree.components.every(({ segments }) => segments.length <= MOST_SEGMENTS);
  }
}
