/** How a tree folds states, written down for the inner loop; see assembly/tree.ts. */
import type { Heap } from '../heap.ts';
import type { Component } from '../stores/component.ts';
import type { TreeStore } from '../stores/tree.ts';
import * as PLAN from './plan-fields.ts';
import { append } from './tables.ts';

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
    const copied = (numbers: readonly number[]): number => {
      const table = heap.int32s(Math.max(1, numbers.length));
      table.set(numbers);
      return table.byteOffset;
    };
    this.plan = heap.int32s(placeOf(components.length));
    this.plan[PLAN.COMPONENTS] = components.length;
    this.plan[PLAN.LEFT] = left;
    this.plan[PLAN.RIGHT] = right;
    this.plan[PLAN.MIDDLE] = middle;
    this.plan[PLAN.VALUES] = heap.int32s(width + components.length).byteOffset;
    this.plan[PLAN.PARTS_OF] = copied(parts);
    this.plan[PLAN.STARTS] = copied(starts);
    this.plan[PLAN.ROOTS] = roots.byteOffset;
    for (const [index, one] of components.entries()) {
      const at = placeOf(index);
      this.plan[at + PLAN.ROW_WIDTH] = one.width;
      this.plan[at + PLAN.KEPT] = one.kept;
      this.plan[at + PLAN.ROWS_AT] = (this.rows[index] as Int32Array).byteOffset;
      this.plan[at + PLAN.GIVEN] = one.given.byteOffset;
      this.plan[at + PLAN.LAST_ROW] = heap.int32s(one.width + 1).byteOffset;
      this.plan[at + PLAN.LAST_NUMBER] = PLAN.NONE;
      this.plan[at + PLAN.SPARE] = PLAN.NONE;
    }
  }

  /** Where it is, with what has grown since. */
  enter(): number {
    const { components } = this.tree;
    for (let index = 0; index < components.length; index += 1) {
      const { slots, segments } = components[index] as Component;
      const at = placeOf(index);
      this.plan[at + PLAN.SLOTS] = slots.byteOffset;
      this.plan[at + PLAN.SLOT_COUNT] = slots.length;
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

/** Where what is known of a component begins. */
function placeOf(index: number): number {
  return PLAN.FIRST_COMPONENT + PLAN.EACH_COMPONENT * index;
}
