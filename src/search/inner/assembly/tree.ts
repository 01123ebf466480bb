/** States that are folded into pairs of numbers, expanded and put in; what `TreeStore` and `Component` do. */

import { ROW_SEGMENT_BITS, SEGMENT_BITS } from '../../shapes.ts';
import { TREE, WIDTH } from '../fields.ts';
import {
  COMPONENTS,
  EACH_COMPONENT,
  FIRST_COMPONENT,
  GIVEN,
  KEPT,
  LAST_NUMBER,
  LAST_ROW,
  LEFT,
  MIDDLE,
  NONE,
  PARTS_OF,
  RIGHT,
  ROOTS,
  ROW_WIDTH,
  ROWS_AT,
  SLOT_COUNT,
  SLOTS,
  SPARE,
  STARTS,
  VALUES,
} from '../plan-fields.ts';
import { copy, equals, FIRST_SUM, finished, get, mixed, set, sumOf } from './block.ts';

function componentAt(plan: u32, index: u32): u32 {
  return plan + (FIRST_COMPONENT << 2) + index * (EACH_COMPONENT << 2);
}

function rootOf(plan: u32, id: u32): u32 {
  const segment = load<u32>(get(plan, ROOTS) + ((id >> SEGMENT_BITS) << 2));
  return segment + ((id & ((1 << SEGMENT_BITS) - 1)) << 3);
}

function rowAt(component: u32, number: u32): u32 {
  const segment = load<u32>(get(component, ROWS_AT) + ((number >> ROW_SEGMENT_BITS) << 2));
  const place = (number & ((1 << ROW_SEGMENT_BITS) - 1)) * get(component, KEPT);
  return segment + (place << 2);
}

/** Puts the roots of a state where it is folded to. */
function turnTo(plan: u32, id: u32): void {
  const values = get(plan, VALUES);
  const root = rootOf(plan, id);
  store<u32>(values + (get(plan, LEFT) << 2), load<u32>(root));
  store<u32>(values + (get(plan, RIGHT) << 2), load<u32>(root + 4));
}

/** Puts the words of a stored state at `to`. */
export function expand(block: u32, id: u32, to: u32): void {
  const width = get(block, WIDTH);
  const plan = get(block, TREE);
  const values = get(plan, VALUES);
  const parts = get(plan, PARTS_OF);
  const starts = get(plan, STARTS);
  turnTo(plan, id);
  for (let index = get(plan, COMPONENTS); index > 0; index -= 1) {
    const component = componentAt(plan, index - 1);
    let at = rowAt(component, load<u32>(values + ((width + index - 1) << 2)));
    const end = load<u32>(starts + (index << 2));
    for (let part = load<u32>(starts + ((index - 1) << 2)); part < end; part += 1, at += 4)
      store<u32>(values + (load<u32>(parts + (part << 2)) << 2), load<u32>(at));
  }
  copy(to, values, width);
}

/** Whether a stored state has the words at `from`. */
export function isFolded(block: u32, id: u32, from: u32): bool {
  const width = get(block, WIDTH);
  const plan = get(block, TREE);
  const values = get(plan, VALUES);
  const parts = get(plan, PARTS_OF);
  const starts = get(plan, STARTS);
  const left = get(plan, LEFT) << 2;
  const right = get(plan, RIGHT) << 2;
  turnTo(plan, id);
  // What is a word by itself stands in a root.
  const words = width << 2;
  if (left < words && load<u32>(values + left) !== load<u32>(from + left)) return false;
  if (right < words && load<u32>(values + right) !== load<u32>(from + right)) return false;
  for (let index = get(plan, COMPONENTS); index > 0; index -= 1) {
    const component = componentAt(plan, index - 1);
    let at = rowAt(component, load<u32>(values + ((width + index - 1) << 2)));
    const end = load<u32>(starts + (index << 2));
    for (let part = load<u32>(starts + ((index - 1) << 2)); part < end; part += 1, at += 4) {
      const place = load<u32>(parts + (part << 2));
      const value = load<u32>(at);
      if (place >= width) store<u32>(values + (place << 2), value);
      else if (value !== load<u32>(from + (place << 2))) return false;
    }
  }
  return true;
}

/** Stores the words at `from` as a state. */
export function fold(block: u32, id: u32, from: u32): void {
  const width = get(block, WIDTH);
  const plan = get(block, TREE);
  const values = get(plan, VALUES);
  const parts = get(plan, PARTS_OF);
  const starts = get(plan, STARTS);
  const count = get(plan, COMPONENTS);
  copy(values, from, width);
  for (let index: u32 = 0; index < count; index += 1) {
    const component = componentAt(plan, index);
    let row = get(component, LAST_ROW);
    const end = load<u32>(starts + ((index + 1) << 2));
    let changed: u32 = 0;
    for (let part = load<u32>(starts + (index << 2)); part < end; part += 1, row += 4) {
      const value = load<u32>(values + (load<u32>(parts + (part << 2)) << 2));
      changed |= value ^ load<u32>(row);
      store<u32>(row, value);
    }
    // States in a row share most.
    if (changed !== 0 || get(component, LAST_NUMBER) === NONE) {
      const place = width + index;
      const middle = get(plan, MIDDLE);
      if (place === get(plan, LEFT)) store<u32>(row, sumOf(values, 0, middle));
      else if (place === get(plan, RIGHT)) store<u32>(row, sumOf(values, middle, width));
      set(component, LAST_NUMBER, putRow(component));
    }
    store<u32>(values + ((width + index) << 2), get(component, LAST_NUMBER));
  }
  const root = rootOf(plan, id);
  store<u32>(root, load<u32>(values + (get(plan, LEFT) << 2)));
  store<u32>(root + 4, load<u32>(values + (get(plan, RIGHT) << 2)));
}

/** The number of the last row of a component, which is stored where it is new. */
function putRow(component: u32): u32 {
  const width = get(component, ROW_WIDTH);
  const row = get(component, LAST_ROW);
  const slots = get(component, SLOTS);
  const known = get(component, SLOT_COUNT) - 1;
  const hash = finished(FIRST_SUM + sumOf(row, 0, width));
  let slot = hash & known;
  while (true) {
    const place = slots + (slot << 2);
    let entry = atomic.load<u32>(place);
    if (entry === 0) {
      const number = storeRow(component, row);
      entry = atomic.cmpxchg<u32>(place, 0, (hash & ~known) | (number + 1));
      if (entry === 0) return number;
      set(component, SPARE, number);
    }
    const number = (entry & known) - 1;
    if (((entry ^ hash) & ~known) === 0 && equals(rowAt(component, number), row, width))
      return number;
    slot = (slot + 1) & known;
  }
}

function storeRow(component: u32, row: u32): u32 {
  let number = get(component, SPARE);
  if (number === NONE) number = atomic.add<u32>(get(component, GIVEN), 1);
  else set(component, SPARE, NONE);
  copy(rowAt(component, number), row, get(component, KEPT));
  return number;
}

/** The hash of a stored state. */
export function foldedHash(block: u32, id: u32): u32 {
  const plan = get(block, TREE);
  const left = get(plan, LEFT);
  const right = get(plan, RIGHT);
  const root = rootOf(plan, id);
  let sum = FIRST_SUM + sumOfHalf(block, plan, left, load<u32>(root));
  if (right !== left) sum += sumOfHalf(block, plan, right, load<u32>(root + 4));
  return finished(sum);
}

function sumOfHalf(block: u32, plan: u32, place: u32, value: u32): u32 {
  const width = get(block, WIDTH);
  if (place < width) return mixed(place, value);
  const component = componentAt(plan, place - width);
  return load<u32>(rowAt(component, value) + (get(component, ROW_WIDTH) << 2));
}

/**
 * Something of what comparing a stored state would read: of both its halves; or, so many levels deeper, of what those are made of,
 * once they are there.
 */
export function touchFolded(block: u32, id: u32, depth: u32): u32 {
  const plan = get(block, TREE);
  const root = rootOf(plan, id);
  return (
    touchPart(block, plan, get(plan, LEFT), load<u32>(root), depth) ^
    touchPart(block, plan, get(plan, RIGHT), load<u32>(root + 4), depth)
  );
}

function touchPart(block: u32, plan: u32, place: u32, value: u32, depth: u32): u32 {
  const width = get(block, WIDTH);
  if (place < width) return value;
  const index = place - width;
  let row = rowAt(componentAt(plan, index), value);
  if (depth === 0) return load<u32>(row);
  const parts = get(plan, PARTS_OF);
  const starts = get(plan, STARTS) + (index << 2);
  const end = load<u32>(starts + 4);
  let fetched: u32 = 0;
  for (let part = load<u32>(starts); part < end; part += 1, row += 4)
    fetched ^= touchPart(block, plan, load<u32>(parts + (part << 2)), load<u32>(row), depth - 1);
  return fetched;
}
