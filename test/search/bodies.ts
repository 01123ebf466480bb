/** Steps that small models of the search are written with, on whatever machine has such fields. */
import { type Builder, type Nodes, spin_lock, spin_unlock } from 'heddle';

// biome-ignore lint/suspicious/noExplicitAny: of every machine.
type AnyBuilder = Builder<any, object>;

/** A store of a constant. */
export const set = (b: AnyBuilder, field: 'x' | 'y' | 'z', value: number) =>
  b.step(`${field} = ${value}`, (s) => {
    s[field] = value;
  });

/** Under `s.lock`, which leaves softirqs on. */
export const locked = (b: AnyBuilder, body: Nodes): Nodes => [
  b.call(spin_lock, (s) => s.lock),
  body,
  b.call(spin_unlock, (s) => s.lock),
];
