/** One field of a record or one element of an array, by name or index: what the access words work on. */
import { intercepted } from '../design/processor.ts';

// biome-ignore lint/suspicious/noExplicitAny: typed by the words that call it.
type Any = any;

export function load<V, K extends keyof V>(view: V, field: K): V[K] {
  return typeof field === 'number' ? (view as Any).get(field) : view[field];
}

export function store<V, K extends keyof V>(view: V, field: K, value: V[K]): void {
  if (typeof field === 'number') (view as Any).set(field, value);
  else view[field] = value;
}

/** The same for a field its caller knows to hold a number. */
export function loadNumber<V>(view: V, field: keyof V): number {
  return load(view, field) as number;
}

export function storeNumber<V>(view: V, field: keyof V, value: number): void {
  store(view, field, value as V[keyof V]);
}

/** The load of an atomic read-modify-write. */
export function loadToModify<V, K extends keyof V>(view: V, field: K): V[K] {
  const value = load(view, field);
  return intercepted.by === undefined ? value : intercepted.by.loaded(value);
}

/** The same for a field its caller knows to hold a number. */
export function loadNumberToModify<V>(view: V, field: keyof V): number {
  return loadToModify(view, field) as number;
}
